"""place: checks where the policy block is, that one function reads it, and that nothing vouches for its bytes.

Items of the RP2350's block loop: its datasheet 5.9.3, and pico-sdk 2.1.1's boot/picobin.h.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import struct
from collections.abc import Iterator

from kesu.images.policy.block import PLACE
from kesu.verify.outcome import Finding
from kesu.verify.structure.code import Code
from kesu.verify.structure.symbols import listed

BLOCK, READER = "kesu_policy_block", "kesu_policy_place"
_START = 0xFFFFDED3
_LAST = 0x7F
_BOUND = {0x47: "a hash", 0x4B: "a hash", 0x09: "a signature"}
_NEAR = 0x1000
"""The boot ROM looks for the first block of the loop in these bytes (RP2350 datasheet 5.9.5)."""


def findings(code: Code) -> list[Finding]:
    """One finding: a policy can be stamped into this image, and the pad then uses it and nothing else."""
    rule = "policy block"
    if code.symbols.get(BLOCK) != (PLACE.start, len(PLACE)):
        return [Finding(rule, False, f"{BLOCK} is not the {len(PLACE)} bytes at 0x{PLACE.start:08x}.")]
    others = sorted(set(_pointers(code)))
    if others:
        return [Finding(rule, False, f"Besides {READER}, something refers to the block: {listed(others)}.")]
    if READER not in code.symbols:
        return [Finding(rule, False, f"Nothing reads the block: there is no {READER}.")]
    bound = sorted(set(_vouched(_first_bytes(code))))
    if bound:
        return [
            Finding(rule, False, f"The boot ROM checks the image with {listed(bound)}: it cannot be stamped.")
        ]
    detail = f"At 0x{PLACE.start:08x}; only {READER} refers to it, and no hash or signature of the boot ROM covers it."
    return [Finding(rule, True, detail)]


def _pointers(code: Code) -> Iterator[str]:
    """What holds an address in the block, except the reader: words of the image, and constants of functions."""
    start, size = code.symbols.get(READER, (0, 0))
    reader = range(start & ~1, (start & ~1) + size)
    for segment in code.segments:
        for at in range(0, len(segment.content) - 3, 4):
            address = segment.address + at
            if address in PLACE or address in reader:
                continue
            if int.from_bytes(segment.content[at : at + 4], "little") in PLACE:
                yield f"the word at 0x{address:08x}"
    for literal in code.literals:
        if literal.value in PLACE and literal.function != READER:
            yield literal.function


def _first_bytes(code: Code) -> bytes:
    first = min(code.segments, key=lambda segment: segment.load_address)
    return first.content[:_NEAR]


def _vouched(content: bytes) -> Iterator[str]:
    """What the items of a block of the RP2350's boot loop bind the image with; an RP2040 has no such block."""
    for at in range(0, len(content) - 4, 4):
        if struct.unpack_from("<I", content, at)[0] != _START:
            continue
        item = at + 4
        while item + 4 <= len(content):
            kind, short, long = (
                content[item],
                content[item + 1],
                struct.unpack_from("<H", content, item + 1)[0],
            )
            if kind & 0x7F == _LAST:
                break
            if kind in _BOUND:
                yield _BOUND[kind]
            words = long if kind & 0x80 else short
            if words == 0:
                break
            item += 4 * words
