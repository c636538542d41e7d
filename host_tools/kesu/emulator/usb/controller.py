"""controller: rp2040py's USB block, extended with behaviour that a real host relies on."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from typing import Protocol

from rp2040py.peripherals import usb

_EP0_STALL_BITS = 0b11


class HostPort(Protocol):
    """Callbacks from the controller to the host model."""

    def pull_up_changed(self, pulled_up: bool) -> None: ...
    def control_stalled(self) -> None: ...
    def endpoint_closed(self, endpoint: int) -> None: ...


class UsbController(usb.RPUSBController):
    """rp2040py's controller plus: the pull-up that signals presence, a visible stall, SUSPENDED as a
    write-one-to-clear bit (datasheet 4.1.4), and closed endpoints (4.1.2.5, ENABLE of the endpoint control
    register)."""

    host: HostPort | None = None

    def write_uint32(self, offset: int, value: int) -> None:
        if offset == usb.SIE_STATUS and self.raw_write_value & usb.SIE_SUSPENDED:
            self._sie_status &= ~usb.SIE_SUSPENDED
        super().write_uint32(offset, value)
        if self.host is None:
            return
        if offset in (usb.SIE_CTRL, usb.MAIN_CTRL):
            self.host.pull_up_changed(self.pulled_up)
        elif offset == usb.EP_STALL_ARM and value & _EP0_STALL_BITS:
            self._ep_stall_arm = 0
            self.host.control_stalled()

    def dpram_updated(self, offset: int, value: int) -> None:
        super().dpram_updated(offset, value)
        is_control = usb.EP1_IN_CONTROL <= offset < usb.EP0_IN_BUFFER_CONTROL
        if self.host is not None and is_control and offset & 4 and not value & usb.EP_CTRL_ENABLE_BITS:
            self.host.endpoint_closed(offset >> 3)

    def _finish_read(self, endpoint: int, buffer: bytes | bytearray) -> None:
        if endpoint and not self._read_endpoint_control_reg(endpoint, True) & usb.EP_CTRL_ENABLE_BITS:
            # Closed during the transfer: report its end and discard its bytes.
            self._indicate_buffer_ready(endpoint, True)
            return
        super()._finish_read(endpoint, buffer)

    @property
    def pulled_up(self) -> bool:
        return bool(self._sie_ctrl & usb.SIE_CTRL_PULLUP_EN and self._main_ctrl & usb.CONTROLLER_EN)

    def signal(self, status_bit: int) -> None:
        """Raise a bit of SIE_STATUS, with its interrupt."""
        self._sie_status |= status_bit
        self._sie_status_updated()

    def stray(self, bits: int) -> None:
        """Pulse raw interrupts (INTR); they reach the core if enabled in INTE."""
        self._int_raw |= bits
        self.check_interrupts()
        self._int_raw &= ~bits

    def visible_state(self) -> bytes:
        """Registers for a snapshot."""
        values = (self._addr_endp, self._main_ctrl, self._sie_ctrl, self._sie_status, self._int_enable)
        return b"".join((value & 0xFFFF_FFFF).to_bytes(4, "little") for value in (*values, self._buff_status))
