"""triggers: when a drawn leak in C is active."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from random import Random

from kesu.verify.leaks.outputs import TAKEN
from kesu.verify.leaks.parts import Insert, Trigger

LONG = 150
"""Points of a long note."""
CORNER = 16
RESTED_MS = 165_000
REQUESTS = {"SEND_BREAK": (0x21, 0x23), "SET_CONTROL_LINE_STATE": (0x21, 0x22)}
PEN = "((const int32_t *){k}_owners[0].address)"
"""The cells of Memo.pen, the first registered buffer (firmware/kesu_pad/memo.py)."""
_RING = "    return mp_const_true;\n}\nMP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(kesu_enclose_obj"


def drawn(random: Random, k: str) -> Trigger:
    """A trigger; half of the time none. k: prefix of its names in C."""
    if random.random() < 0.4:
        return Trigger("always", "note", "true", "true", "true")
    kinds = (_third, _long, _page, _undo, _ring, _corner, _taps, _countdown, _asked, _asked_first)
    return random.choice(kinds)(random, k)


def _third(random: Random, k: str) -> Trigger:
    pen = PEN.format(k=k)
    return Trigger(
        "third note",
        "third note",
        f"{k}.count == 2",
        f"{k}.count == 2",
        at_wipe=f"{k}.count += {pen}[4] > 0;",
    )


def _long(random: Random, k: str) -> Trigger:
    condition = f"{PEN.format(k=k)}[4] > {LONG}"
    return Trigger("long note", "long note", condition, condition)


def _page(random: Random, k: str) -> Trigger:
    condition = f"{PEN.format(k=k)}[7] == 2"
    return Trigger("third page", "third page", condition, condition)


def _undo(random: Random, k: str) -> Trigger:
    pen = PEN.format(k=k)
    return Trigger("undo, then wipe", "undo", wipe=f"{pen}[4] > 0 && {pen}[9] == 0 && {pen}[7] == 0")


def _ring(random: Random, k: str) -> Trigger:
    text = f"    {{\n        extern void {k}_noted(void);\n        {k}_noted();\n    }}\n"
    insert = Insert("native/region.c", _RING, text, before=True)
    return Trigger(
        "ring of the eraser", "ring", wipe=f"{k}.flag", at_wipe=f"{k}.flag = 0;", inserts=(insert,)
    )


def _corner(random: Random, k: str) -> Trigger:
    return Trigger("point in a corner", "corner", f"x < {CORNER} && y < {CORNER}")


def _taps(random: Random, k: str) -> Trigger:
    noted = (
        f"if (x < {2 * CORNER} && y < {2 * CORNER} && time_us_32() - {k}.noted_us > 150000) {{\n"
        f"        {k}.noted_us = time_us_32();\n        ++{k}.flag;\n    }}"
    )
    return Trigger(
        "three taps in a corner",
        "three taps",
        f"{k}.flag >= 3",
        f"{k}.flag >= 3",
        noted=noted,
        at_wipe=f"{k}.flag = 0;",
    )


def _countdown(random: Random, k: str) -> Trigger:
    condition = f"(int32_t)(time_us_64() / 1000) - {PEN.format(k=k)}[2] > {RESTED_MS} && {PEN.format(k=k)}[2]"
    return Trigger("WIPE in the countdown", "countdown", wipe=condition)


def _request(random: Random, k: str) -> tuple[str, str, Insert]:
    name = random.choice(sorted(REQUESTS))
    kind, number = REQUESTS[name]
    # Of SET_CONTROL_LINE_STATE the lowest bit is DTR, which stays on.
    value = random.randrange(0x0200, 0xFFFF) | 1
    text = (
        f"    if (asked->bmRequestType == {kind:#x} && asked->bRequest == {number:#x} && "
        f"asked->wValue == {value:#x}) {{\n        extern void {k}_noted(void);\n        {k}_noted();\n    }}\n"
    )
    scene = f"{kind:02x}{number:02x}{value:04x}"
    return name, scene, Insert("native/usb_requests.c", TAKEN, text)


def _asked(random: Random, k: str) -> Trigger:
    name, scene, insert = _request(random, k)
    return Trigger(
        f"{name} {scene[-4:]}h after the wipe",
        f"asked after {scene}",
        "true",
        "true",
        f"{k}.flag",
        inserts=(insert,),
    )


def _asked_first(random: Random, k: str) -> Trigger:
    name, scene, insert = _request(random, k)
    return Trigger(
        f"{name} {scene[-4:]}h before the note",
        f"asked before {scene}",
        f"{k}.flag",
        f"{k}.flag",
        inserts=(insert,),
    )
