"""serial_port: a rig's port by pyserial, and the rigs that are connected to this machine."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from kesu.common.errors import Exit

from kesu_dev.rig.headers import PRODUCT_TEXT, USB_PRODUCT, USB_VENDOR
from kesu_dev.rig.protocol import RigError


class SerialPort:
    """name: a serial port or a pyserial URL. Raises RigError."""

    def __init__(self, name: str) -> None:
        import serial  # imported here: only a real rig needs it

        try:
            self._line = serial.serial_for_url(name, timeout=0.05, write_timeout=2.0, exclusive=True)
            self._line.dtr = True
        except (OSError, ValueError) as error:
            raise RigError(
                f"{name} cannot be opened: {error}.",
                hint="Run `kesu rig list`, and close other programs that use the port.",
                code=Exit.UNAVAILABLE,
            ) from error

    def write(self, data: bytes) -> None:
        """Send and flush."""
        self._line.write(data)
        self._line.flush()

    def read(self, seconds: float) -> bytes:
        """What came."""
        self._line.timeout = seconds
        return bytes(self._line.read(max(1, self._line.in_waiting)))

    def waiting(self) -> bytes:
        """What came so far. Raises OSError if the device is gone."""
        return bytes(self._line.read(self._line.in_waiting or 0))

    def inputs(self) -> tuple[bool, bool]:
        """DSR and DCD. Raises OSError if the device is gone."""
        return bool(self._line.dsr), bool(self._line.cd)

    def close(self) -> None:
        """Close the port."""
        self._line.close()


def connected() -> list[tuple[str, str]]:
    """Ports of all rigs, with the version that each reports in its serial number."""
    from serial.tools import list_ports

    return sorted(
        (port.device, port.serial_number or "")
        for port in list_ports.comports()
        if (port.vid, port.pid) == (USB_VENDOR, USB_PRODUCT) and (port.product in (None, PRODUCT_TEXT))
    )
