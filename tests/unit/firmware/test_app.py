"""test_app: the loop with everything joined up, on a board and drivers made of doubles."""
# SPDX-License-Identifier: MIT

import importlib
import sys
import types

import pytest
from kesu import callline, events, ink, keys, memo, policy, screens, session
from kesu.panel.controller import PanelFault


@pytest.fixture
def pad(monkeypatch, ticks, doubles, native):
    class Board:
        def __init__(self) -> None:
            self.usb_device = doubles.Usb()
            for name in ("wipe_key", "away_key", "mode_key", "hook", "vbus"):
                setattr(self, name, doubles.Pin())
            for name in ("panel_cs", "panel_dc", "panel_rst", "panel_busy", "touch_rst", "touch_int"):
                setattr(self, name, None)
            self.spi_id = 1
            self.i2c = None
            self.feeds = 0
            self.resets = 0
            self.watchdog_ms = 0

        def usb(self):
            return self.usb_device

        def watchdog_start(self, ms: int) -> None:
            self.watchdog_ms = ms

        def watchdog_feed(self) -> None:
            self.feeds += 1

        def reset(self) -> None:
            self.resets += 1

    class Panel(doubles.Panel):
        def __init__(self, _link) -> None:
            super().__init__()
            self.falls_ms = 0

        def init(self) -> None:
            self.log.append("init")

        def _start(self, name: str) -> None:
            super()._start(name)
            self.falls_ms = ticks.ms + {"partial": 358, "fast_full": 1140, "power_off": 268}[name]

        def busy(self) -> bool:
            self.is_busy = self.is_busy and ticks.ms < self.falls_ms
            return self.is_busy

        def finished(self) -> int:
            self.busy()
            return super().finished()

    class Sampler(doubles.Sampler):
        def __init__(self, _chip, _pin) -> None:
            super().__init__()
            self.fault = False
            self.taken_ms = 0
            self.waiting: list[tuple[int, int, int, int]] = []

        def count(self) -> int:
            return len(self.waiting)

        def take(self, into) -> int:
            into[0], into[1], self.taken_ms, into[3] = self.waiting.pop(0)
            return 1

    board_module = types.ModuleType("kesu.board")
    board_module.Board = Board  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "kesu.board", board_module)
    micropython = sys.modules["micropython"]
    locks: list[str] = []
    monkeypatch.setattr(micropython, "heap_lock", lambda: locks.append("locked"), raising=False)
    monkeypatch.setattr(native, "spi_write", None, raising=False)
    app = importlib.import_module("kesu.app")
    monkeypatch.setattr(app, "Board", Board)
    monkeypatch.setattr(app.parts, "Panel", Panel)
    monkeypatch.setattr(app, "Transport", lambda *_pins: None)
    monkeypatch.setattr(app.parts, "Touch", lambda *_pins: doubles.Touch())
    monkeypatch.setattr(app, "Sampler", Sampler)
    faults = importlib.import_module("kesu.faults")
    keys = importlib.import_module("kesu.keys")
    for module in (app, keys, callline, faults):
        monkeypatch.setattr(module, "ticks_ms", ticks.read)

    class Pad:
        def __init__(self) -> None:
            self.board = Board()
            self.app = app.App(self.board)
            self.locks = locks
            self.app.start()

        @property
        def state(self) -> int:
            return self.app._session.state

        @property
        def bits(self) -> int:
            return self.app._line._bits

        def run(self, ms: int) -> None:
            """One turn each millisecond: a loop that wakes too often must not behave differently."""
            for _ in range(ms):
                ticks.ms += 1
                self.app.step(ticks.read())

        def touch(self, x: int, y: int, down: int = 0, ahead_ms: int = 0) -> None:
            self.app._sampler.waiting.append((x, y, ticks.ms + ahead_ms, down))

        def boot(self) -> None:
            self.run(policy.READY_AFTER_MS)
            assert self.state == session.READY

    made = Pad()
    made.module = app
    return made


def test_boot_locks_the_heap_and_wipes_before_it_is_ready(pad) -> None:
    assert pad.locks == ["locked"]
    assert pad.board.watchdog_ms == policy.WATCHDOG_MS
    assert pad.state == session.BOOTING
    pad.run(policy.READY_AFTER_MS - 1)
    assert pad.state == session.BOOTING
    pad.run(1)
    assert pad.state == session.READY
    assert pad.bits == callline.DSR
    assert pad.app._panel.log[:3] == ["init", "fill", "partial"]


def test_writing_shows_a_note_and_the_pen_reaches_the_panel(pad) -> None:
    pad.boot()
    assert pad.bits == callline.DSR
    pad.touch(100, 100, 1)
    pad.run(1)
    assert pad.state == session.WRITING
    assert pad.bits == callline.DCD
    assert pad.app._panel.log[-1] == "partial"


def cause_wipe_key(pad) -> None:
    pad.board.wipe_key.move(0)


def cause_away_key(pad) -> None:
    pad.board.away_key.move(0)


def cause_hook(pad) -> None:
    pad.board.hook.move(0)
    pad.run(50)
    assert pad.state == session.WRITING
    pad.board.hook.move(1)


def cause_dtr(pad) -> None:
    for state in (1, 0):
        assert pad.board.usb_device.control(1, bytes([0x21, 0x22, state, 0, 0, 0, 0, 0])) is True


def say(pad, data: bytes) -> None:
    """A packet from the host."""
    pad.app._line._out[: len(data)] = data
    pad.board.usb_device.transferred(0x02, 0, len(data))


def cause_ended(pad) -> None:
    say(pad, b"E")


def cause_bus_reset(pad) -> None:
    pad.board.usb_device.reset()


def cause_suspend(pad) -> None:
    sys.modules["native"].suspend()


def cause_unplug(pad) -> None:
    pad.board.vbus.move(0)


def test_an_unplugged_pad_takes_no_ink_until_it_is_plugged_in_again(pad) -> None:
    pad.boot()
    cause_unplug(pad)
    pad.run(policy.READY_AFTER_MS + 1)
    assert pad.state == session.READY
    assert not pad.app._sampler.on
    pad.board.vbus.move(1)
    pad.run(1)
    assert pad.state == session.WIPING
    pad.run(policy.READY_AFTER_MS + 1)
    assert pad.state == session.READY
    assert pad.app._sampler.on


@pytest.mark.parametrize(
    "cause",
    [
        cause_wipe_key,
        cause_away_key,
        cause_hook,
        cause_dtr,
        cause_ended,
        cause_bus_reset,
        cause_suspend,
        cause_unplug,
    ],
)
def test_every_cause_takes_the_note_and_comes_back_ready_on_time(pad, ticks, native, cause) -> None:
    pad.boot()
    pad.touch(100, 100, 1)
    pad.run(20)
    cause(pad)
    event_ms = ticks.ms
    pad.run(1)
    wiping, after = (
        (session.WIPING_AWAY, session.AWAY) if cause is cause_away_key else (session.WIPING, session.READY)
    )
    assert pad.state == wiping
    assert pad.bits == 0
    assert native.residue() == 0
    pad.run(policy.READY_AFTER_MS - 2)
    assert pad.state == wiping
    pad.run(1)
    assert ticks.ms - event_ms == policy.READY_AFTER_MS
    assert pad.state == after
    assert pad.bits == callline.DSR
    assert pad.app._panel.new == pad.app._panel.old == pad.app._memo.under


def test_another_event_in_mid_wipe_changes_the_page_and_not_the_time(pad, ticks, native) -> None:
    pad.boot()
    pad.touch(100, 100, 1)
    pad.run(20)
    cause_wipe_key(pad)
    event_ms = ticks.ms
    pad.run(250)
    told = len(pad.app._panel.log)
    cause_away_key(pad)
    pad.run(1)
    assert pad.state == session.WIPING_AWAY
    assert native.residue() == 0
    assert pad.app._panel.log[told:] == [], "the waveform that whitens the glass goes on"
    pad.run(policy.READY_AFTER_MS - 251)
    assert ticks.ms - event_ms == policy.READY_AFTER_MS
    assert pad.state == session.AWAY
    assert pad.app._panel.log.count("partial") == 3, "at boot, of the ink, in this wipe"


def test_touches_during_a_wipe_are_not_inked(pad) -> None:
    pad.boot()
    pad.touch(100, 100, 1)
    pad.run(1)
    cause_wipe_key(pad)
    pad.run(1)
    assert not pad.app._sampler.on
    pad.run(policy.READY_AFTER_MS)
    assert pad.app._memo.pen[memo.POINTS] == 0


def test_idle_time_runs_from_the_last_ink(pad, ticks, monkeypatch) -> None:
    monkeypatch.setattr(policy, "IDLE_MS", 500)
    monkeypatch.setattr(policy, "COUNTDOWN_MS", 0)
    pad.boot()
    pad.touch(100, 100, 1)
    pad.run(400)
    pad.touch(110, 100, 0)
    inked_ms = ticks.ms
    pad.run(500 - 1)
    assert pad.state == session.WRITING
    pad.run(1)
    assert pad.state == session.WIPING
    pad.run(policy.READY_AFTER_MS)
    assert ticks.ms - inked_ms == 500 + policy.READY_AFTER_MS
    assert pad.state == session.READY


def test_age_runs_from_the_first_ink_whatever_follows(pad, monkeypatch) -> None:
    monkeypatch.setattr(policy, "MAX_AGE_MS", 300)
    monkeypatch.setattr(policy, "COUNTDOWN_MS", 0)
    pad.boot()
    for _ in range(29):
        pad.touch(100, 100)
        pad.run(10)
    assert pad.state == session.WRITING
    pad.run(20)
    assert pad.state == session.WIPING


def test_a_sample_newer_than_the_loops_now(pad, ticks) -> None:
    pad.boot()
    pad.touch(100, 100, 1, ahead_ms=3)
    pad.run(1)
    assert pad.app._memo.pen[memo.LAST_MS] == ticks.ms + 2
    pad.touch(104, 100, 0, ahead_ms=3)
    pad.run(1)
    assert pad.state == session.WRITING
    assert pad.app._memo.pen[memo.POINTS] == 2
    assert pad.app._wait_ms > 0


def test_idle_it_sleeps_and_still_feeds(pad) -> None:
    pad.boot()
    pad.run(100)
    assert pad.app._wait_ms == policy.WATCHDOG_MS // 4
    assert pad.board.feeds > 100


def test_a_silent_touch_chip_is_a_fault(pad) -> None:
    pad.boot()
    pad.app._sampler.fault = True
    pad.run(1)
    assert pad.app.fault_code == 40
    assert pad.state == session.FAULT


def faults_of(pad):
    return importlib.import_module("kesu.faults")


def sleep_passes(ticks, native, monkeypatch) -> None:
    """Let ticks go on while the firmware sleeps outside of its loop."""

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
    assert log[-6:] == ["abort", "fill", "partial", "new", "old", "fast_full"]
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
    assert ticks.ms - start_ms >= policy.FAULT_SHOW_MS, "a dead panel makes no storm of restarts"


def test_planes_and_glass_are_cleared_whatever_busy_says(pad, native, ticks, monkeypatch) -> None:
    faults = faults_of(pad)
    sleep_passes(ticks, native, monkeypatch)
    pad.boot()
    pad.touch(100, 100, 1)
    pad.run(1)
    panel = pad.app._panel

    def stuck() -> None:
        panel.is_busy = False  # of the double: it takes no data meanwhile
        raise PanelFault

    panel.abort = stuck
    panel.log.clear()
    pad.app.faults.fail(faults.REFRESH_LONG)
    assert not panel.trusts_busy
    assert panel.log == ["fill", "partial", "new", "old", "fast_full"]
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


def test_the_last_seconds_are_counted_and_a_touch_puts_the_wipe_off(pad, ticks, monkeypatch) -> None:
    monkeypatch.setattr(policy, "IDLE_MS", 20_000)
    monkeypatch.setattr(policy, "COUNTDOWN_MS", 5_000)
    pad.boot()
    pad.touch(100, 100, 1)
    pad.run(14_999)
    assert pad.state == session.WRITING
    pad.run(3)
    assert pad.state == session.COUNTDOWN
    assert pad.bits == callline.DCD
    assert pad.app._strip._shown == 5
    pad.run(2_000)
    assert pad.app._strip._shown == 3
    pad.touch(110, 100, 1)
    pad.run(1)
    assert pad.state == session.WRITING
    touched_ms = ticks.ms
    pad.run(19_998)
    assert pad.state == session.COUNTDOWN
    pad.run(3)
    assert pad.state == session.WIPING
    assert ticks.ms - touched_ms <= 20_001


def test_the_strip_of_the_countdown_reaches_the_panel(pad, monkeypatch) -> None:
    monkeypatch.setattr(policy, "IDLE_MS", 20_000)
    pad.boot()
    pad.touch(100, 100, 1)
    pad.run(9_000)
    row = memo.STRIP_Y * 50
    plain = bytes(pad.app._panel.new[row:])
    pad.run(2_000)
    counted = bytes(pad.app._panel.new[row:])
    assert counted != plain
    pad.touch(110, 100, 1)
    pad.run(1_000)
    assert bytes(pad.app._panel.new[row:]) == plain


@pytest.mark.parametrize("extension_ms", [0, 3_000])
def test_the_age_is_extended_once_and_by_policy_only(pad, ticks, monkeypatch, extension_ms: int) -> None:
    monkeypatch.setattr(policy, "MAX_AGE_MS", 10_000)
    monkeypatch.setattr(policy, "COUNTDOWN_MS", 2_000)
    monkeypatch.setattr(policy, "EXTENSION_MS", extension_ms)
    pad.boot()
    pad.touch(100, 100, 1)
    pad.run(1)
    first_ms = ticks.ms
    while pad.state in (session.WRITING, session.COUNTDOWN):
        pad.touch(100, 100)
        pad.run(10)
    assert 10_000 + extension_ms <= ticks.ms - first_ms <= 10_020 + extension_ms


def press_mode(pad, ms: int) -> None:
    pad.board.mode_key.move(0)
    pad.run(ms)
    pad.board.mode_key.move(1)
    pad.run(30)


def test_the_mode_key_changes_tool_when_short_and_page_when_long(pad) -> None:
    pad.boot()
    pad.touch(100, 100, 1)
    pad.run(500)
    kept = pad.app._memo
    press_mode(pad, 100)
    assert (kept.pen[memo.ERASER], kept.pen[memo.PAGE]) == (1, 0)
    press_mode(pad, 850)
    assert (kept.pen[memo.ERASER], kept.pen[memo.PAGE]) == (1, 1)
    pad.run(1_000)
    assert pad.app._panel.new[: memo.STRIP_Y * 50] == b"\xff" * (memo.STRIP_Y * 50)
    press_mode(pad, 850)
    press_mode(pad, 850)
    pad.run(1_000)
    assert kept.pen[memo.PAGE] == 0
    assert pad.app._panel.new[100 * 50 : 102 * 50] != b"\xff" * 100
    assert pad.app._panel.new == pad.app._panel.old == kept.shown


def test_ink_on_every_page_and_for_undo_is_wiped(pad, native) -> None:
    pad.boot()
    for x in (50, 100, 150):
        pad.touch(x, 100, 1)
        pad.run(500)
        press_mode(pad, 850)
    pad.touch(200, 100, 1)
    pad.run(500)
    kept = pad.app._memo
    for buffer in (*kept.pages, kept.before):
        assert buffer.count(0xFF) not in (0, 15000)
    pad.board.wipe_key.move(0)
    pad.run(1)
    assert native.residue() == 0
    pad.run(policy.READY_AFTER_MS)
    assert pad.state == session.READY
    assert all(page == b"\xff" * 15000 for page in kept.pages)
    assert not any(kept.pen)


def test_away_is_left_by_its_key_and_payment_by_the_agent(pad) -> None:
    pad.boot()
    pad.board.away_key.move(0)
    pad.run(100)
    pad.board.away_key.move(1)
    pad.run(policy.READY_AFTER_MS)
    assert pad.state == session.AWAY
    assert not pad.app._sampler.on
    away = bytes(pad.app._panel.new)
    pad.board.away_key.move(0)
    pad.run(100)
    pad.board.away_key.move(1)
    pad.run(policy.READY_AFTER_MS)
    assert pad.state == session.READY
    assert pad.app._sampler.on
    assert bytes(pad.app._panel.new) != away
    for byte, state in ((0x50, session.PAYMENT), (0x70, session.READY)):
        say(pad, bytes([byte]))
        pad.run(policy.READY_AFTER_MS + 1)
        assert pad.state == state
        assert pad.app._sampler.on == (state == session.READY)


def test_the_tip_changes_with_a_return_and_not_with_a_wipe(pad) -> None:
    pad.boot()
    ready = bytes(pad.app._panel.new)
    pad.board.wipe_key.move(0)
    pad.run(policy.READY_AFTER_MS + 1)
    assert bytes(pad.app._panel.new) == ready
    for level in (0, 1, 0, 1):
        pad.board.away_key.move(level)
        pad.run(policy.READY_AFTER_MS + 1)
    assert pad.state == session.READY
    assert bytes(pad.app._panel.new) != ready


def test_a_wipe_key_that_must_be_held_shows_how_far_it_is(pad, ticks, monkeypatch) -> None:
    pad.boot()
    monkeypatch.setattr(policy, "WIPE_HOLD_MS", 600)
    pad.app._contacts.wipe._hold_ms = 600
    pad.touch(100, 100, 1)
    pad.run(1_000)
    strip = bytes(pad.app._panel.new[memo.STRIP_Y * 50 :])
    pad.board.wipe_key.move(0)
    pad.run(400)
    assert pad.state == session.WRITING
    assert bytes(pad.app._panel.new[memo.STRIP_Y * 50 :]) != strip
    pad.board.wipe_key.move(1)
    pad.run(1_000)
    assert pad.state == session.WRITING
    assert bytes(pad.app._panel.new[memo.STRIP_Y * 50 :]) == strip
    pad.board.wipe_key.move(0)
    pad.run(601)
    assert pad.state == session.WIPING


@pytest.fixture
def wrapping(monkeypatch, pad):
    """The pad with 60 s of wrap-up."""
    monkeypatch.setattr(policy, "WRAP_UP_MS", 60_000)
    pad.app._session = session.Session(True)
    pad.boot()
    pad.touch(100, 100, 1)
    pad.run(20)
    return pad


def hang_up_hook(pad) -> None:
    pad.board.hook.move(0)
    pad.run(50)
    pad.board.hook.move(1)


def hang_up_byte(pad) -> None:
    say(pad, b"W")


@pytest.mark.parametrize("hang_up", [hang_up_hook, hang_up_byte])
def test_wrap_up_counts_and_wipes_at_its_bound_whatever_comes(wrapping, ticks, native, hang_up) -> None:
    pad = wrapping
    hang_up(pad)
    hung_up_ms = ticks.ms
    pad.run(1)
    assert pad.state == session.WRAP_UP
    assert pad.bits == callline.DCD
    pad.run(5)
    assert pad.app._strip._shown == 60
    pad.run(43_000)
    assert pad.app._strip._shown == 17
    say(pad, b"W")
    pad.touch(120, 100, 1)
    pad.run(16_900)
    assert pad.state == session.WRAP_UP
    assert native.residue() > 0
    while pad.state == session.WRAP_UP:
        pad.run(1)
    assert ticks.ms - hung_up_ms == 60_000
    assert pad.state == session.WIPING
    assert native.residue() == 0
    pad.run(policy.READY_AFTER_MS)
    assert pad.state == session.READY
    assert not pad.app._deadlines._wrap.armed


@pytest.mark.parametrize("said", [b"E", b"R", b"T", b"A", b"K", b"P"])
def test_wrap_up_is_ended_by_the_agent(wrapping, native, said: bytes) -> None:
    pad = wrapping
    say(pad, b"W")
    pad.run(1_000)
    assert pad.state == session.WRAP_UP
    say(pad, said)
    pad.run(1)
    assert pad.state in (session.WIPING, session.WIPING_AWAY, session.WIPING_PAYMENT)
    assert native.residue() == 0


def test_wrap_up_is_ended_by_lifting_the_handset_again(wrapping, native) -> None:
    pad = wrapping
    hang_up_hook(pad)
    pad.run(1_000)
    assert pad.state == session.WRAP_UP
    pad.board.hook.move(0)
    pad.run(1)
    assert pad.state == session.WIPING
    assert native.residue() == 0


def test_a_packet_is_obeyed_in_order(pad) -> None:
    pad.boot()
    for said, state in (
        (b"pP", session.PAYMENT),
        (b"PEPp", session.READY),
        (b"AE", session.READY),
        (b"EA", session.AWAY),
        (b"RTE?HMWTER", session.READY),
    ):
        say(pad, said)
        pad.run(policy.READY_AFTER_MS + 1)
        assert pad.state == state, said


def test_a_ring_takes_the_note_of_the_last_call_first(pad, native) -> None:
    pad.boot()
    pad.touch(100, 100, 1)
    pad.run(20)
    assert native.residue() > 0
    say(pad, b"R")
    pad.run(1)
    assert pad.state == session.WIPING
    assert native.residue() == 0


def signs_area(pad) -> bytes:
    rows = range(memo.STRIP_Y + 15, memo.STRIP_Y + 27)
    left, right = screens._MUTE_X // 8, (screens._HOLD_X + 12) // 8
    return b"".join(bytes(pad.app._panel.new[row * 50 + left : row * 50 + right]) for row in rows)


def test_signs_come_and_go_and_the_ink_stays(pad) -> None:
    pad.boot()
    blank = signs_area(pad)
    assert set(blank) == {0xFF}
    say(pad, b"M")
    pad.run(500)
    muted = signs_area(pad)
    assert muted != blank
    assert pad.state == session.READY
    assert pad.bits == callline.DSR
    pad.touch(100, 100, 1)
    pad.run(1_000)
    assert signs_area(pad) == muted
    inked = bytes(pad.app._panel.new[: memo.STRIP_Y * 50])
    say(pad, b"H")
    pad.run(500)
    assert signs_area(pad) not in (blank, muted)
    say(pad, b"Tm")
    pad.run(500)
    assert signs_area(pad) == blank
    assert bytes(pad.app._panel.new[: memo.STRIP_Y * 50]) == inked


def test_a_sign_outlives_the_wipe_key_but_not_the_call(pad) -> None:
    pad.boot()
    pad.touch(100, 100, 1)
    say(pad, b"M")
    pad.run(1_000)
    muted = signs_area(pad)
    cause_wipe_key(pad)
    pad.run(policy.READY_AFTER_MS + 500)
    assert signs_area(pad) == muted
    say(pad, b"E")
    pad.run(policy.READY_AFTER_MS + 500)
    assert set(signs_area(pad)) == {0xFF}


def test_a_host_that_never_stops_talking_holds_neither_ink_nor_wipe_up(pad, native) -> None:
    pad.boot()
    submit = pad.board.usb_device.submit_xfer

    def flood(endpoint: int, buffer: bytearray) -> bool:
        done = submit(endpoint, buffer)
        if endpoint == 0x02:
            say(pad, b"TpmT" * 16)
        return done

    pad.board.usb_device.submit_xfer = flood
    say(pad, b"T")
    for step in range(50):
        pad.touch(100 + step, 100)
        pad.run(10)
    assert pad.app._sampler.count() == 0
    assert pad.state == session.WRITING
    pad.run(1_000)
    assert bytes(pad.app._panel.new) == bytes(pad.app._memo.shown)
    assert pad.app._panel.new[100 * 50 + 12 : 100 * 50 + 18] != b"\xff" * 6
    cause_wipe_key(pad)
    pad.run(keys.BOUNCE_MS)
    assert native.residue() == 0
    pad.run(policy.READY_AFTER_MS)
    assert pad.state == session.READY
