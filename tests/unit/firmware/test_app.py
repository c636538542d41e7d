"""test_app: the whole firmware: start, ink, keys, and what each state permits."""
# SPDX-License-Identifier: MIT

import pytest
from app_pad import press_mode, say
from kesu_pad import callline, geometry, memo, policy, screens, session, wipe


def test_boot_locks_the_heap_and_wipes_before_it_is_ready(pad) -> None:
    assert pad.locks == ["locked"]
    assert pad.board.watchdog_ms == policy.WATCHDOG_MS
    assert pad.state == session.BOOTING
    pad.run(policy.READY_AFTER_MS - wipe.START_AHEAD_MS - 1)
    assert pad.state == session.BOOTING
    pad.run(1)
    assert pad.state == session.READY
    assert pad.bits == callline.DSR
    assert pad.app._panel.log[:3] == ["init", "fill", "dark"]


def strip_of(pad) -> bytes:
    under: bytearray = pad.app._memo.under
    return bytes(under[memo.STRIP_Y * geometry.STRIDE :])


def test_mode_held_at_a_start_shows_version_and_image_until_the_pad_is_used(pad) -> None:
    pad.board.mode_key.move(0)
    pad.boot()
    page = bytearray(geometry.STRIDE * geometry.HEIGHT)
    screens.identity(page, pad.app._wipe.signs)
    assert strip_of(pad) == page[memo.STRIP_Y * geometry.STRIDE :]
    pad.board.mode_key.move(1)
    pad.touch(100, 100, 1)
    pad.run(100)
    assert pad.state == session.WRITING
    assert strip_of(pad) != page[memo.STRIP_Y * geometry.STRIDE :]
    pad.board.wipe_key.move(0)
    pad.run(policy.READY_AFTER_MS + 10)
    assert pad.state == session.READY
    screens.ready(page, 0, pad.app._wipe.signs)
    assert strip_of(pad) == page[memo.STRIP_Y * geometry.STRIDE :]


def test_a_start_without_mode_or_with_mode_released_shows_a_tip(pad) -> None:
    pad.board.mode_key.move(0)
    pad.run(100)
    pad.board.mode_key.move(1)
    pad.run(policy.READY_AFTER_MS)
    page = bytearray(geometry.STRIDE * geometry.HEIGHT)
    screens.ready(page, 0, pad.app._wipe.signs)
    assert strip_of(pad) == page[memo.STRIP_Y * geometry.STRIDE :]


def test_mode_held_in_a_later_wipe_shows_a_tip(pad) -> None:
    pad.boot()
    pad.board.wipe_key.move(0)
    pad.board.mode_key.move(0)
    pad.run(policy.READY_AFTER_MS + 10)
    page = bytearray(geometry.STRIDE * geometry.HEIGHT)
    screens.ready(page, 0, pad.app._wipe.signs)
    assert strip_of(pad) == page[memo.STRIP_Y * geometry.STRIDE :]


def test_at_a_start_the_host_waits_until_the_panel_is_being_set_up(pad, native) -> None:
    pad.run(wipe.WHITE_AT_MS - wipe.START_AHEAD_MS - 1)
    assert native.usb_waits()
    assert "dark" not in pad.app._panel.log
    pad.run(1)
    assert not native.usb_waits()
    assert "dark" in pad.app._panel.log


def test_first_touch_sets_dcd_and_starts_a_pulse(pad) -> None:
    pad.boot()
    assert pad.bits == callline.DSR
    pad.touch(100, 100, 1)
    pad.run(1)
    assert pad.state == session.WRITING
    assert pad.bits == callline.DCD
    assert pad.app._panel.log[-1] == "pulse"


def test_sample_newer_than_the_time_of_the_turn_is_inked(pad, ticks) -> None:
    pad.boot()
    pad.touch(100, 100, 1, ahead_ms=3)
    pad.run(1)
    assert pad.app._memo.pen[memo.LAST_MS] == ticks.ms + 2
    pad.touch(104, 100, 0, ahead_ms=3)
    pad.run(1)
    assert pad.state == session.WRITING
    assert pad.app._memo.pen[memo.POINTS] == 2
    assert pad.app._wait_ms > 0


@pytest.mark.parametrize("ran_ms", [100, 437])
def test_idle_pad_sleeps_until_a_fixed_tick_and_feeds_the_watchdog(pad, ran_ms: int) -> None:
    """When it wakes does not depend on what it did before."""
    pad.boot()
    pad.run(ran_ms)
    longest_ms = policy.WATCHDOG_MS // 4
    assert 0 < pad.app._wait_ms <= longest_ms
    assert (pad.app._planned_ms + pad.app._wait_ms) % longest_ms == 0
    assert pad.board.feeds > 100


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


def test_away_key_ends_away_and_agent_ends_payment(pad) -> None:
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


def test_tip_changes_on_return_from_away_but_not_on_a_wipe(pad) -> None:
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


def test_held_wipe_key_shows_a_progress_bar(pad, ticks, monkeypatch) -> None:
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
