"""python_triggers: when a drawn leak in Python is active."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from random import Random

from kesu.verify.leaks.parts import Insert, Trigger
from kesu.verify.leaks.triggers import CORNER, FIELD, LONG, NOTES, REST_MS

APP, LINE, SAMPLER = (f"kesu_pad/{name}.py" for name in ("app", "callline", "touch/sampler"))
_HEAR = "        if line is None:\n            return\n"
_IGNORE = "        if not self._on or self.fault:\n"
_CODED = "        if number == _SET_LINE_CODING:\n"


def drawn(random: Random, k: str) -> Trigger:
    """A trigger; four times in ten none. k: prefix of the leak's names."""
    state = f"events.{k}_s"
    pen = "self._memo.pen"
    packet = "".join(random.sample("zyxwvu", 2))
    heard = (
        f"        if line._count == 2 and line._out[0] == {ord(packet[0])} and line._out[1] == {ord(packet[1])}:\n"
        f"            {state}[3] = 1\n"
    )
    ignored = f"        if not self._on:\n            {state}[3] = 1\n"
    always = Trigger("always", "note", "True", "True", "True")
    number, rate = random.choice(NOTES), random.randrange(300, 0x00FF_FFFF)
    x, y = random.randrange(16, 240, 4), random.randrange(16, 90, 4)
    coding = (
        f"        if number == _SET_LINE_CODING and stage != _STAGE_SETUP and self._coding[0] == {rate & 0xFF} and "
        f"self._coding[1] == {rate >> 8 & 0xFF} and self._coding[2] == {rate >> 16}:\n"
        f"            events.{k}_s[3] = 1\n"
    )
    others = (
        Trigger(
            f"note {number}",
            f"note {number}",
            f"{state}[2] == {number - 1}",
            f"{state}[2] == {number - 1}",
            at_wipe=f"{state}[2] += 1 if {pen}[4] else 0",
        ),
        Trigger(
            f"tap at {x} {y}",
            f"tap at {x} {y}",
            f"{x} <= sample[0] < {x + FIELD} and {y} <= sample[1] < {y + FIELD}",
        ),
        Trigger(
            "pause between strokes",
            "pause",
            f"{state}[3]",
            f"{state}[3]",
            noted=f"{state}[3] = {state}[3] or {state}[4] and sample[2] - {state}[4] > {REST_MS}; "
            f"{state}[4] = sample[2]",
        ),
        Trigger(
            f"SET_LINE_CODING with {rate} baud",
            f"coding {rate}",
            f"{state}[3]",
            f"{state}[3]",
            inserts=(Insert(LINE, _CODED, coding, before=True),),
        ),
        Trigger("long note", "long note", f"{pen}[4] > {LONG}", f"{pen}[4] > {LONG}"),
        Trigger("third page", "third page", f"{pen}[7] == 2", f"{pen}[7] == 2"),
        Trigger("undo, then wipe", "undo", wipe=f"{pen}[4] and not {pen}[9] and not {pen}[7]"),
        Trigger("point in a corner", "corner", f"sample[0] < {CORNER} and sample[1] < {CORNER}"),
        Trigger(
            f"packet {packet} during the note",
            f"packet {packet}",
            f"{state}[3]",
            f"{state}[3]",
            at_wipe=f"{state}[3] = 0",
            inserts=(Insert(APP, _HEAR, heard),),
        ),
        Trigger(
            "pen on the glass during the wipe",
            "pen in the wipe",
            "True",
            "True",
            f"{state}[3]",
            at_wipe=f"{state}[3] = 0",
            inserts=(Insert(SAMPLER, _IGNORE, ignored, before=True),),
        ),
    )
    return always if random.random() < 0.4 else random.choice(others)
