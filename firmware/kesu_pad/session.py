"""session: the state table of the pad. It uses no hardware and no clock."""

# SPDX-License-Identifier: MIT
from kesu_pad import events
from micropython import const

BOOTING = const(0)
READY = const(1)
WRITING = const(2)
COUNTDOWN = const(3)  # writing continues; the strip counts the last seconds
WRAP_UP = const(4)  # the call has ended; the note stays for the record, and the strip counts down
WRAP_BLANK = const(5)  # wrap-up without a note: like READY, but a note begun now has the same time limit
WIPING = const(6)
WIPING_AWAY = const(7)
WIPING_PAYMENT = const(8)
AWAY = const(9)
PAYMENT = const(10)
FAULT = const(11)
STATES = const(12)

_SAME = const(0)  # as next state: keep the state; 0 is free for this, because no row leads back to BOOTING

STAY = const(0)
SHOW_READY = const(1)
BEGIN_NOTE = const(2)
WIPE = const(3)
FAIL = const(4)
WARN = const(5)
RESUME = const(6)
PEN_OFF = const(7)
TURN_PAGE = const(8)
CHANGE_TOOL = const(9)
BEGIN_WRAP_UP = const(10)
END_WRAP_UP = const(11)
ENTER_CALL = const(12)

# What may begin after-call work; the policy says which of them do. Bits of the argument of Session.
BY_AGENT = const(1)
BY_HOOK = const(2)
BY_END = const(4)

# Events by which a key, the agent or the line ends a note.
_ENDS = (events.WIPE_KEY, events.CALL_ENDED, events.LOCKED, events.LINE_LOST, events.POWER_LOST)
_HANG_UP = (events.HOOK_OPEN, events.WRAP_UP)
_DEADLINES = (events.IDLE, events.MAX_AGE, events.WRAP_OVER)
_NEXT_CALL = (events.RING, events.TALK, events.HOOK_CLOSED)
_IN_USE = (READY, WRITING, COUNTDOWN, WRAP_UP, WRAP_BLANK)

# States, events, next state, action.
ROWS = (
    ((BOOTING, WIPING), (events.WIPED,), READY, SHOW_READY),
    ((WIPING_AWAY,), (events.WIPED,), AWAY, PEN_OFF),
    ((WIPING_PAYMENT,), (events.WIPED,), PAYMENT, PEN_OFF),
    ((READY,), (events.PEN,), WRITING, BEGIN_NOTE),
    ((READY, WRAP_BLANK), (events.POWER_BACK,), WIPING, WIPE),
    ((WRAP_BLANK,), (events.PEN,), WRAP_UP, BEGIN_NOTE),
    ((WRITING,), (events.WARN,), COUNTDOWN, WARN),
    ((COUNTDOWN,), (events.PEN,), WRITING, RESUME),
    ((WRITING, COUNTDOWN), (events.TALK,), WRITING, ENTER_CALL),
    ((WRITING,), (events.WIPE_KEY,), WIPING, WIPE),
    ((WRITING,), (events.CALL_ENDED,), WIPING, WIPE),
    ((WRITING,), (events.LOCKED,), WIPING, WIPE),
    ((WRITING,), (events.LINE_LOST,), WIPING, WIPE),
    ((WRITING,), (events.POWER_LOST,), WIPING, WIPE),
    ((READY, COUNTDOWN, WRAP_UP, WRAP_BLANK), _ENDS, WIPING, WIPE),
    ((WRITING, COUNTDOWN, WRAP_UP), _DEADLINES, WIPING, WIPE),
    ((WRITING, COUNTDOWN), (events.RING,), WIPING, WIPE),
    ((WRAP_UP,), _NEXT_CALL, WIPING, WIPE),
    ((WRAP_BLANK,), (events.WRAP_OVER,), READY, END_WRAP_UP),
    ((WRAP_BLANK,), _NEXT_CALL, READY, END_WRAP_UP),
    ((WRITING,), (events.AWAY_KEY,), WIPING_AWAY, WIPE),
    ((WRITING,), (events.AWAY,), WIPING_AWAY, WIPE),
    ((READY, COUNTDOWN, WRAP_UP, WRAP_BLANK), (events.AWAY, events.AWAY_KEY), WIPING_AWAY, WIPE),
    ((PAYMENT, WIPING, WIPING_PAYMENT), (events.AWAY, events.AWAY_KEY), WIPING_AWAY, WIPE),
    ((WRITING,), (events.PAYMENT,), WIPING_PAYMENT, WIPE),
    ((READY, COUNTDOWN, WRAP_UP, WRAP_BLANK), (events.PAYMENT,), WIPING_PAYMENT, WIPE),
    ((AWAY, WIPING, WIPING_AWAY), (events.PAYMENT,), WIPING_PAYMENT, WIPE),
    ((AWAY,), (events.AWAY_KEY, events.CALL_ENDED, events.RING), WIPING, WIPE),
    ((WIPING_AWAY,), (events.CALL_ENDED, events.RING), WIPING, WIPE),
    ((PAYMENT, WIPING_PAYMENT), _ENDS, WIPING, WIPE),
    ((PAYMENT, WIPING_PAYMENT), _HANG_UP, WIPING, WIPE),
    ((PAYMENT, WIPING_PAYMENT), (events.PAID, events.RING), WIPING, WIPE),
    (_IN_USE, (events.MODE,), _SAME, CHANGE_TOOL),
    (_IN_USE, (events.PAGE,), _SAME, TURN_PAGE),
    (range(FAULT), (events.FAILED,), FAULT, FAIL),
    # The end of a call, unless it begins after-call work.
    ((WRITING,), (events.HOOK_OPEN,), WIPING, WIPE),
    ((WRITING,), (events.WRAP_UP,), WIPING, WIPE),
    ((READY, COUNTDOWN), _HANG_UP, WIPING, WIPE),
)
# Rows in place of those above for an event that begins after-call work: states, next state, action.
AFTER_CALL = (
    ((WRITING, COUNTDOWN), WRAP_UP, BEGIN_WRAP_UP),
    ((READY,), WRAP_BLANK, BEGIN_WRAP_UP),
)
_BEGINNINGS = ((BY_AGENT, events.WRAP_UP), (BY_HOOK, events.HOOK_OPEN), (BY_END, events.CALL_ENDED))


def has_note(state):
    """Return whether there is a note to wipe."""
    return WRITING <= state <= WRAP_UP


def _packed(wraps_up):
    """Return one byte per (state, event): the next state in the high nibble, the action in the low."""
    table = bytearray(STATES * events.COUNT)
    for state in range(STATES):
        for event in range(events.COUNT):
            table[state * events.COUNT + event] = state << 4 | STAY
    for states, happening, following, action in ROWS:
        for state in states:
            for event in happening:
                table[state * events.COUNT + event] = (following or state) << 4 | action
    for bit, event in _BEGINNINGS:
        if wraps_up & bit:
            for states, following, action in AFTER_CALL:
                for state in states:
                    table[state * events.COUNT + event] = following << 4 | action
    return table


class Session:
    """Holds the state and steps it; the caller carries out the action.

    ==============  ========================================  ==============  ===========
    state           event                                     next            action
    ==============  ========================================  ==============  ===========
    BOOTING WIPING  WIPED                                     READY           SHOW_READY
    WIPING_AWAY     WIPED                                     AWAY            PEN_OFF
    WIPING_PAYMENT  WIPED                                     PAYMENT         PEN_OFF
    READY           PEN                                       WRITING         BEGIN_NOTE
    READY           POWER_BACK                                WIPING          WIPE
    WRAP_BLANK      POWER_BACK                                WIPING          WIPE
    WRAP_BLANK      PEN                                       WRAP_UP         BEGIN_NOTE
    WRITING         WARN                                      COUNTDOWN       WARN
    COUNTDOWN       PEN                                       WRITING         RESUME
    WRITING         TALK                                      WRITING         ENTER_CALL
    COUNTDOWN       TALK                                      WRITING         ENTER_CALL
    in use          WIPE_KEY CALL_ENDED LOCKED LINE_LOST      WIPING          WIPE
                    POWER_LOST
    with a note     IDLE MAX_AGE WRAP_OVER RING               WIPING          WIPE
    WRAP_UP         TALK HOOK_CLOSED                          WIPING          WIPE
    WRAP_BLANK      WRAP_OVER RING TALK HOOK_CLOSED           READY           END_WRAP_UP
    in use PAYMENT  AWAY AWAY_KEY                             WIPING_AWAY     WIPE
    in use AWAY     PAYMENT                                   WIPING_PAYMENT  WIPE
    in use          MODE, PAGE                                the same        CHANGE_TOOL, TURN_PAGE
    AWAY            AWAY_KEY CALL_ENDED RING                  WIPING          WIPE
    PAYMENT         PAID RING HOOK_OPEN WRAP_UP, and what     WIPING          WIPE
                    ends a note
    any             FAILED                                    FAULT           FAIL
    ==============  ========================================  ==============  ===========

    The end of a call is WRAP_UP (the softphone reports after-call work), HOOK_OPEN or CALL_ENDED. `wraps_up`
    has a bit for each of them that begins after-call work by the policy:

    ==============  ========================================  ==============  =============
    its bit         state                                     next            action
    ==============  ========================================  ==============  =============
    0               READY WRITING COUNTDOWN                   WIPING          WIPE
    1               WRITING COUNTDOWN                         WRAP_UP         BEGIN_WRAP_UP
                    READY                                     WRAP_BLANK      BEGIN_WRAP_UP
    ==============  ========================================  ==============  =============

    "In use" is READY, WRITING, COUNTDOWN, WRAP_UP and WRAP_BLANK; "with a note" the middle three. A second
    hang-up does not extend after-call work; CALL_ENDED ends it. AWAY and PAYMENT during a wipe change the page
    at its end; an event that ends either changes it back. A pad that was unplugged, or whose hold-up cell is
    not charged, is READY with the pen off, until POWER_BACK. Every other pair keeps the state and does nothing:
    during a wipe there is no note to end, and only a reset leaves FAULT. READY wipes too, because a touch may
    already wait in the ring when the call ends. TALK comes for `T` and for `H`.
    """

    def __init__(self, wraps_up):
        self._table = _packed(wraps_up)
        self.state = BOOTING

    def step(self, event):
        """Apply `event` and return the action to carry out (STAY for none)."""
        cell = self._table[self.state * events.COUNT + event]
        self.state = cell >> 4
        return cell & 15

    def has_strip(self):
        """Return whether the page in use has the strip at its bottom: not in a wipe, AWAY or PAYMENT."""
        return READY <= self.state <= WRAP_BLANK
