"""moments: wipe events at the moments that suit a pad least."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from kesu.verify.events import EVENTS, Event, by_label
from kesu.verify.scenario import Written

WIPING_MS: dict[str, float] = {
    "while planes are being cleared": 6.0,
    "while the glass is being whitened": 250.0,
    "during the full refresh": 900.0,
}
AFTER_BOOT_MS = (2.0, 12.0, 45.0)
I2C_BYTE = 3
"""The event comes when this byte of a report (x, low) is read."""


def _cause(event: Event, written: Written) -> None:
    event.cause(written)


def during_partial(event: Event) -> Event:
    """A stroke is on its way to the glass."""

    def prepare(written: Written) -> None:
        event.prepare(written)
        pad = written.pad
        pad.touch.finger(*written.log.points[-1])
        pad.run_for(40.0)
        pad.touch.lift()
        pad.run_until(lambda: pad.panel.busy, 400.0)
        pad.run_for(120.0)

    return replace(event, name=f"{event.name}, during a partial refresh", prepare=prepare)


def mid_transfer(event: Event) -> Event:
    """The pad is reading a point from the touch chip."""

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
    """WIPE has been pressed already; its edge is the one that counts."""
    first = by_label("E1 WIPE key")

    def cause(written: Written) -> float:
        pad = written.pad
        delay = first.cause(written)
        pad.at(WIPING_MS[moment], lambda: _cause(event, written))
        return delay

    return replace(event, name=f"{event.name}, {moment}", cause=cause)


def at_once(event: Event, other: Event) -> Event:
    """Two events between the same two instructions."""

    def cause(written: Written) -> float:
        other.cause(written)
        return event.cause(written)

    return replace(
        event,
        name=f"{event.name} and {other.label} at once",
        cause=cause,
        keeps_usb=event.keeps_usb and other.keeps_usb,
    )


def after_boot(event: Event, delay_ms: float) -> Event:
    """RUN is pulled, and the event comes while the pad still starts; the reset's edge counts."""

    def cause(written: Written) -> float:
        written.pad.reset("run")
        written.pad.at(delay_ms, lambda: _cause(event, written))
        return 0.0

    return replace(event, name=f"{event.name}, {delay_ms:g} ms after a reset", cause=cause, restarts=True)


def awkward(thorough: bool) -> list[Event]:
    """The events at their moments; `thorough` for every event that can come at a moment, else one each."""
    wipe, dtr, away = by_label("E1 WIPE key"), by_label("E7 DTR drops"), by_label("E5 AWAY key")
    asleep, hook, ended = by_label("E8 bus asleep"), by_label("E2 hook opens"), by_label("E2 byte E")
    if not thorough:
        return [
            during_partial(wipe),
            mid_transfer(dtr),
            *(while_wiping(other, moment) for other, moment in zip((dtr, away, dtr), WIPING_MS, strict=True)),
            at_once(wipe, dtr),
            after_boot(wipe, AFTER_BOOT_MS[1]),
        ]
    prompt = [event for event in EVENTS if event.number not in ("E3", "E4", "E10", "E13")]
    callers: list[Callable[[Event], Event]] = [during_partial, mid_transfer]
    return [
        *(caller(event) for event in prompt for caller in callers),
        *(while_wiping(event, moment) for event in (dtr, away, wipe, ended) for moment in WIPING_MS),
        *(at_once(first, second) for first, second in ((wipe, dtr), (hook, asleep), (away, ended))),
        *(after_boot(event, delay) for event in (wipe, away) for delay in AFTER_BOOT_MS),
    ]
