"""test_forget: after a wipe or a fault no object keeps a time that shows when the pad was used."""
# SPDX-License-Identifier: MIT

import importlib
from typing import Any

import pytest
from kesu_pad import events, ink, keys, memo, policy, refresh, session


def times_of(pad) -> dict[str, int]:
    """Every time that the parts of a pad keep, by name."""
    app = pad.app
    parts = {
        "deadlines": app._deadlines,
        "idle": app._deadlines._idle,
        "age": app._deadlines._age,
        "wrap": app._deadlines._wrap,
        "refresh": app._refresh,
        "app": app,
        **{f"contact {number}": contact for number, contact in enumerate(app._contacts._all)},
    }
    kept = {
        f"{name}.{field}": value
        for name, part in parts.items()
        for field, value in vars(part).items()
        if field
        in (
            "at_ms",
            "_quiet_until_ms",
            "_rested_ms",
            "_waits_from_ms",
            "_edge_ms",
            "_first_ms",
            "_planned_ms",
        )
    }
    kept |= {f"event {number}": stamp for number, stamp in enumerate(app._events._when)}
    return {name: value for name, value in kept.items() if value}


def used(pad) -> None:
    """Write a note and press the MODE key twice."""
    pad.boot()
    pad.touch(100, 100, 1)
    pad.run(500)
    for _ in range(2):
        pad.board.mode_key.move(0)
        pad.run(60)
        pad.board.mode_key.move(1)
        pad.run(60)
    pad.touch(110, 100, 1)
    pad.run(30)


def test_a_used_pad_keeps_times(pad) -> None:
    used(pad)
    assert {"idle.at_ms", "age.at_ms", "refresh._rested_ms"} <= set(times_of(pad))


def test_wipe_keeps_only_the_time_of_its_event(pad, ticks) -> None:
    used(pad)
    pad.app._events.post(events.WIPE_KEY, ticks.ms)
    pad.run(1)
    event_ms = ticks.ms - 1
    pad.run(50)
    left = {name: value for name, value in times_of(pad).items() if not name.startswith("app.")}
    assert left == {"refresh._rested_ms": event_ms}


def test_fault_keeps_no_time(pad, ticks, native, monkeypatch) -> None:
    faults = importlib.import_module("kesu_pad.faults")

    def wait(from_ms: int, limit_ms: int) -> None:
        ticks.ms = from_ms + limit_ms

    monkeypatch.setattr(native, "wait", wait)
    used(pad)
    pad.app.faults.fail(faults.TOUCH)
    left = {name for name in times_of(pad) if not name.startswith("contact")}
    assert left == set()
    assert pad.app._panel.forgotten
    assert pad.state != session.READY


def test_a_contact_at_rest_keeps_no_time(monkeypatch, ticks, doubles) -> None:
    monkeypatch.setattr(keys, "ticks_ms", ticks.read)
    pin, latches = doubles.Pin(1), events.Events()
    contact = keys.Contact(bytearray(1), pin, latches, events.PAGE, 0, 800, events.MODE)
    contact.start()
    ticks.ms = 5_000
    pin.move(0)
    contact.step(ticks.ms + keys.BOUNCE_MS)
    assert contact._first_ms == 5_000, "held: it may become a long press"
    ticks.ms = 5_100
    pin.move(1)
    contact.step(ticks.ms + keys.BOUNCE_MS)
    assert latches.take() == events.MODE
    assert (contact._first_ms, contact._edge_ms) == (0, 0)


def test_edge_while_times_are_cleared_settles_after_the_bounce(monkeypatch, ticks, doubles) -> None:
    monkeypatch.setattr(keys, "ticks_ms", ticks.read)
    ticks.ms = 7_000

    class Edgy(keys.Contact):
        """An edge comes while the times are cleared."""

        def __setattr__(self, name: str, value: object) -> None:
            super().__setattr__(name, value)
            if name == "_first_ms" and value == 0 and getattr(self, "armed", False):
                self.armed = False
                pin.move(0)
                super().__setattr__("_edge_ms", 0)  # as if the edge had come between the two

    pin, latches = doubles.Pin(1), events.Events()
    contact = Edgy(bytearray(1), pin, latches, events.WIPE_KEY, 0, 0)
    contact.start()
    contact.armed = True
    contact.step(7_000)
    assert latches.take() == events.WIPE_KEY
    assert not contact._settled
    contact.step(7_010)
    assert not contact._settled, "bounce is still ignored"
    contact.step(7_000 + keys.BOUNCE_MS)
    assert contact._settled


def test_a_fault_in_the_middle_of_a_turn_ends_the_turn(pad) -> None:
    """It comes after the first check of the turn and is taken with the other events: nothing may be drawn."""
    used(pad)
    app = pad.app
    post = app._deadlines.post

    def fails(sink, now_ms: int) -> None:
        post(sink, now_ms)
        app._sampler.fault = True
        sink.post(events.FAILED, now_ms)

    app._deadlines.post = fails
    app._memo.pen[memo.DIRTY] = (1 << 19) - 1
    app._panel.log.clear()
    pad.run(1)
    assert app.fault_code == 40
    assert app._panel.log == []


@pytest.mark.parametrize("event", [events.FAILED, events.WIPE_KEY, events.BYTES])
def test_ring_is_erased_in_slices_before_new_ink(pad, event) -> None:
    pad.boot()
    app = pad.app
    pen, posted = app._memo.pen, []
    native: Any = importlib.import_module("native")
    enclose = native.enclose

    def slow(frame, stride, way, count, row0, row1):
        posted.append(row0)
        if len(posted) == 1:
            app._events.post(event, 1)
        enclose(frame, stride, way, count, row0, row1)
        return True

    pen[memo.WAY] = 8
    native.enclose = slow
    try:
        assert app._ink.point(50, 50, 10, ink.DOWN) == ink.LATER
        assert posted == [0]
        assert pen[memo.WAY] == 8
        while app._events.take() != events.NONE:
            pass
        assert app._ink.point(50, 50, 10, ink.DOWN) == ink.USE
    finally:
        native.enclose = enclose
    assert posted == list(range(0, 300, 24))
    assert (pen[memo.WAY], pen[memo.RING]) == (0, 0)


def test_pen_is_off_while_the_bus_is_silent(pad, native) -> None:
    pad.boot()
    native.suspend()
    pad.run(policy.READY_AFTER_MS + 10)
    assert pad.state == session.READY
    assert not pad.app._sampler.on
    native.resume()
    pad.run(policy.READY_AFTER_MS + 10)
    assert pad.state == session.READY
    assert pad.app._sampler.on


def test_silent_bus_is_ignored_once_vbus_returned(pad, native) -> None:
    """Moved to a charger: no bus, but VBUS has shown that it works."""
    pad.boot()
    pad.board.vbus.move(0)
    native.suspend()
    pad.run(policy.READY_AFTER_MS + 30)
    assert not pad.app._sampler.on
    pad.board.vbus.move(1)
    pad.run(policy.READY_AFTER_MS + 30)
    assert pad.app._sampler.on


def test_stuck_limit_is_below_busy_limit() -> None:
    assert refresh.STUCK_LIMIT_MS < refresh.BUSY_LIMIT_MS
