"""snapshot: a copy of everything on the pad that could hold a note, taken at one instant."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields
from typing import Any

from kesu.emulator.core.emulator import words


@dataclass(frozen=True)
class Snapshot:
    """Bytes of every resource of docs/guarantee.md, and the time `now_ns` at which they were copied.

    registers: those of the chip, by the names of its `facts.parts`, and "xip", its cache of the flash.
    """

    now_ns: int
    sram: bytes
    dpram: bytes
    flash: bytes
    flash_sha256: str
    panel_bw: bytes
    panel_red: bytes
    glass: bytes
    touch_registers: bytes
    spi: bytes
    i2c: bytes
    usb: bytes
    registers: dict[str, bytes]
    bulk_in_bytes: int

    def part(self, name: str) -> bytes:
        """The bytes of one resource, by its name or that of a register."""
        content = self.registers[name] if name in self.registers else getattr(self, name)
        return bytes(content)

    def differences(self, other: Snapshot) -> dict[str, list[int]]:
        """Offsets of differing bytes by resource, for resources that differ ([] if the values are not bytes)."""
        found: dict[str, list[int]] = {}
        others = other._resources()
        for name, mine in self._resources().items():
            theirs = others[name]
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
        plain = [field.name for field in fields(self) if field.name not in ("now_ns", "registers")]
        return {name: getattr(self, name) for name in plain} | self.registers


def take(pad: Any, flash_too: bool = True) -> Snapshot:
    """Copy the state of a `kesu.emulator.board.pad.VirtualPad`. flash_too: False leaves the flash out (empty), whose
    hash takes longer than all the rest."""
    emulator = pad.emulator
    mcu = emulator.mcu
    flash = mcu.flash if flash_too else b""
    return Snapshot(
        now_ns=pad.clock.now_ns,
        sram=bytes(mcu.sram),
        dpram=bytes(mcu.usb_dpram),
        flash=bytes(flash[: emulator.facts.flash_bytes]),  # the hash covers all that the emulator has
        flash_sha256=hashlib.sha256(flash).hexdigest() if flash_too else "",
        panel_bw=pad.panel.contents(pad.panel.bw),
        panel_red=pad.panel.contents(pad.panel.red),
        glass=pad.glass.reflectance.tobytes(),
        touch_registers=bytes(pad.touch.registers),
        spi=pad.wiring.spi.visible_state(),
        i2c=_i2c(mcu.i2c[1]),
        usb=pad.wiring.usb.visible_state(),
        registers=emulator.registers(),
        bulk_in_bytes=pad.host.bulk_in_bytes,
    )


def _i2c(port: Any) -> bytes:
    # All cells, also those already read: whether a read of an empty FIFO returns them is not published. From the one
    # that is read next: where the ring begins cannot be seen from outside, and it depends on how much was read before.
    fifos = bytes(value & 0xFF for fifo in (port._tx_fifo, port._rx_fifo) for value in _in_turn(fifo))
    return fifos + words([port.target_address, port.abort_source, port.int_raw, port.enable])


def _in_turn(fifo: Any) -> list[int]:
    return [*fifo.buffer[fifo._start :], *fifo.buffer[: fifo._start]]
