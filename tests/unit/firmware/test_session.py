"""test_session: the state table, pair by pair."""
# SPDX-License-Identifier: MIT

import pytest
from kesu import events, session

WIPES = [
    events.WIPE_KEY,
    events.HOOK_OPEN,
    events.CALL_ENDED,
    events.AWAY,
    events.LOCKED,
    events.LINE_LOST,
    events.POWER_LOST,
]
NOTE_ONLY = [events.IDLE, events.MAX_AGE, events.RING]


def in_state(state: int) -> session.Session:
    made = session.Session()
    made.state = state
    return made


def test_boot_is_a_wipe_that_ends_in_ready() -> None:
    pad = session.Session()
    assert pad.state == session.BOOTING
    assert pad.step(events.WIPED) == session.SHOW_READY
    assert pad.state == session.READY


@pytest.mark.parametrize("event", WIPES + NOTE_ONLY)
def test_every_wipe_event_ends_a_note(event: int) -> None:
    pad = in_state(session.WRITING)
    assert pad.step(event) == session.WIPE
    assert pad.state == session.WIPING
    assert pad.step(events.WIPED) == session.SHOW_READY
    assert pad.state == session.READY


@pytest.mark.parametrize("event", WIPES)
def test_ready_wipes_as_well(event: int) -> None:
    pad = in_state(session.READY)
    assert pad.step(event) == session.WIPE


@pytest.mark.parametrize("event", NOTE_ONLY)
def test_ready_has_no_note_to_time_out(event: int) -> None:
    pad = in_state(session.READY)
    assert pad.step(event) == session.STAY
    assert pad.state == session.READY


def test_the_pen_begins_a_note_once() -> None:
    pad = in_state(session.READY)
    assert pad.step(events.PEN) == session.BEGIN_NOTE
    assert pad.state == session.WRITING
    assert pad.step(events.PEN) == session.STAY


@pytest.mark.parametrize("state", [session.BOOTING, session.WIPING])
@pytest.mark.parametrize("event", [*WIPES, *NOTE_ONLY, events.PEN])
def test_a_wipe_in_progress_is_not_disturbed(state: int, event: int) -> None:
    pad = in_state(state)
    assert pad.step(event) == session.STAY
    assert pad.state == state


@pytest.mark.parametrize("state", [session.BOOTING, session.READY, session.WRITING, session.WIPING])
def test_failure_leads_to_fault_from_everywhere(state: int) -> None:
    pad = in_state(state)
    assert pad.step(events.FAILED) == session.FAIL
    assert pad.state == session.FAULT


@pytest.mark.parametrize("event", range(1, events.COUNT))
def test_fault_is_left_by_a_reset_only(event: int) -> None:
    pad = in_state(session.FAULT)
    assert pad.step(event) == session.STAY
    assert pad.state == session.FAULT
