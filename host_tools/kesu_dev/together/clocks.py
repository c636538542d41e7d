"""clocks: moments of the pad's clock on the rig's, and back."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import dataclass

_BILLION = 1_000_000_000


@dataclass(frozen=True)
class Clocks:
    """The rig's clock shows (pad's + phase_ns) * (1 + ppb / 1e9), in whole ns. phase_ns: not negative. ppb: by how much
    the rig's crystal is faster, in 1e-9."""

    phase_ns: int = 0
    ppb: int = 0

    def rig_ns(self, pad_ns: int) -> int:
        """What the rig's clock shows at a moment of the pad's."""
        return (pad_ns + self.phase_ns) * (_BILLION + self.ppb) // _BILLION

    def pad_ns(self, rig_ns: int) -> int:
        """The first moment of the pad's clock at which the rig's shows that, or more."""
        return -(-rig_ns * _BILLION // (_BILLION + self.ppb)) - self.phase_ns
