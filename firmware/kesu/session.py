"""session: the state table of the pad. It knows no hardware and no clock."""

# SPDX-License-Identifier: MIT
from kesu import events
from micropython import const

BOOTING = const(0)
READY = const(1)
WRITING = const(2)
COUNTDOWN = const(3)  # writing goes on; the strip counts the last seconds
WIPING = const(4)
WIPING_AWAY = const(5)
WIPING_PAYMENT = const(6)
AWAY = const(7)
PAYMENT = const(8)
FAULT = const(9)
STATES = const(10)

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

# What an agent, a key or the line may end a note with.
_ENDS = (
    events.WIPE_KEY,
    events.HOOK_OPEN,
    events.CALL_ENDED,
    events.LOCKED,
    events.LINE_LOST,
    events.POWER_LOST,
)

ROWS = (
    (BOOTING, events.WIPED, READY, SHOW_READY),
    (READY, events.PEN, WRITING, BEGIN_NOTE),
    (WRITING, events.WIPE_KEY, WIPING, WIPE),
    (WRITING, events.HOOK_OPEN, WIPING, WIPE),
    (WRITING, events.CALL_ENDED, WIPING, WIPE),
    (WRITING, events.AWAY, WIPING_AWAY, WIPE),
    (WRITING, events.AWAY_KEY, WIPING_AWAY, WIPE),
    (WRITING, events.LOCKED, WIPING, WIPE),
    (WRITING, events.LINE_LOST, WIPING, WIPE),
    (WRITING, events.POWER_LOST, WIPING, WIPE),
    (WRITING, events.IDLE, WIPING, WIPE),
    (WRITING, events.MAX_AGE, WIPING, WIPE),
    (WRITING, events.RING, WIPING, WIPE),
    (WRITING, events.PAYMENT, WIPING_PAYMENT, WIPE),
    (WRITING, events.WARN, COUNTDOWN, WARN),
    (COUNTDOWN, events.PEN, WRITING, RESUME),
    (WIPING, events.WIPED, READY, SHOW_READY),
    (WIPING_AWAY, events.WIPED, AWAY, PEN_OFF),
    (WIPING_PAYMENT, events.WIPED, PAYMENT, PEN_OFF),
)

# The same for several states or events: (states, events, next state, action).
GROUPS = (
    ((READY, COUNTDOWN), _ENDS, WIPING, WIPE),
    ((COUNTDOWN,), (events.IDLE, events.MAX_AGE, events.RING), WIPING, WIPE),
    ((READY, COUNTDOWN, PAYMENT, WIPING, WIPING_PAYMENT), (events.AWAY, events.AWAY_KEY), WIPING_AWAY, WIPE),
    ((READY, COUNTDOWN, AWAY, WIPING, WIPING_AWAY), (events.PAYMENT,), WIPING_PAYMENT, WIPE),
    ((AWAY,), (events.AWAY_KEY, events.CALL_ENDED, events.RING), WIPING, WIPE),
    ((PAYMENT, WIPING_PAYMENT), _ENDS, WIPING, WIPE),
    ((PAYMENT, WIPING_PAYMENT), (events.PAID, events.RING), WIPING, WIPE),
    (range(FAULT), (events.FAILED,), FAULT, FAIL),
)


def _packed():
    """Return one byte per (state, event): the next state in the high nibble, the action in the low."""
    table = bytearray(STATES * events.COUNT)
    for state in range(STATES):
        for event in range(events.COUNT):
            table[state * events.COUNT + event] = state << 4 | STAY
    for state, event, following, action in ROWS:
        table[state * events.COUNT + event] = following << 4 | action
    for states, happening, following, action in GROUPS:
        for state in states:
            for event in happening:
                table[state * events.COUNT + event] = following << 4 | action
    for state in (READY, WRITING, COUNTDOWN):
        table[state * events.COUNT + events.MODE] = state << 4 | CHANGE_TOOL
        table[state * events.COUNT + events.PAGE] = state << 4 | TURN_PAGE
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
    WRITING         WARN                                      COUNTDOWN       WARN
    COUNTDOWN       PEN                                       WRITING         RESUME
    in use          WIPE_KEY HOOK_OPEN CALL_ENDED LOCKED      WIPING          WIPE
                    LINE_LOST POWER_LOST
    WRITING         IDLE MAX_AGE RING                         WIPING          WIPE
    COUNTDOWN
    in use PAYMENT  AWAY AWAY_KEY                             WIPING_AWAY     WIPE
    in use AWAY     PAYMENT                                   WIPING_PAYMENT  WIPE
    in use          MODE, PAGE                                the same        CHANGE_TOOL, TURN_PAGE
    AWAY            AWAY_KEY CALL_ENDED RING                  WIPING          WIPE
    PAYMENT         PAID RING, and what ends a note           WIPING          WIPE
    any             FAILED                                    FAULT           FAIL
    ==============  ========================================  ==============  ===========

    "In use" is READY, WRITING and COUNTDOWN. AWAY and PAYMENT during a wipe begin it again, with their own
    page at its end; PAID and the like take that back. Every other pair stays where it is and does nothing: in
    a wipe there is no note to end, and FAULT is left by a reset only. READY wipes too, because a touch may
    already wait in the ring when the call ends.
    """

    def __init__(self):
        self._table = _packed()
        self.state = BOOTING

    def step(self, event):
        """Move on `event` and return the action to carry out (STAY for none)."""
        cell = self._table[self.state * events.COUNT + event]
        self.state = cell >> 4
        return cell & 15
