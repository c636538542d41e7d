"""triggers: when a drawn leak in C is active."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from random import Random

from kesu.verify.leaks import requests
from kesu.verify.leaks.parts import Insert, Trigger

LONG = 150
"""Points of a long note."""
CORNER = 16
RESTED_MS = 165_000
REST_MS = 4_000
"""A pause between two strokes."""
NOTES = (2, 3, 4, 6)
KEYS = {"WIPE": 2, "AWAY": 3}
"""Pins of the keys that end a note; low while they are pressed."""
FIELD = 24
"""Side of a place on the glass."""
PEN = "((const int32_t *){k}_owners[0].address)"
"""The cells of Memo.pen, the first registered buffer (firmware/kesu_pad/memo.py)."""
_RING = "    return mp_const_true;\n}\nMP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(kesu_enclose_obj"


def drawn(random: Random, k: str) -> Trigger:
    """A trigger; half of the time none. k: prefix of its names in C."""
    if random.random() < 0.4:
        return Trigger("always", "note", "true", "true", "true")
    kinds = (
        *(_nth, _long, _page, _undo, _ring, _corner, _place, _taps, _countdown, _pause, _key),
        *(requests.after, requests.before, requests.before),
    )
    return random.choice(kinds)(random, k)


def _nth(random: Random, k: str) -> Trigger:
    pen, number = PEN.format(k=k), random.choice(NOTES)
    condition = f"{k}.count == {number - 1}"
    name = f"note {number}"
    return Trigger(name, name, condition, condition, at_wipe=f"{k}.count += {pen}[4] > 0;")


def _place(random: Random, k: str) -> Trigger:
    x, y = random.randrange(16, 240, 4), random.randrange(16, 90, 4)
    name = f"tap at {x} {y}"
    return Trigger(name, name, f"x - {x}u < {FIELD}u && y - {y}u < {FIELD}u")


def _pause(random: Random, k: str) -> Trigger:
    noted = (
        f"if ({k}.noted_us && time_us_32() - {k}.noted_us > {REST_MS}000u) {{\n        {k}.flag = 1;\n    }}\n"
        f"    {k}.noted_us = time_us_32();"
    )
    return Trigger("pause between strokes", "pause", f"{k}.flag", f"{k}.flag", noted=noted)


def _key(random: Random, k: str) -> Trigger:
    key = random.choice(sorted(KEYS))
    return Trigger(f"wipe by {key}", f"key {key}", wipe=f"!gpio_get({KEYS[key]})")


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
