"""holdup: charges the cell that carries a wipe when the cable is pulled, and says whether it can."""

# SPDX-License-Identifier: MIT
import native
from kesu_pad import policy
from micropython import const

# The worst cell carries a whole wipe from 3.63 V (hardware/hold-up). The lower one is for noise of the converter.
_CHARGED_MV = const(3700)
_LOW_MV = const(3650)
_NONE = const(-1)


class HoldUp:
    """Its pin CHARGE follows what USB grants. `low`: a note must not begin, because a pulled cable would leave it on
    the glass. Both are done while there is no note only, so nothing of this depends on ink."""

    def __init__(self, board):
        self._charge = board.charge
        self._charging = 0
        self.low = True

    def charge(self):
        """Switch the charger; called at READY and after it, without a note. By the first READY a PC has sent a request;
        what has not is a charger."""
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
