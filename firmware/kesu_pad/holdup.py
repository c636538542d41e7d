"""holdup: charges the cell that carries a wipe when the cable is pulled, and says whether it can."""

# SPDX-License-Identifier: MIT
from time import ticks_diff

import native
from kesu_pad import policy
from micropython import const

# The worst cell carries a whole wipe from 3.63 V (hardware/hold-up). The lower one is for noise of the converter.
_CHARGED_MV = const(3700)
_LOW_MV = const(3650)
_NONE = const(-1)

# A PC sends its first request within this time; what does not is a charger.
_CHARGER_AFTER_MS = const(2000)


class HoldUp:
    """Its pin CHARGE follows what USB grants. `low`: a note must not begin, because a pulled cable would leave it on
    the glass. The cell is read while there is no note only, so nothing of this depends on ink."""

    def __init__(self, board):
        self._charge = board.charge
        self._charging = 0
        self._starts = True
        self._started_ms = 0
        self.low = True

    def start(self, now_ms):
        """Begin at ticks `now_ms`: the charger stays off until USB grants its current."""
        self._started_ms = now_ms

    def step(self, now_ms):
        """Switch the charger; called each turn."""
        if self._starts:
            if ticks_diff(now_ms, self._started_ms) < _CHARGER_AFTER_MS:
                return
            self._starts = False
        charging = 1 if native.may_charge() else 0
        if charging != self._charging:
            self._charging = charging
            self._charge.value(charging)

    def sense(self):
        """Read the cell; called while there is no note."""
        cell_mv = native.cell()
        if cell_mv == _NONE:
            self.low = policy.HOLD_UP == policy.HOLD_UP_REQUIRED
        elif self.low:
            self.low = cell_mv < _CHARGED_MV
        else:
            self.low = cell_mv < _LOW_MV
