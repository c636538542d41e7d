"""test_app_faults: every failure in the loop wipes the note, shows its code and resets the pad."""
# SPDX-License-Identifier: MIT

import importlib

from kesu_pad import callline, events, ink, policy, session
from kesu_pad.panel.controller import PanelFault


def test_a_silent_touch_chip_is_a_fault(pad) -> None:
    pad.boot()
    pad.app._sampler.fault = True
    pad.run(1)
    assert pad.app.fault_code == 40
    assert pad.state == session.FAULT


def faults_of(pad):
    return importlib.import_module("kesu_pad.faults")


def sleep_passes(ticks, native, monkeypatch) -> None:
    """Advance ticks while the firmware sleeps outside of its loop."""

    def wait(from_ms: int, limit_ms: int) -> None:
        ticks.ms = from_ms + limit_ms

    monkeypatch.setattr(native, "wait", wait)


def test_fail_clears_shows_the_code_and_resets(pad, ticks, native, monkeypatch) -> None:
    faults = faults_of(pad)
    pad.boot()
    pad.touch(100, 100, 1)
    pad.run(1)
    sleep_passes(ticks, native, monkeypatch)
    start_ms = ticks.ms
    pad.app.faults.fail(faults.TOUCH)
    assert pad.board.resets == 1
    assert pad.bits == callline.RI
    assert ticks.ms - start_ms >= policy.FAULT_SHOW_MS
    log = pad.app._panel.log
    assert log[-6:] == ["fill", "restart", "partial", "new", "old", "fast_full"]
    assert pad.app._panel.new != b"\xff" * 15000
    assert native.residue() == 0


def test_a_second_failure_still_zeroes_pauses_and_resets(pad, native, ticks, monkeypatch) -> None:
    faults = faults_of(pad)
    sleep_passes(ticks, native, monkeypatch)
    pad.boot()
    pad.touch(100, 100, 1)
    pad.run(1)

    def broken(_new: int, _old: int) -> None:
        raise PanelFault

    pad.app._panel.fill_planes = broken
    assert native.residue() > 0
    start_ms = ticks.ms
    pad.app.faults.fail(faults.OTHER)
    assert native.residue() == 0
    assert pad.board.resets == 1
    assert ticks.ms - start_ms >= policy.FAULT_SHOW_MS, "a dead panel must not cause rapid restarts"


def test_planes_and_glass_are_cleared_while_busy_is_stuck(pad, native, ticks, monkeypatch) -> None:
    faults = faults_of(pad)
    sleep_passes(ticks, native, monkeypatch)
    pad.boot()
    pad.touch(100, 100, 1)
    pad.run(1)
    panel = pad.app._panel

    def stuck() -> bool:
        panel.is_busy = False  # the double takes no data while it is busy
        return False

    panel.abort = stuck
    panel.log.clear()
    pad.app.faults.fail(faults.REFRESH_LONG)
    assert not panel.trusts_busy
    assert panel.log == ["fill", "restart", "partial", "new", "old", "fast_full"]
    assert pad.board.resets == 1


def test_exceptions_have_codes(pad) -> None:
    faults = faults_of(pad)
    stuck = PanelFault()
    stuck.code = 1
    assert faults.code_of(stuck) == 1
    assert faults.code_of(MemoryError()) == faults.MEMORY
    assert faults.code_of(OSError(5)) == faults.BUS
    assert faults.code_of(ValueError()) == faults.OTHER


def test_any_exception_in_the_loop_ends_in_a_fault_and_a_reset(pad, monkeypatch, native) -> None:
    app = pad.module
    ended: list[int] = []
    monkeypatch.setattr(ink.Ink, "point", lambda *_point: 1 // 0)
    monkeypatch.setattr(events.Events, "urgent", lambda _self: False)
    monkeypatch.setattr(app.faults.Faults, "fail", lambda _self, code: ended.append(code))

    def take_part(self) -> None:
        self._session.state = session.READY
        self._wipe.active = False
        self._sampler.waiting.append((1, 1, 0, 1))
        self.step(0)

    monkeypatch.setattr(app.App, "run", take_part)
    native.forget()
    app.main()
    assert ended == [99]
