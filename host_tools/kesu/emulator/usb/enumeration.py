"""enumeration: the requests of a PC after a bus reset, step by step (USB 2.0 section 9.1.2)."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections import deque

from kesu.emulator.core.clock import NS_PER_MS
from kesu.emulator.usb.descriptors import ConfigurationDescriptor, parse_configuration
from kesu.emulator.usb.messages import ControlTransfer, get_descriptor, words

_DEVICE_ADDRESS = 1
_SET_ADDRESS, _SET_CONFIGURATION = 0x05, 0x09
_DEVICE, _CONFIGURATION = 1, 2
# Section 9.2.6.3: 2 ms for an address to take effect.
_SET_ADDRESS_RECOVERY_NS = 2 * NS_PER_MS


class Enumeration:
    """The steps of one enumeration and their results. step: the present transfer of the enumeration; transfers
    requested by a caller meanwhile are not steps."""

    def __init__(self) -> None:
        self.step: ControlTransfer | None = None
        self.descriptor = b""
        self.configuration = ConfigurationDescriptor.empty()
        self.complete = False
        self._steps = deque(
            [
                get_descriptor(_DEVICE, 18),
                ControlTransfer(bytes([0x00, _SET_ADDRESS]) + words(_DEVICE_ADDRESS, 0, 0)),
                get_descriptor(_CONFIGURATION, 9),
            ]
        )

    def next(self) -> ControlTransfer | None:
        """The next transfer to send; None when there is none left."""
        self.step = self._steps.popleft() if self._steps else None
        return self.step

    def answered(self) -> int:
        """Process the answer to the present step; returns the delay before the next one, in ns."""
        if self.step is None:
            return 0
        request, kind = self.step.setup[1], self.step.setup[3]
        answer = bytes(self.step.data)
        if request == _SET_ADDRESS:
            return _SET_ADDRESS_RECOVERY_NS
        if request == _SET_CONFIGURATION:
            self.complete = True
        elif kind == _DEVICE:
            self.descriptor = answer
        elif self.step.length == 9:
            self._steps.append(get_descriptor(_CONFIGURATION, int.from_bytes(answer[2:4], "little")))
        else:
            self.configuration = parse_configuration(answer)
            setup = bytes([0x00, _SET_CONFIGURATION]) + words(self.configuration.value, 0, 0)
            self._steps.append(ControlTransfer(setup))
        return 0
