"""test_app_deadlines: idle time, age, countdown and wrap-up, in the whole firmware."""
# SPDX-License-Identifier: MIT

import pytest
from app_pad import say
from fast_part import fast
from kesu.spec.call_line import CALL_BYTES
from kesu_pad import callline, memo, policy, session


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


def test_age_runs_from_the_first_ink(pad, monkeypatch) -> None:
    monkeypatch.setattr(policy, "MAX_AGE_MS", 300)
    monkeypatch.setattr(policy, "COUNTDOWN_MS", 0)
    pad.boot()
    for _ in range(29):
        pad.touch(100, 100)
        pad.run(10)
    assert pad.state == session.WRITING
    pad.run(20)
    assert pad.state == session.WIPING


def test_countdown_is_shown_and_a_touch_postpones_the_wipe(pad, ticks, monkeypatch) -> None:
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


@pytest.mark.parametrize(("extension_ms", "times"), [(0, 2), (1_200, 0), (1_200, 1), (1_200, 3)])
@pytest.mark.parametrize("in_call", [False, True])
def test_maximum_age_is_extended_as_the_policy_allows(
    pad, ticks, native, monkeypatch, extension_ms: int, times: int, in_call: bool
) -> None:
    monkeypatch.setattr(policy, "CALL_AGE_MS" if in_call else "MAX_AGE_MS", 3_000)
    monkeypatch.setattr(policy, "COUNTDOWN_MS", 1_000)
    monkeypatch.setattr(policy, "EXTENSION_MS", extension_ms)
    monkeypatch.setattr(policy, "MAX_EXTENSIONS", times)
    pad.boot()
    if in_call:
        say(pad, b"T")
    pad.touch(100, 100, 1)
    pad.run(1)
    first_ms = ticks.ms
    while pad.state in (session.WRITING, session.COUNTDOWN):
        pad.touch(100, 100)
        pad.run(10)
    last_ms = 3_000 + extension_ms * times
    assert last_ms <= ticks.ms - first_ms <= last_ms + 20
    assert native.residue() == 0


@pytest.mark.parametrize("said", [b"T", b"H", b"TH", b"THM"])
def test_in_a_call_the_silence_of_the_pen_ends_nothing(pad, ticks, native, monkeypatch, said: bytes) -> None:
    monkeypatch.setattr(policy, "IDLE_MS", 500)
    monkeypatch.setattr(policy, "MAX_AGE_MS", 1_000)
    monkeypatch.setattr(policy, "CALL_AGE_MS", 20_000)
    pad.boot()
    say(pad, said)
    pad.touch(100, 100, 1)
    pad.run(1)
    first_ms = ticks.ms
    pad.run(9_000)
    assert pad.state == session.WRITING
    assert native.residue() > 0
    pad.run(1_100)
    assert pad.state == session.COUNTDOWN
    while pad.state == session.COUNTDOWN:
        pad.run(1)
    assert 19_999 <= ticks.ms - first_ms <= 20_000
    assert native.residue() == 0


def test_a_call_that_begins_in_the_countdown_keeps_the_note(pad, ticks, native, monkeypatch) -> None:
    monkeypatch.setattr(policy, "IDLE_MS", 20_000)
    monkeypatch.setattr(policy, "MAX_AGE_MS", 40_000)
    monkeypatch.setattr(policy, "CALL_AGE_MS", 60_000)
    pad.boot()
    pad.touch(100, 100, 1)
    pad.run(1)
    first_ms = ticks.ms
    pad.run(15_000)
    assert pad.state == session.COUNTDOWN
    say(pad, b"T")
    pad.run(30_000)
    assert pad.state == session.WRITING
    assert pad.app._strip._shown == -1
    while pad.state != session.WIPING:
        pad.run(1)
    assert 59_999 <= ticks.ms - first_ms <= 60_000


@pytest.mark.parametrize("end", [b"E", b"R", b"A", b"K", b"P"])
def test_the_end_of_a_call_wipes_a_note_that_outlived_its_idle_time(pad, native, monkeypatch, end) -> None:
    monkeypatch.setattr(policy, "IDLE_MS", 500)
    pad.boot()
    say(pad, b"T")
    pad.touch(100, 100, 1)
    pad.run(2_000)
    assert native.residue() > 0
    say(pad, end)
    pad.run(2)
    assert native.residue() == 0


def test_a_lost_line_ends_the_call_for_the_next_note(pad, ticks, native, monkeypatch) -> None:
    monkeypatch.setattr(policy, "IDLE_MS", 500)
    pad.boot()
    say(pad, b"T")
    native.lose()
    pad.run(policy.READY_AFTER_MS + 5)
    pad.touch(100, 100, 1)
    pad.run(1)
    assert native.residue() > 0
    pad.run(500)
    assert native.residue() == 0


def test_after_call_work_outlasts_the_idle_time(wrapping, native, monkeypatch) -> None:
    monkeypatch.setattr(policy, "IDLE_MS", 500)
    pad = wrapping
    say(pad, b"W")
    pad.touch(110, 100, 1)
    pad.run(30_000)
    assert pad.state == session.WRAP_UP
    assert native.residue() > 0


def test_strip_is_inverted_and_the_led_blinks_in_the_last_seconds(wrapping) -> None:
    pad = wrapping
    row = memo.STRIP_Y * 50

    def black() -> int:
        return sum(8 - byte.bit_count() for byte in pad.app._panel.new[row:])

    say(pad, b"W")
    pad.run(49_000)
    assert pad.board.led.levels == []
    plain = black()
    pad.run(1_500)
    inverted = black()
    assert plain + inverted > 50 * 8 * 20
    assert inverted > 3 * plain
    pad.run(8_000)
    assert pad.board.led.levels[:4] == [1, 0, 1, 0]
    say(pad, b"M")
    pad.run(600)
    assert black() > 3 * plain
    pad.run(2_000)
    assert pad.board.led.levels[-1] == 0
    assert not pad.app._lit


@pytest.fixture
def wrapping(monkeypatch, pad):
    """The pad with 60 s of wrap-up."""
    monkeypatch.setattr(policy, "WRAP_UP_MS", 60_000)
    pad.app._session = session.Session(session.BY_AGENT | session.BY_HOOK)
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
def test_wrap_up_counts_down_and_wipes_at_its_limit(wrapping, ticks, native, hang_up) -> None:
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


@pytest.mark.parametrize(
    "said",
    fast([one.byte for one in CALL_BYTES.values() if one.wipes in ("always", "in wrap-up")], b"E", b"R"),
    ids=str,
)
def test_call_bytes_end_wrap_up(wrapping, native, said: bytes) -> None:
    pad = wrapping
    say(pad, b"W")
    pad.run(1_000)
    assert pad.state == session.WRAP_UP
    say(pad, said)
    pad.run(1)
    assert pad.state in (session.WIPING, session.WIPING_AWAY, session.WIPING_PAYMENT)
    assert native.residue() == 0


def test_lifting_the_handset_ends_wrap_up(wrapping, native) -> None:
    pad = wrapping
    hang_up_hook(pad)
    pad.run(1_000)
    assert pad.state == session.WRAP_UP
    pad.board.hook.move(0)
    pad.run(1)
    assert pad.state == session.WIPING
    assert native.residue() == 0
