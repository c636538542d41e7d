"""test_session: the state table, pair by pair."""
# SPDX-License-Identifier: MIT

import pytest
from kesu_pad import events, session

ENDS = [events.WIPE_KEY, events.CALL_ENDED, events.LOCKED, events.LINE_LOST, events.POWER_LOST]
HANG_UPS = [events.HOOK_OPEN, events.WRAP_UP]
EVERY_WAY = session.BY_AGENT | session.BY_HOOK | session.BY_END
WAYS = [
    (session.BY_AGENT, events.WRAP_UP),
    (session.BY_HOOK, events.HOOK_OPEN),
    (session.BY_END, events.CALL_ENDED),
]
WIPES = ENDS + HANG_UPS
LOCKS = [
    (events.AWAY, session.WIPING_AWAY, session.AWAY),
    (events.AWAY_KEY, session.WIPING_AWAY, session.AWAY),
    (events.PAYMENT, session.WIPING_PAYMENT, session.PAYMENT),
]
IN_USE = [session.READY, session.WRITING, session.COUNTDOWN]
NOTE_ONLY = [events.IDLE, events.MAX_AGE, events.RING]
NEXT_CALL = [events.RING, events.TALK, events.HOOK_CLOSED]


def in_state(state: int, wraps_up: int = 0) -> session.Session:
    made = session.Session(wraps_up)
    made.state = state
    return made


def test_boot_is_a_wipe_that_ends_in_ready() -> None:
    pad = session.Session(0)
    assert pad.state == session.BOOTING
    assert pad.step(events.WIPED) == session.SHOW_READY
    assert pad.state == session.READY


@pytest.mark.parametrize("event", WIPES + NOTE_ONLY)
@pytest.mark.parametrize("state", [session.WRITING, session.COUNTDOWN])
def test_every_wipe_event_ends_a_note(state: int, event: int) -> None:
    pad = in_state(state)
    assert pad.step(event) == session.WIPE
    assert pad.state == session.WIPING
    assert pad.step(events.WIPED) == session.SHOW_READY
    assert pad.state == session.READY


@pytest.mark.parametrize("event", WIPES)
def test_ready_state_wipes_too(event: int) -> None:
    pad = in_state(session.READY)
    assert pad.step(event) == session.WIPE


@pytest.mark.parametrize("event", NOTE_ONLY)
def test_deadlines_and_ring_do_not_wipe_in_ready(event: int) -> None:
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


@pytest.mark.parametrize("state", range(session.FAULT))
def test_failure_leads_to_fault_from_everywhere(state: int) -> None:
    pad = in_state(state)
    assert pad.step(events.FAILED) == session.FAIL
    assert pad.state == session.FAULT


@pytest.mark.parametrize("event", range(1, events.COUNT))
def test_fault_is_left_by_a_reset_only(event: int) -> None:
    pad = in_state(session.FAULT)
    assert pad.step(event) == session.STAY
    assert pad.state == session.FAULT


@pytest.mark.parametrize(("event", "wiping", "locked"), LOCKS)
@pytest.mark.parametrize("state", [*IN_USE, session.WIPING])
def test_away_and_payment_wipe_first(state: int, event: int, wiping: int, locked: int) -> None:
    pad = in_state(state)
    assert pad.step(event) == session.WIPE
    assert pad.state == wiping
    assert pad.step(events.PEN) == session.STAY
    assert pad.step(events.WIPED) == session.PEN_OFF
    assert pad.state == locked


@pytest.mark.parametrize("state", [session.AWAY, session.PAYMENT])
@pytest.mark.parametrize("event", [events.PEN, events.MODE, events.PAGE, events.WARN, *NOTE_ONLY[:2]])
def test_the_pen_is_off_when_away_or_paying(state: int, event: int) -> None:
    pad = in_state(state)
    assert pad.step(event) == session.STAY
    assert pad.state == state


def test_repeated_away_byte_does_not_end_away_but_the_key_does() -> None:
    pad = in_state(session.AWAY)
    assert pad.step(events.AWAY) == session.STAY
    assert pad.step(events.AWAY_KEY) == session.WIPE
    assert pad.state == session.WIPING


@pytest.mark.parametrize("event", [events.PAID, events.RING, *WIPES])
def test_end_of_call_ends_payment(event: int) -> None:
    for state in (session.PAYMENT, session.WIPING_PAYMENT):
        pad = in_state(state)
        assert pad.step(event) == session.WIPE
        assert pad.state == session.WIPING


def test_touch_ends_the_countdown() -> None:
    pad = in_state(session.WRITING)
    assert pad.step(events.WARN) == session.WARN
    assert pad.state == session.COUNTDOWN
    assert pad.step(events.WARN) == session.STAY
    assert pad.step(events.PEN) == session.RESUME
    assert pad.state == session.WRITING


@pytest.mark.parametrize("state", IN_USE)
def test_the_mode_key_changes_no_state(state: int) -> None:
    pad = in_state(state)
    assert pad.step(events.MODE) == session.CHANGE_TOOL
    assert pad.step(events.PAGE) == session.TURN_PAGE
    assert pad.state == state


@pytest.mark.parametrize(("way", "event"), WAYS)
@pytest.mark.parametrize("state", [session.WRITING, session.COUNTDOWN])
def test_hanging_up_twice_starts_wrap_up_once(state: int, way: int, event: int) -> None:
    pad = in_state(state, way)
    assert pad.step(event) == session.BEGIN_WRAP_UP
    assert pad.state == session.WRAP_UP
    for again in (*HANG_UPS, events.PEN, events.WARN, events.PAID):
        assert pad.step(again) == session.STAY
    assert pad.state == session.WRAP_UP


@pytest.mark.parametrize("way", [0, *(way for way, _ in WAYS)])
@pytest.mark.parametrize("state", IN_USE)
def test_only_what_the_policy_names_begins_wrap_up(state: int, way: int) -> None:
    for other, event in WAYS:
        if other != way:
            assert in_state(state, way).step(event) == session.WIPE


def test_a_second_end_of_call_ends_wrap_up() -> None:
    pad = in_state(session.WRITING, session.BY_END)
    assert pad.step(events.CALL_ENDED) == session.BEGIN_WRAP_UP
    assert pad.step(events.CALL_ENDED) == session.WIPE


@pytest.mark.parametrize("event", [*ENDS, *NEXT_CALL, events.IDLE, events.MAX_AGE, events.WRAP_OVER])
def test_wrap_up_ends_with_a_wipe(event: int) -> None:
    pad = in_state(session.WRAP_UP, EVERY_WAY)
    assert pad.step(event) == session.WIPE
    assert pad.state == session.WIPING


@pytest.mark.parametrize("wraps_up", [0, session.BY_AGENT, session.BY_AGENT | session.BY_HOOK])
@pytest.mark.parametrize("event", ENDS)
@pytest.mark.parametrize("state", IN_USE)
def test_wrap_up_policy_leaves_other_wipe_events_unchanged(state: int, event: int, wraps_up: int) -> None:
    assert in_state(state, wraps_up).step(event) == session.WIPE


@pytest.mark.parametrize(("event", "wiping", "locked"), LOCKS)
@pytest.mark.parametrize("state", [session.WRAP_UP, session.WRAP_BLANK])
def test_away_and_payment_end_wrap_up(state: int, event: int, wiping: int, locked: int) -> None:
    pad = in_state(state, EVERY_WAY)
    assert pad.step(event) == session.WIPE
    assert pad.state == wiping


def test_note_begun_after_hanging_up_has_the_same_limit() -> None:
    pad = in_state(session.READY, EVERY_WAY)
    assert pad.step(events.WRAP_UP) == session.BEGIN_WRAP_UP
    assert pad.state == session.WRAP_BLANK
    assert pad.step(events.PEN) == session.BEGIN_NOTE
    assert pad.state == session.WRAP_UP
    assert pad.step(events.WRAP_OVER) == session.WIPE


@pytest.mark.parametrize("event", [*NEXT_CALL, events.WRAP_OVER])
def test_wrap_up_without_a_note_ends_without_a_wipe(event: int) -> None:
    pad = in_state(session.WRAP_BLANK, EVERY_WAY)
    assert pad.step(event) == session.END_WRAP_UP
    assert pad.state == session.READY


@pytest.mark.parametrize("event", HANG_UPS)
def test_hanging_up_ends_payment_with_any_policy(event: int) -> None:
    pad = in_state(session.PAYMENT, EVERY_WAY)
    assert pad.step(event) == session.WIPE
    assert pad.state == session.WIPING


@pytest.mark.parametrize("state", [session.WRITING, session.COUNTDOWN])
def test_talk_and_closed_hook_do_not_end_a_note(state: int) -> None:
    pad = in_state(state, EVERY_WAY)
    assert pad.step(events.HOOK_CLOSED) == session.STAY
    assert pad.state == state
    assert pad.step(events.TALK) == session.ENTER_CALL
    assert pad.state == session.WRITING


def test_states_in_use_have_the_strip() -> None:
    with_strip = [state for state in range(session.STATES) if in_state(state).has_strip()]
    assert with_strip == [*IN_USE, session.WRAP_UP, session.WRAP_BLANK]
