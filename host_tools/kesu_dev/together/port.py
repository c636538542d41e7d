"""port: the rig's USB port on the bench of two chips, for kesu_dev.rig.link."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from kesu_dev.together.bench import TwoChips

STEP_MS = 1.0
SETTLED_MS = 5.0
"""Time for the rig to start, and to see DTR."""
BOOT_MS = 4_000.0


class EmulatedPort:
    """Plugs the rig into its PC and opens its port. Time passes while one waits for bytes."""

    def __init__(self, both: TwoChips) -> None:
        self._both = both
        host = both.rig.host
        both.run_for(SETTLED_MS)
        host.attach()
        both.run_until(lambda: host.enumerated, BOOT_MS)
        host.set_dtr(True)
        both.run_for(SETTLED_MS)

    def write(self, data: bytes) -> None:
        """Send; the bytes arrive while time passes."""
        self._both.rig.host.write(data)

    def read(self, seconds: float) -> bytes:
        """What came."""
        received = self._both.rig.host.received
        passed = 0.0
        while not received and passed < seconds * 1_000:
            self._both.run_for(STEP_MS)
            passed += STEP_MS
        data = bytes(received)
        received.clear()
        return data

    def close(self) -> None:
        """Nothing to close."""
