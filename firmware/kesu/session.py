"""session: the state table of the pad. It knows no hardware and no clock."""

# SPDX-License-Identifier: MIT
from kesu import events
from micropython import const

BOOTING = const(0)
READY = const(1)
WRITING = const(2)
WIPING = const(3)
FAULT = const(4)
STATES = const(5)

STAY = const(0)
SHOW_READY = const(1)
BEGIN_NOTE = const(2)
WIPE = const(3)
FAIL = const(4)

ROWS = (
    (BOOTING, events.WIPED, READY, SHOW_READY),
    (READY, events.PEN, WRITING, BEGIN_NOTE),
    (READY, events.WIPE_KEY, WIPING, WIPE),
    (READY, events.HOOK_OPEN, WIPING, WIPE),
    (READY, events.CALL_ENDED, WIPING, WIPE),
    (READY, events.AWAY, WIPING, WIPE),
    (READY, events.LOCKED, WIPING, WIPE),
    (READY, events.LINE_LOST, WIPING, WIPE),
    (READY, events.POWER_LOST, WIPING, WIPE),
    (WRITING, events.WIPE_KEY, WIPING, WIPE),
    (WRITING, events.HOOK_OPEN, WIPING, WIPE),
    (WRITING, events.CALL_ENDED, WIPING, WIPE),
    (WRITING, events.AWAY, WIPING, WIPE),
    (WRITING, events.LOCKED, WIPING, WIPE),
    (WRITING, events.LINE_LOST, WIPING, WIPE),
    (WRITING, events.POWER_LOST, WIPING, WIPE),
    (WRITING, events.IDLE, WIPING, WIPE),
    (WRITING, events.MAX_AGE, WIPING, WIPE),
    (WRITING, events.RING, WIPING, WIPE),
    (WIPING, events.WIPED, READY, SHOW_READY),
    (BOOTING, events.FAILED, FAULT, FAIL),
    (READY, events.FAILED, FAULT, FAIL),
    (WRITING, events.FAILED, FAULT, FAIL),
    (WIPING, events.FAILED, FAULT, FAIL),
)


def _packed():
    """Return one byte per (state, event): the next state in the high nibble, the action in the low."""
    table = bytearray(STATES * events.COUNT)
    for state in range(STATES):
        for event in range(events.COUNT):
            table[state * events.COUNT + event] = state << 4 | STAY
    for state, event, following, action in ROWS:
        table[state * events.COUNT + event] = following << 4 | action
    return table


class Session:
    """Holds the state and steps it; the caller carries out the action.

    =========  ==========================================  =======  ===========
    state      event                                       next     action
    =========  ==========================================  =======  ===========
    BOOTING    WIPED                                       READY    SHOW_READY
    READY      PEN                                         WRITING  BEGIN_NOTE
    READY      WIPE_KEY HOOK_OPEN CALL_ENDED AWAY LOCKED   WIPING   WIPE
               LINE_LOST POWER_LOST
    WRITING    WIPE_KEY HOOK_OPEN CALL_ENDED AWAY LOCKED   WIPING   WIPE
               LINE_LOST POWER_LOST IDLE MAX_AGE RING
    WIPING     WIPED                                       READY    SHOW_READY
    any        FAILED                                      FAULT    FAIL
    =========  ==========================================  =======  ===========

    Every other pair stays where it is and does nothing: in BOOTING and WIPING there is no note to end, and
    FAULT is left by a reset only. READY wipes too, because a touch may already wait in the ring when the call
    ends. A new state is a new number and new rows.
    """

    def __init__(self):
        self._table = _packed()
        self.state = BOOTING

    def step(self, event):
        """Move on `event` and return the action to carry out (STAY for none)."""
        cell = self._table[self.state * events.COUNT + event]
        self.state = cell >> 4
        return cell & 15
