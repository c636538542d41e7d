"""in_python: composes a leak in the frozen Python of the firmware."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from random import Random

from kesu.verify.leaks import moments, python_triggers
from kesu.verify.leaks.ground import Ground, Void
from kesu.verify.leaks.outputs import SPARE_PINS
from kesu.verify.leaks.parts import PYTHON, Insert, Leak, Moment, Place, Reading, Trigger
from kesu.verify.leaks.stores import READY_MS

APP, BOARD, EVENTS = (f"kesu_pad/{name}.py" for name in ("app", "board", "events"))
ENCODINGS = ("plain", "plain", "xor", "complement", "sum", "parity", "hash", "one bit", "one bit a note")
_TAKE = "                self._sampler.take(sample)\n"
_START = "        self._wipe.start(event_ms)\n"
_FEED = "        self._board.watchdog_feed()\n"
_LED = "        self.led = Pin(25, Pin.OUT, value=0)\n"
_SMALL = 0x1FFF_FFFF
_SHAPES = {
    "cell of a list": ("{k} = [{magic}, 0]", "events.{k}[1]", True),
    "array": ('from array import array\n{k} = array("i", [{magic}, 0])', "events.{k}[1]", False),
    "value of a dictionary": ("{k} = {{1: {magic}, 2: 0}}", "events.{k}[2]", True),
    "attribute of an object": (
        "class {k}_kept:\n    def __init__(self):\n        self.a = {magic}\n        self.b = 0\n\n\n{k} = {k}_kept()",
        "events.{k}.b",
        True,
    ),
    "attribute of an exception": (
        "class {k}_raised(Exception):\n    def __init__(self):\n        super().__init__()\n"
        "        self.a = {magic}\n        self.b = 0\n\n\n{k} = {k}_raised()",
        "events.{k}.b",
        True,
    ),
    "attribute of a class": ("class {k}:\n    a = {magic}\n    b = 0", "", True),
}
"""Stores: text of the module, expression, and whether the value is a small integer of MicroPython: shifted, with a
tag."""


def leak(random: Random, ground: Ground, seed: int, number: int, attempt: int) -> Leak:
    """A leak in Python. Raises Void when what was drawn cannot be."""
    k = f"_d{seed}_{number}"
    trigger = python_triggers.drawn(random, k)
    moment = moments.drawn(random, trigger, boots=False)
    output = not moment.clears and random.random() < 0.4
    sink = _output(random, ground, k) if output else _store(random, ground, k)
    if sink.late_ms and ((moment.after_ms or 0) < sink.late_ms or moment.clears):
        moment = Moment(f"{sink.late_ms} ms after the wipe's event", moment.first, sink.late_ms)
    hold = None
    if moment.after_ms is not None and not moment.clears:
        hold = _store(random, ground, f"{k}h", holds=True)
    source, value = _source(random, moment)
    encoding = random.choice(ENCODINGS)
    encoded = _encoded(random, encoding, value, hold or sink)
    inserts = [
        Insert(EVENTS, "", f"\n\n{k}_s = [0, 0, 0, 0, 0]\n"),
        *(
            Insert(EVENTS, "", f"\n\n{place.declares}\n")
            for place in (sink, hold)
            if place and place.declares
        ),
        *_hooks(k, trigger, moment, sink, hold, encoded),
        *trigger.inserts,
        *sink.inserts,
    ]
    return Leak(
        seed,
        number,
        attempt,
        PYTHON,
        source,
        encoding,
        hold,
        trigger.name,
        moment.name,
        sink,
        trigger.scene,
        False,
        tuple(inserts),
    )


def _source(random: Random, moment: Moment) -> tuple[str, str]:
    if moment.first == "tap":
        return random.choice(
            (
                ("samples (x)", "sample[0]"),
                ("samples (y)", "sample[1]"),
                ("samples (both)", "(sample[1] << 16 | sample[0])"),
                ("times of samples", "sample[2]"),
            )
        )
    cell = random.choice((0, 1, 2, 4, 5, 13))
    row = random.randrange(8, 120)
    return random.choice(
        (
            (f"cell {cell} of the stroke", f"(self._memo.pen[{cell}] & {_SMALL:#x})"),
            ("last sample", "(self._memo.sample[1] << 9 | self._memo.sample[0])"),
            ("way of the eraser", "(self._memo.way[2] << 9 | self._memo.way[1]) & 0xFFFF"),
            (f"page, row {row}", f"self._memo.frame[{row} * 37 + 20]"),
        )
    )


def _encoded(random: Random, encoding: str, value: str, first: Place) -> str:
    kept = first.get or "0"
    return {
        "xor": f"({value}) ^ {random.getrandbits(20):#x}",
        "sum": f"({kept}) + ({value}) & {_SMALL:#x}",
        "complement": f"~({value}) & {_SMALL:#x}",
        "hash": f"(({value}) ^ ({value}) >> 7) * {random.getrandbits(12) | 1} & {_SMALL:#x}",
        "one bit": f"({value}) >> {random.randrange(8)} & 1",
        "parity": f"({value}) & 1 ^ ({value}) >> 1 & 1 ^ ({value}) >> 2 & 1",
        "one bit a note": f"(({kept}) << 1 | ({value}) >> {random.randrange(8)} & 1) & {_SMALL:#x}",
    }.get(encoding, value)


def _hooks(
    k: str, trigger: Trigger, moment: Moment, sink: Place, hold: Place | None, encoded: str
) -> list[Insert]:
    first = hold or sink
    tapped = moment.first == "tap"
    condition = trigger.tap if tapped else trigger.wipe
    indent = " " * (16 if tapped else 8)
    write = f"{indent}if {condition}:\n{indent}    v = {encoded}\n{indent}    {first.put}\n"
    found = [Insert(APP, _TAKE, f"{' ' * 16}{trigger.noted}\n")] if trigger.noted else []
    if tapped:
        found.append(Insert(APP, _TAKE, write))
    before = "" if tapped else write
    if moment.after_ms is not None:
        before += f"        events.{k}_s[0] = event_ms\n        events.{k}_s[1] = 1\n"
        found.append(Insert(APP, _FEED, _turn(k, trigger, moment, sink, hold), before=True))
    if trigger.at_wipe:
        before += f"        {trigger.at_wipe}\n"
    if before:
        found.append(Insert(APP, _START, before, before=True))
    return found


def _turn(k: str, trigger: Trigger, moment: Moment, sink: Place, hold: Place | None) -> str:
    held = hold.get if hold and not moment.clears else "0"
    ready = f"events.{k}_s[1] == 1 and (now_ms - events.{k}_s[0]) & 0x3FFFFFFF >= {moment.after_ms}"
    return (
        f"        if {ready} and ({trigger.turn or 'True'}):\n            v = {held}\n"
        f"            events.{k}_s[1] = 2\n            {sink.put}\n"
    )


def _store(random: Random, ground: Ground, k: str, *, holds: bool = False) -> Place:
    kinds = [*_SHAPES, *(() if holds else ("panel", "touch"))]
    kind = random.choice(kinds)
    late_ms = READY_MS[ground.panel]
    if kind == "panel":
        command, count = random.choice(ground.commands)
        if count > 3:
            raise Void("the driver sends up to three bytes")
        given = ", ".join(f"v >> {8 * index} & 0xFF" for index in range(count))
        put = f"self._panel._link.command_{count}({command:#x}, {given})"
        name = f"panel register {command:02X}h"
        return Place(name, "panel register", put, Reading("panel", f"{command:02X}"), late_ms=late_ms)
    if kind == "touch":
        if not ground.touch:
            raise Void("the touch chip has no register to write")
        register = random.choice(ground.touch)
        put = f"self._touch._set({register:#x}, v & 0xFF)"
        reading = Reading("touch", "", register)
        return Place(f"touch register {register:02X}h", "touch register", put, reading, late_ms=late_ms)
    text, expression, tagged = _SHAPES[kind]
    magic = random.getrandbits(26) | 1 << 25
    at = (expression or "events.{k}.b").format(k=k)
    marker = magic << 1 | 1 if tagged else magic
    return Place(
        kind,
        "object of Python",
        f"{at} = v",
        Reading("marker", "", marker),
        at,
        text.format(k=k, magic=magic),
    )


def _output(random: Random, ground: Ground, k: str) -> Place:
    bit, pin, at = random.randrange(6), random.choice(SPARE_PINS), random.randrange(7)
    spare = Insert(BOARD, _LED, f"        self.{k} = Pin({pin}, Pin.OUT, value=0)\n")
    late_ms = READY_MS[ground.panel]
    return random.choice(
        (
            Place("LED", "pin", f"self._board.led.value(v >> {bit} & 1)", Reading("pins", "levels", 25)),
            Place(
                f"pin {pin}",
                "pin",
                f"self._board.{k}.value(v >> {bit} & 1)",
                Reading("pins", "levels", pin),
                inserts=(spare,),
            ),
            Place(
                f"byte {at} of GET_LINE_CODING",
                "content on the line",
                f"self._line._coding[{at}] = v & 0xFF",
                Reading("line", "answers"),
            ),
            Place(
                "modem bits during the note",
                "content on the line",
                f"self._show(callline.DCD if v >> {bit} & 1 else 0, ticks_ms())",
                Reading("line", "bits during the note"),
            ),
            Place("tip at READY", "glass", "self._wipe.tip = v % screens.TIPS", Reading("planes", "")),
            Place(
                "signs on the strip",
                "glass",
                "self._line.signs = v & 3",
                Reading("planes", ""),
                late_ms=late_ms,
            ),
            Place(
                "time of READY",
                "time on the line",
                f"self._wipe._event_ms = self._wipe._event_ms + (v >> {bit} & 15) & 0x3FFFFFFF",
                Reading("line", "messages"),
                late_ms=100,
            ),
            Place(
                "DCD after READY",
                "content on the line",
                f"self._show(callline.DSR | (callline.DCD if v >> {bit} & 1 else 0), now_ms)",
                Reading("line", "messages"),
                late_ms=late_ms,
            ),
        )
    )
