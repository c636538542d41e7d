"""test_dictionary: constants next to compares are found in machine code and in bytecode, and asked in every field."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from typing import cast

import pytest
from kesu.emulator.board.pad import VirtualPad
from kesu.verify.noninterference import dictionary
from kesu.verify.scenes.usb_requests import DTR
from kesu.verify.trace.coverage import Function
from kesu.verify.trace.elf import Elf
from m33_guest import assembled

BASE = 0x1000_0000
HEAD = ".syntax unified\n.thumb\n.text\n"


def found(text: str, cpu: str = "cortex-m0") -> set[int]:
    """The constants in a function of that code."""
    content = assembled(f"{HEAD.replace('.thumb', f'.cpu {cpu}{chr(10)}.thumb')}{text}\n.ltorg\nnop\nnop\n")
    places, at = [], 0
    while at + 2 <= len(content):
        places.append(BASE + at)
        at += 4 if content[at + 1] >= 0xE8 else 2
    elf = Elf(((BASE, content),), (), (), (), (), {})
    return set(dictionary._of(elf, Function("f", False, tuple(places), frozenset())))


@pytest.mark.parametrize(
    ("text", "value", "cpu"),
    [
        ("cmp r3, #0x93", 0x93, "cortex-m0"),
        ("subs r3, #0x21", 0x21, "cortex-m0"),
        ("movs r2, #0xc1\nlsls r2, r2, #2\ncmp r3, r2", 0x304, "cortex-m0"),
        ("ldr r2, =0xa987\ncmp r3, r2", 0xA987, "cortex-m0"),
        ("ldr r2, =0x51a32321\ncmp r3, r2", 0x51A3, "cortex-m0"),
        ("ldr r2, =0x51a32321\ncmp r3, r2", 0x2321, "cortex-m0"),
        ("movw r2, #0xa987\ncmp r3, r2", 0xA987, "cortex-m33"),
        ("cmp.w r9, #0xd3", 0xD3, "cortex-m33"),
    ],
)
def test_a_constant_beside_a_compare_is_found(text: str, value: int, cpu: str) -> None:
    assert value in found(text, cpu)
    assert value not in found("nop\nbx lr", cpu)


def test_constants_of_bytecode_are_found() -> None:
    code = bytes((0x22, 0x81, 0x35, 0x22, 0x05, 0x80 + 7, 0x22, 0x7F, 0, 0, 0, 0))
    elf = Elf(((BASE, code),), (), (), (), (), {})
    places = (BASE, BASE + 3, BASE + 5, BASE + 6)
    assert set(dictionary._of(elf, Function("f", True, places, frozenset()))) == {0xB5, 5, 7}


def asked(
    monkeypatch: pytest.MonkeyPatch, fresh: set[int], known: set[int], most: int
) -> list[tuple[int, ...]]:
    monkeypatch.setattr(dictionary, "constants", lambda _: (frozenset(fresh), frozenset(fresh | known)))
    packets = [setup for setup, _ in dictionary.requests(cast(VirtualPad, None), 3, most)]
    return [
        (one[0], one[1], *(int.from_bytes(one[at : at + 2], "little") for at in (2, 4, 6))) for one in packets
    ]


def test_a_constant_that_nobody_reviewed_is_asked_in_every_field_of_every_kind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = asked(monkeypatch, {0x5A17}, set(range(100)), 1_000)
    kinds = {one[:2] for one in made}
    assert len(kinds) >= 10
    for kind in kinds:
        for field in (2, 3, 4):
            assert any(one[:2] == kind and one[field] == 0x5A17 for one in made[: 3 * len(kinds)]), (
                kind,
                field,
            )


def test_no_request_ends_a_call_or_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    made = asked(monkeypatch, set(range(0, 64, 2)), set(), 5_000)
    assert not {one[:2] for one in made} & {(0x00, 0x05), (0x00, 0x09), (0x80, 0x05), (0x80, 0x09)}
    assert all(one[2] & DTR for one in made if one[:2] == (0x21, 0x22))


def test_requests_are_limited_and_repeat_by_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    first = asked(monkeypatch, {9}, set(range(50)), 40)
    assert len(first) == 40
    assert asked(monkeypatch, {9}, set(range(50)), 40) == first
