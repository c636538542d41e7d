"""moments: wipe events at the worst moments for a pad."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from zlib import crc32

from kesu.emulator.board.pad import EmulationTimeout, VirtualPad
from kesu.emulator.scenario import settle
from kesu.emulator.touch.pen import Point
from kesu.emulator.usb.flood import BY_NAME
from kesu.verify.scenes import deadlines, floods
from kesu.verify.scenes.events import EVENTS, NEXT_CALL, Event, by_label
from kesu.verify.scenes.scenario import Written
from kesu.verify.search.measure import MODE_HELD, NEXT_TIP

WIPING_MS: dict[str, float] = {
    "while planes are being cleared": 6.0,
    "while every pixel is driven to black": 250.0,
    "while the page is driven": 900.0,
    "between the page and READY": 1_600.0,
}
STROKE_PX_S = 300.0
AFTER_BOOT_MS = (2.0, 12.0, 45.0)
PAGE_TURN_MS = 900.0
"""Time for which MODE is held to turn the page: longer than the 0.8 s of a long press."""
LONG_PRESS_MS = 799.0
BOUNCE_MS = 20.0
RETRACED = 24
REPORT_MS = 10.0
"""Time between reports of the touch chip."""
I2C_BYTE = 3
"""The event is caused when this byte of a report (x, low) is read."""


STROKE_POINTS = 12
SIDES = ((0, -1), (1, 0), (0, 1), (-1, 0))
BEGUN_MS = 200.0
PULSES_MS = 40
"""After the first pulse has begun; a pixel has all of its pulses after 0.3 s."""
PULSE_MS = 60

TAKE_TIME = ("core hangs", "whole call")


def _cause(event: Event, written: Written) -> None:
    event.cause(written)


def during_pulses(event: Event) -> Event:
    """The event while the pulses of a stroke run: at another part of a pulse for each event."""
    after_ms = PULSES_MS + crc32(event.label.encode()) % PULSE_MS

    def prepare(written: Written) -> None:
        event.prepare(written)
        pad = written.pad
        for side in SIDES:
            # It ends on the note: the touch chip must hold a point of it (positive control of R9).
            for point in _towards(written.log.points[-1], side, pad):
                pad.touch.finger(*point)
                pad.run_for(REPORT_MS)
            pad.touch.lift()
            if _begins_to_pulse(pad):
                break
        pad.run_for(after_ms)

    return replace(event, name=f"{event.name}, between pulses of ink", prepare=prepare)


def _towards(end: Point, side: tuple[int, int], pad: VirtualPad) -> Iterator[Point]:
    """Points of a stroke that comes from one side, on the glass."""
    for left in range(STROKE_POINTS, -1, -1):
        away = left * STROKE_PX_S * REPORT_MS / 1_000.0
        x, y = end[0] + side[0] * away, end[1] + side[1] * away
        yield min(max(x, 0.0), pad.glass.width - 1.0), min(max(y, 0.0), pad.glass.height - 1.0)


def _begins_to_pulse(pad: VirtualPad) -> bool:
    """Whether the stroke has changed pixels; where the page is black it has not."""
    try:
        pad.run_until(lambda: pad.panel.busy, BEGUN_MS)
    except EmulationTimeout:
        return False
    return True


def pages_in_use(event: Event) -> Event:
    """The event with another page written on and, on the page of the note, a stroke drawn and undone: page, undo copy,
    sent picture and stored pages all hold ink."""

    def prepare(written: Written) -> None:
        pad = written.pad
        width, height = float(pad.glass.width), float(pad.glass.height)
        last = written.log.points[-1]
        stroke = [(0.2 * width, 0.6 * height), (0.5 * width, 0.7 * height)]
        undo = [(12.0, height - 14.0), (12.0, height - 13.0)]
        _turn(written)
        _draw(written, stroke)
        _turn(written)
        _turn(written)
        _draw(written, stroke)
        _draw(written, undo)
        # Touch the end of the note again: the touch chip must hold a point of it (positive control of R9).
        pad.touch.finger(*last)
        pad.run_for(40.0)
        pad.touch.lift()
        settle(pad)
        event.prepare(written)

    return replace(event, name=f"{event.name}, with all pages and undo in use", prepare=prepare)


def eraser_in_use(event: Event) -> Event:
    """The event while the eraser moves over the end of the note: the path for ring detection holds points of it."""

    def prepare(written: Written) -> None:
        pad = written.pad
        pad.keys["MODE"].tap()
        pad.run_for(400.0)
        settle(pad)
        event.prepare(written)
        for point in written.log.points[-RETRACED:]:
            pad.touch.finger(*point)
            pad.run_for(REPORT_MS)
        # The pen stays down until the event: a lift would clear the path.
        pad.touch.lift()

    return replace(event, name=f"{event.name}, with the eraser in use", prepare=prepare)


def flooded(event: Event) -> Event:
    """The event while the PC sends as many requests as the bus can carry, without waiting for answers."""
    return floods.flooded(event, BY_NAME["descriptor, 70 a ms, never waited for"], floods.LEADS_MS[0])


def ends_after_call_work(event: Event) -> bool:
    """Whether the event ends after-call work at once. A second begin does not, nor does a handset that is put down. The
    idle time does not count in it; the maximum age does, and is played without it."""
    return event.number not in ("E3", "E4") and event.name not in ("byte W", "hook opens", "whole call")


def after_call(event: Event) -> Event:
    """The event during after-call work; without it where the policy has none, and if the event does not end it."""
    if not ends_after_call_work(event):
        return event

    def prepare(written: Written) -> None:
        event.prepare(written)
        deadlines.begin_after_call_work(written)

    return replace(event, name=f"{event.name}, in after-call work", prepare=prepare)


SCENES: dict[str, Callable[[Event], Event]] = {
    "pages in use": pages_in_use,
    "eraser in use": eraser_in_use,
    "flooded": flooded,
    "in after-call work": after_call,
}
"""Scenes that a seeded leak can select by name."""


def _turn(written: Written) -> None:
    pad = written.pad
    pad.keys["MODE"].press()
    pad.run_for(PAGE_TURN_MS)
    pad.keys["MODE"].release()
    pad.run_for(100.0)
    settle(pad)


def _draw(written: Written, stroke: list[tuple[float, float]]) -> None:
    pad = written.pad
    pad.run_for(pad.pen.write([stroke], STROKE_PX_S) + 100.0)
    settle(pad)


def _sending_new(written: Written) -> None:
    """Turn the page: every band is drawn and sent."""
    written.pad.keys["MODE"].press()
    written.pad.run_for(LONG_PRESS_MS)


def _running(written: Written) -> None:
    _sending_new(written)
    written.pad.run_for(200.0)


def _back_to_the_note(written: Written) -> None:
    """Turn the page three times, back to the note's page, and wait for the end of that waveform."""
    pad = written.pad
    _turn(written)
    _turn(written)
    pad.keys["MODE"].press()
    pad.run_until(lambda: pad.panel.busy, LONG_PRESS_MS + 200.0, 0.5)
    pad.run_until(lambda: not pad.panel.busy, 600.0, 0.2)


def _strip(written: Written) -> None:
    """Remove a sign of the call from the strip. A sign that is on would stay on at READY, unlike in the reference."""
    written.pad.host.write(b"M")
    written.pad.run_for(100.0)
    settle(written.pad)
    written.pad.host.write(b"m")


def _tool(written: Written) -> None:
    """MODE is released and debounced: the strip is redrawn with the other tool."""
    written.pad.keys["MODE"].press(bounce_ms=0.0)
    written.pad.run_for(100.0)
    written.pad.keys["MODE"].release(bounce_ms=0.0)
    written.pad.run_for(BOUNCE_MS)


def _seconds(written: Written) -> None:
    """In the last seconds of a countdown, the inverted strip is about to be redrawn."""
    deadlines.to_next_second(written, 2.0)


def _powering_off(written: Written) -> None:
    """Wait without a pen until the panel's rails are switched off."""
    pad = written.pad
    pad.run_until(lambda: pad.panel.busy, 25_000.0, 5.0)


SENDING: dict[str, tuple[Callable[[Written], None], float]] = {
    "while a page is sent": (_sending_new, 20.0),
    "while a page is driven": (_running, 120.0),
    "after a page was driven": (_back_to_the_note, 34.0),
    "while a sign is drawn": (_strip, 8.0),
    "while the tool is changed": (_tool, 8.0),
    "while the last seconds are drawn": (_seconds, 10.0),
    "while the rails go off": (_powering_off, 200.0),
}
"""Job in progress, and the range in ms after its start in which the event comes; the seed of the note selects the
time."""
HOLDS_MODE = (_sending_new, _running, _back_to_the_note)


def sending(event: Event, stage: str) -> Event:
    """The event in the middle of a longer job, one of STAGES."""
    lead_up, most_ms = SENDING[stage]

    def prepare(written: Written) -> None:
        event.prepare(written)
        lead_up(written)
        written.pad.run_for(random.Random(f"{stage} {written.written.seed}").uniform(0.0, most_ms))

    # A fault restarts the pad, which then shows what it shows at any start with MODE held.
    ends_in = MODE_HELD if event.number == "E10" and lead_up in HOLDS_MODE else event.ends_in
    return replace(event, name=f"{event.name}, {stage}", prepare=prepare, ends_in=ends_in)


def mid_transfer(event: Event) -> Event:
    """The event while the pad reads a point from the touch chip."""

    def cause(written: Written) -> float:
        pad = written.pad
        read = pad.touch.i2c_read
        state = {"bytes": 0, "edge": -1.0}

        def reading() -> int:
            state["bytes"] += 1
            if state["bytes"] == I2C_BYTE:
                delay = event.cause(written)
                state["edge"] = pad.now_ms + delay
            return read()

        pad.touch.i2c_read = reading  # type: ignore[method-assign]
        pad.touch.finger(*written.log.points[-1])
        pad.run_until(lambda: state["edge"] >= 0, 60.0, 0.05)
        pad.touch.i2c_read = read  # type: ignore[method-assign]
        pad.touch.lift()
        return state["edge"] - pad.now_ms

    return replace(event, name=f"{event.name}, in the middle of an I2C transfer", cause=cause)


def while_wiping(event: Event, moment: str) -> Event:
    """The event during a wipe by the WIPE key, whose edge counts."""
    first = by_label("E1 WIPE key")

    def cause(written: Written) -> float:
        pad = written.pad
        delay = first.cause(written)
        pad.at(WIPING_MS[moment], lambda: _cause(event, written))
        return delay

    # The note is gone already: AWAY only changes the page at the end.
    return replace(event, name=f"{event.name}, {moment}", cause=cause, by_byte=False)


def at_once(event: Event, other: Event) -> Event:
    """Both events between the same two instructions."""

    def cause(written: Written) -> float:
        other.cause(written)
        return event.cause(written)

    return replace(
        event,
        name=f"{event.name} and {other.label} at once",
        cause=cause,
        by_byte=False,
        keeps_usb=event.keeps_usb and other.keeps_usb,
    )


def after_boot(event: Event, delay_ms: float) -> Event:
    """A reset by RUN, with the event during the boot; the reset's edge counts."""

    def cause(written: Written) -> float:
        written.pad.reset("run")
        written.pad.at(delay_ms, lambda: _cause(event, written))
        return 0.0

    return replace(
        event, name=f"{event.name}, {delay_ms:g} ms after a reset", cause=cause, restarts=True, by_byte=False
    )


def awkward(thorough: bool) -> list[Event]:
    """Events at all moments; `thorough`: every event that is possible at a moment, otherwise one for each."""
    wipe, dtr, away = by_label("E1 WIPE key"), by_label("E7 DTR drops"), by_label("E5 AWAY key")
    asleep, hook, ended = by_label("E8 bus asleep"), by_label("E2 hook opens"), by_label("E2 byte E")
    silent = by_label("E10 touch bus silent")
    if not thorough:
        return [
            during_pulses(wipe),
            mid_transfer(dtr),
            *(
                while_wiping(other, moment)
                for other, moment in zip((dtr, away, dtr, away), WIPING_MS, strict=True)
            ),
            at_once(wipe, dtr),
            eraser_in_use(wipe),
            after_boot(wipe, AFTER_BOOT_MS[1]),
            sending(silent, "while a page is sent"),
            sending(silent, "after a page was driven"),
            after_call(by_label("E2 byte R of the next call")),
        ]
    # A core cannot be stopped inside the emulator's callback, so E11 is caused as a watchdog reset. A whole call is
    # not possible there either.
    prompt = [
        event
        for event in EVENTS
        if event.number not in ("E3", "E4", "E10", "E13") and event.name not in TAKE_TIME
    ]
    callers: list[Callable[[Event], Event]] = [during_pulses, mid_transfer]
    return [
        *(caller(event) for event in prompt for caller in callers),
        *(pages_in_use(event) for event in (wipe, dtr, asleep)),
        *(eraser_in_use(event) for event in (wipe, dtr)),
        *(while_wiping(event, moment) for event in (dtr, away, wipe, ended) for moment in WIPING_MS),
        *(at_once(first, second) for first, second in ((wipe, dtr), (hook, asleep))),
        replace(at_once(away, ended), ends_in=NEXT_TIP),
        *(after_boot(event, delay) for event in (wipe, away) for delay in AFTER_BOOT_MS),
        *(sending(event, stage) for event in (silent, wipe, ended) for stage in SENDING),
        *(after_call(event) for event in (*EVENTS, *NEXT_CALL) if ends_after_call_work(event)),
    ]
