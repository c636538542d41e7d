"""code: an image's functions against the reviewed ones: what is new or changed must run while there is ink.

A leak that waits for a rare condition is code that does not run in a check. So every function of the image either has
the fingerprint of the code that was reviewed (reviewed_code.json), or all of its opcodes and instructions must have run
under the trace while there was ink.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cache
from importlib import resources
from typing import Any

from kesu.emulator.board.pad import VirtualPad
from kesu.verify.outcome import Coverage
from kesu.verify.trace.coverage import Function, Image, Ran
from kesu.verify.trace.places import Fingerprints

FILE = "reviewed_code.json"
FROZEN, OWN, OTHERS = "frozen functions", "the pad's C", "MicroPython and libraries"
KINDS = (FROZEN, OWN, OTHERS)


@cache
def reviewed() -> dict[str, Any]:
    """files: names of the project's C files; and for each kind the fingerprints of its functions by name."""
    content: dict[str, Any] = json.loads(
        resources.files(__package__).joinpath(FILE).read_text(encoding="utf-8")
    )
    return content


def image_of(pad: VirtualPad) -> Image:
    """The functions of a pad's image."""
    return Image.of(pad, frozenset(reviewed()["files"]))


def by_kind(image: Image, prints: Fingerprints) -> Iterator[tuple[str, list[Function], Callable[[str], str]]]:
    """The functions of each kind, and what gives their fingerprint by name."""
    yield FROZEN, image.frozen, prints.frozen
    yield OWN, image.own, prints.native
    yield OTHERS, image.others, prints.native


def coverage(pad: VirtualPad, ran: Ran) -> list[Coverage]:
    """What of a pad's image ran with ink, and what is neither reviewed nor ran whole."""
    found = []
    for kind, functions, print_of in by_kind(image_of(pad), Fingerprints(pad)):
        known = reviewed()[kind]
        whole, opened, places, reached = 0, [], 0, 0
        for function in functions:
            count = ran.ran(function)
            places, reached = places + len(function.places), reached + count
            whole += count == len(function.places)
            if print_of(function.name) not in known.get(function.name, ()) and count < len(function.places):
                opened.append(f"{function.name}: {count} of {len(function.places)}")
        found.append(Coverage(kind, len(functions), whole, places, reached, tuple(opened)))
    return found
