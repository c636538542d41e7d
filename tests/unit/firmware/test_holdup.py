"""test_holdup: when the charger is on, and what a pad without a charged cell shows and takes."""
# SPDX-License-Identifier: MIT

import pytest
from app_pad import say
from kesu_pad import callline, geometry, holdup, memo, policy, screens, session

CHARGED, LOW, EMPTY, NONE = 3_700, 3_649, 900, -1


def strip_of(pad) -> bytes:
    under: bytearray = pad.app._memo.under
    return bytes(under[memo.STRIP_Y * geometry.STRIDE :])


def drawn(tip: int, signs: int) -> bytes:
    page = bytearray(geometry.STRIDE * geometry.HEIGHT)
    screens.ready(page, tip, signs)
    return bytes(page[memo.STRIP_Y * geometry.STRIDE :])


def write(pad) -> None:
    """A stroke; a sampler that is stopped takes none."""
    if pad.app._sampler.on:
        pad.touch(100, 100, 1)
    pad.run(20)


def test_a_pad_whose_cell_is_not_charged_says_so_and_takes_no_note(pad, native) -> None:
    native.cell_mv[0] = EMPTY
    pad.boot()
    assert strip_of(pad) == drawn(screens.CHARGING, pad.app._wipe.signs)
    assert drawn(screens.CHARGING, 0) != drawn(0, 0)
    write(pad)
    assert pad.state == session.READY
    assert pad.bits == callline.DSR


def test_it_takes_notes_as_soon_as_the_cell_is_charged(pad, native) -> None:
    native.cell_mv[0] = CHARGED - 1
    pad.boot()
    pad.run(30_000)
    assert pad.state == session.READY
    assert strip_of(pad) == drawn(screens.CHARGING, pad.app._wipe.signs)
    native.cell_mv[0] = CHARGED
    pad.run(policy.WATCHDOG_MS // 4 + policy.READY_AFTER_MS + 10)
    assert pad.state == session.READY
    assert strip_of(pad) == drawn(0, pad.app._wipe.signs)
    write(pad)
    assert pad.state == session.WRITING


@pytest.mark.parametrize(("cell_mv", "takes"), [(CHARGED, True), (LOW + 1, True), (LOW, False), (0, False)])
def test_a_cell_that_was_charged_may_fall_a_little(pad, native, cell_mv: int, takes: bool) -> None:
    pad.boot()
    native.cell_mv[0] = cell_mv
    pad.board.wipe_key.move(0)
    pad.run(policy.READY_AFTER_MS + 100)
    write(pad)
    assert pad.state == (session.WRITING if takes else session.READY)


@pytest.mark.parametrize(("required", "takes"), [(False, True), (True, False)])
def test_a_board_without_a_cell_takes_notes_unless_the_policy_requires_one(
    pad, native, monkeypatch: pytest.MonkeyPatch, required: bool, takes: bool
) -> None:
    chosen = policy.HOLD_UP_REQUIRED if required else policy.HOLD_UP_FOUND
    monkeypatch.setattr(holdup.policy, "HOLD_UP", chosen)
    native.cell_mv[0] = NONE
    pad.boot()
    write(pad)
    assert pad.state == (session.WRITING if takes else session.READY)


def test_the_cell_is_not_read_while_there_is_a_note(pad, native) -> None:
    pad.boot()
    assert "cell" in native.calls
    write(pad)
    assert pad.state == session.WRITING
    native.calls.clear()
    native.cell_mv[0] = EMPTY
    pad.run(3_000)
    assert "cell" not in native.calls
    assert pad.state == session.WRITING


def test_a_wipe_reads_the_cell_once_however_often_the_loop_turns(pad, native) -> None:
    """Each reading moves the pulls of its pin, and a wipe of a note has another number of turns than one without."""
    pad.boot()
    native.calls.clear()
    pad.board.wipe_key.move(0)
    for _ in range(policy.READY_AFTER_MS):
        pad.run(1)
    assert not pad.app._wipe.active
    assert native.calls.count("cell") == 1


def test_the_end_of_charging_in_after_call_work_lets_the_pen_write(pad, native) -> None:
    """A wipe ends after-call work without a note, so the pen is on again."""
    native.cell_mv[0] = EMPTY
    pad.boot()
    say(pad, b"W")
    pad.run(20)
    assert pad.state == session.WRAP_BLANK
    native.cell_mv[0] = CHARGED
    pad.run(policy.WATCHDOG_MS // 4 + policy.READY_AFTER_MS + 10)
    write(pad)
    assert pad.state == session.WRITING


def charge(pad) -> list[int]:
    levels: list[int] = pad.board.charge.levels
    return levels


def test_the_charger_follows_what_usb_grants_from_the_first_ready_on(pad, native) -> None:
    native.grants[0] = True
    while pad.app._wipe.active:
        assert charge(pad) == [], "a host may still configure the pad"
        pad.run(1)
    pad.run(2)
    assert pad.state == session.READY
    assert charge(pad) == [1]
    native.grants[0] = False
    pad.run(1_100)
    assert charge(pad) == [1, 0]
    native.grants[0] = True
    pad.run(5_000)
    assert charge(pad) == [1, 0, 1]


def test_the_charger_is_not_switched_while_there_is_a_note(pad, native) -> None:
    """The turns of a loop that carries ink take longer, and who supplies the pad can measure its current."""
    native.grants[0] = True
    pad.boot()
    pad.run(2)
    write(pad)
    assert pad.state == session.WRITING
    native.grants[0] = False
    pad.run(3_000)
    assert charge(pad) == [1]
    pad.board.wipe_key.move(0)
    pad.run(policy.READY_AFTER_MS + 100)
    assert charge(pad) == [1, 0]


def test_a_host_that_grants_nothing_gets_no_load(pad, native) -> None:
    pad.run(10_000)
    assert charge(pad) == []
