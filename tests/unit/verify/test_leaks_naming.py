"""test_leaks_naming: findings name the leaks that they are about: by function, by place, by changed function."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest
from kesu.emulator.board.pad import VirtualPad
from kesu.verify.found import Found
from kesu.verify.leaks.naming import Naming, functions_of
from kesu.verify.leaks.parts import Insert, Leak, Place, Reading
from kesu.verify.outcome import LEAST_INKED, Compared, Coverage, Difference, Pair, Walk
from kesu.verify.trace import walk

TEXTS = {
    "kesu_pad/app.py": "class App:\n    def one(self):\n        pass\n\n    def two(self):\n"
    "        go()\n        stop()\n",
    "native/memory.c": '#include "native.h"\n\nstatic mp_obj_t first(void) {\n    a();\n}\n\nbool second(int x) {\n',
}


class MadeUpPad:
    """A pad without symbols and with empty memory."""

    memory_map = cast(Any, type("Map", (), {"symbols": {}}))
    sram = bytes(64)


def leak(number: int, reading: Reading, *inserts: Insert) -> Leak:
    sink = Place("a place", "a group", "", reading)
    return Leak(5, number, 0, "C", "x", "plain", None, "always", "at once", sink, "note", False, inserts)


ONE = leak(1, Reading("bus", "PWM", 0x4005_000C), Insert("kesu_pad/app.py", "        go()\n", "x"))
ELEVEN = leak(11, Reading("panel", "2C"), Insert("native/memory.c", "bool second(int x) {\n", "x"))
TWO = leak(2, Reading("pins", "levels", 5), Insert("kesu_pad/app.py", "        stop()\n", "x"))
ALL = (ONE, ELEVEN, TWO)
WALK = Walk(3, 4, LEAST_INKED, 9.0, (), (), ())


def named(found: Found, leaks: tuple[Leak, ...] = ALL) -> set[str]:
    naming = Naming(leaks, cast(VirtualPad, MadeUpPad()), TEXTS.__getitem__)
    return set(naming.named(found))


@pytest.mark.parametrize(
    ("walk", "expected"),
    [
        (replace(WALK, branches=("kesu_d5_1_tap (not reviewed)",)), {"5.1"}),
        (replace(WALK, branches=("kesu_d5_11_tap (not reviewed)", "kesu_d5_2_wipe (not reviewed)")), {"5.11", "5.2"}),
        (replace(WALK, uses=("store 0x7 to PWM.CC (0x4005000c) at 0x10012345 in mp_call",)), {"5.1"}),
        (replace(WALK, uses=("panel command 2C VCOM, 1 bytes 07",)), {"5.11"}),
        (replace(WALK, escapes=("to 0x40050010, by strange",)), set()),
        (replace(WALK, branches=("second (changed since its review)",)), {"5.11"}),
        (replace(WALK, branches=("kesu_pad_app_App_two (changed since its review)",)), set()),
        (WALK, set()),
    ],
)  # fmt: skip
def test_a_finding_of_a_walk_names_its_leaks(walk: Walk, expected: set[str]) -> None:
    assert named(Found(walks=[walk])) == expected


def test_a_function_names_a_leak_when_no_other_changes_it() -> None:
    coverage = Coverage("frozen functions", 2, 1, 9, 7, ("kesu_pad_app_App_two: 7 of 9",))
    assert named(Found(coverage=[coverage])) == set()
    assert named(Found(coverage=[coverage]), (ONE, ELEVEN)) == {"5.1"}


def test_functions_of_python_and_c_are_found_by_anchor() -> None:
    assert functions_of(ONE, TEXTS.__getitem__) == {"kesu_pad_app_App_two"}
    assert functions_of(ELEVEN, TEXTS.__getitem__) == {"second"}
    inner = leak(4, Reading("line", "x"), Insert("native/memory.c", "    a();\n", "x"))
    assert functions_of(inner, TEXTS.__getitem__) == {"first"}


def test_a_walk_that_goes_on_is_not_judged_by_how_much_ink_it_has_shown() -> None:
    begun = replace(WALK, notes=0, most_inked=0)
    assert not begun.holds
    assert walk.so_far(begun).holds
    assert not walk.so_far(replace(begun, left=("somewhere",))).holds


def test_a_difference_in_memory_names_the_leak_that_is_there() -> None:
    usb = leak(6, Reading("bus", "USB RAM", 0x5010_0700))
    differs = Difference("dpram", 0x5010_0702, 1, 1, "usb dpram", "usb dpram", None)
    pair = Pair("kanji against digits", "E7", 1, (Compared("asleep", 9.0, 9, None, (differs,)),))
    assert named(Found(pairs=[pair]), (*ALL, usb)) == {"5.6"}
    allowed = replace(differs, mask="an entry")
    clean = replace(pair, instants=(Compared("asleep", 9.0, 9, None, (allowed,)),))
    assert named(Found(pairs=[clean]), (*ALL, usb)) == set()
