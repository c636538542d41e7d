"""test_app_wipes: every cause of a wipe, in the whole firmware."""
# SPDX-License-Identifier: MIT

import pytest
from app_pad import (
    cause_away_key,
    cause_bus_reset,
    cause_ended,
    cause_hook,
    cause_lost_line,
    cause_unplug,
    cause_wipe_key,
    press_mode,
)
from kesu_pad import callline, memo, policy, session, wipe


@pytest.mark.parametrize(
    "cause",
    [
        cause_wipe_key,
        cause_away_key,
        cause_hook,
        cause_lost_line,
        cause_ended,
        cause_bus_reset,
        cause_unplug,
    ],
)
def test_every_wipe_event_removes_the_note_and_ends_on_time(pad, ticks, native, cause) -> None:
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
    assert native.residue() == 0
    pad.run(wipe.WHITE_AT_MS - 2)
    assert pad.bits == callline.DCD, "the wipe is reported to the host at a fixed time"
    pad.run(1)
    assert pad.bits == 0
    pad.run(policy.READY_AFTER_MS - wipe.WHITE_AT_MS - 1)
    assert pad.state == wiping
    pad.run(1)
    assert ticks.ms - event_ms == policy.READY_AFTER_MS
    assert pad.state == after
    assert pad.bits == callline.DSR
    assert pad.app._panel.new == pad.app._panel.old == pad.app._memo.under


def test_event_during_a_wipe_changes_the_page_but_not_the_time(pad, ticks, native) -> None:
    pad.boot()
    pad.touch(100, 100, 1)
    pad.run(20)
    cause_wipe_key(pad)
    event_ms = ticks.ms
    pad.run(250)
    logged = len(pad.app._panel.log)
    cause_away_key(pad)
    pad.run(1)
    assert pad.state == session.WIPING_AWAY
    assert all(ink == b"\xff" * 15000 for ink in pad.app._memo.pages)
    assert not any(pad.app._memo.pen)
    assert pad.app._panel.log[logged:] == [], "the waveform that shows the page continues"
    pad.run(policy.READY_AFTER_MS - 251)
    assert ticks.ms - event_ms == policy.READY_AFTER_MS
    assert pad.state == session.AWAY
    assert pad.app._panel.log.count("page") == 2, "one at boot, one in this wipe"
    assert pad.app._panel.log.count("turn") == 1, "to the page of the second event"


def test_touches_during_a_wipe_are_not_inked(pad) -> None:
    pad.boot()
    pad.touch(100, 100, 1)
    pad.run(1)
    cause_wipe_key(pad)
    pad.run(1)
    assert not pad.app._sampler.on
    pad.run(policy.READY_AFTER_MS)
    assert pad.app._memo.pen[memo.POINTS] == 0


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
