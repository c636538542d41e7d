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


@pytest.mark.parametrize("extension_ms", [0, 3_000])
def test_maximum_age_is_extended_once_if_the_policy_allows_it(
    pad, ticks, monkeypatch, extension_ms: int
) -> None:
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
