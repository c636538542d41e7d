"""snapshot: a copy of everything on the pad that could hold a note, taken at one instant."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields
from typing import Any

from kesu.common.uf2 import PICO_FLASH_BYTES

# RTC SETUP_0, SETUP_1, IRQ_SETUP_0 (datasheet 4.8.6): registers in which firmware could store data, not the time.
_RTC_SETUP = (0x04, 0x08, 0x10)


@dataclass(frozen=True)
class Snapshot:
    """Bytes of every resource of docs/guarantee.md, and the time `now_ns` at which they were copied."""

    now_ns: int
    sram: bytes
    dpram: bytes
    flash: bytes
    flash_sha256: str
    watchdog_scratch: bytes
    rtc: bytes
    panel_bw: bytes
    panel_red: bytes
    glass: bytes
    touch_registers: bytes
    spi: bytes
    i2c: bytes
    dma: bytes
    pio: bytes
    usb: bytes
    xip: bytes
    bulk_in_bytes: int

    def differences(self, other: Snapshot) -> dict[str, list[int]]:
        """Offsets of differing bytes by resource, for resources that differ ([] if the values are not bytes)."""
        found: dict[str, list[int]] = {}
        for name, mine in self._resources().items():
            theirs = getattr(other, name)
            if mine == theirs:
                continue
            if isinstance(mine, bytes) and len(mine) == len(theirs):
                found[name] = [index for index, (a, b) in enumerate(zip(mine, theirs, strict=True)) if a != b]
            else:
                found[name] = []
        return found

    def to_dict(self) -> dict[str, Any]:
        """For a report: numbers unchanged, bytes as size and SHA-256."""
        report: dict[str, Any] = {"now_ns": self.now_ns}
        for name, value in self._resources().items():
            if isinstance(value, bytes):
                report[name] = {"bytes": len(value), "sha256": hashlib.sha256(value).hexdigest()}
            else:
                report[name] = value
        return report

    def _resources(self) -> dict[str, Any]:
        return {field.name: getattr(self, field.name) for field in fields(self) if field.name != "now_ns"}


def take(pad: Any, flash_too: bool = True) -> Snapshot:
    """Copy the state of a `kesu.emulator.board.pad.VirtualPad`. flash_too: False leaves the flash out (empty), whose
    hash takes longer than all the rest."""
    mcu = pad.emulator.mcu
    flash = mcu.flash if flash_too else b""
    return Snapshot(
        now_ns=pad.clock.now_ns,
        sram=bytes(mcu.sram),
        dpram=bytes(mcu.usb_dpram),
        flash=bytes(flash[:PICO_FLASH_BYTES]),  # a Pico's 2 MiB; the hash covers the emulator's 16 MiB
        flash_sha256=hashlib.sha256(flash).hexdigest() if flash_too else "",
        watchdog_scratch=_words(mcu.watchdog.scratch_data),
        rtc=_words([mcu.rtc.read_uint32(offset) for offset in _RTC_SETUP]),
        panel_bw=pad.panel.contents(pad.panel.bw),
        panel_red=pad.panel.contents(pad.panel.red),
        glass=pad.glass.reflectance.tobytes(),
        touch_registers=bytes(pad.touch.registers),
        spi=pad.wiring.spi.visible_state(),
        i2c=_i2c(mcu.i2c[1]),
        dma=b"".join(_dma(channel) for channel in mcu.dma.channels),
        pio=b"".join(_pio(block) for block in mcu.pio),
        usb=pad.wiring.usb.visible_state(),
        xip=mcu.xip_ctrl.visible_state() if pad.emulator.thumb is not None else b"",
        bulk_in_bytes=pad.host.bulk_in_bytes,
    )


def _words(values: Any) -> bytes:
    return b"".join((int(value) & 0xFFFF_FFFF).to_bytes(4, "little") for value in values)


def _dma(channel: Any) -> bytes:
    return _words([channel._read_addr, channel._write_addr, channel._trans_count, channel._ctrl])


def _i2c(port: Any) -> bytes:
    # All cells, also those already read: whether a read of an empty FIFO returns them is not published. From the one
    # that is read next: where the ring begins cannot be seen from outside, and it depends on how much was read before.
    fifos = bytes(value & 0xFF for fifo in (port._tx_fifo, port._rx_fifo) for value in _in_turn(fifo))
    return fifos + _words([port.target_address, port.abort_source, port.int_raw, port.enable])


def _in_turn(fifo: Any) -> list[int]:
    return [*fifo.buffer[fifo._start :], *fifo.buffer[: fifo._start]]


def _pio(block: Any) -> bytes:
    program = _words(block.instructions)
    queues = b"".join(
        _words(
            [
                *machine.tx_fifo.items,
                *machine.rx_fifo.items,
                machine.input_shift_reg,
                machine.output_shift_reg,
            ]
        )
        for machine in block.machines
    )
    return program + queues
