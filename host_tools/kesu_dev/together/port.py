"""port: the rig's USB port on the bench of two chips, for kesu_dev.rig.link."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from kesu_dev.together.bench import TwoChips

STEP_MS = 1.0


class EmulatedPort:
    """Time passes while one waits for bytes."""

    def __init__(self, both: TwoChips) -> None:
        self._both = both

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
