"""block: the registers of a PIO block of either chip (RP2040 datasheet 3.7, RP2350 datasheet 11.7)."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from typing import Any

from kesu.emulator.chips.pio.native_block import CODE, MACHINES, STORAGE
from kesu.emulator.chips.pio.schedule import Place, Scheduled, missing
from kesu.emulator.core.emulator import words

__all__ = ["PioBlock", "Place"]

_CTRL, _FSTAT, _FDEBUG, _FLEVEL, _TXF, _RXF = 0x00, 0x04, 0x08, 0x0C, 0x10, 0x20
_IRQ, _IRQ_FORCE, _BYPASS, _PADOUT, _PADOE, _CFGINFO = 0x30, 0x34, 0x38, 0x3C, 0x40, 0x44
_CODE, _MACHINE, _PER_MACHINE = 0x48, 0xC8, 0x18
_ADDR, _INSTR, _PINCTRL = 0x0C, 0x10, 0x14
_PUTGET, _GPIOBASE, _INTERRUPTS_OF_RP2350, _INTERRUPTS = 0x128, 0x168, 0x16C, 0x128


class PioBlock(Scheduled):
    """One block. neighbours: the blocks before and after it, for what the RP2350 can do to them."""

    def __init__(self, mcu: Any, place: Place) -> None:
        super().__init__(mcu, place)
        self._interrupts = _INTERRUPTS_OF_RP2350 if place.version else _INTERRUPTS

    def read_uint32(self, offset: int) -> int:
        self.synchronise()
        state, at = self.state, offset >> 2 & 3
        if offset == _CTRL:
            return sum(machine.enabled << number for number, machine in enumerate(state.machine))
        if offset == _FSTAT:
            return self._fifo_status()
        if offset == _FLEVEL:
            return sum((m.tx_count | m.rx_count << 4) << 8 * number for number, m in enumerate(state.machine))
        if _RXF <= offset < _IRQ:
            value = int(self._c.kesu_pio_get(self._at, at))
            self._changed()
            return value
        if offset in (_FDEBUG, _IRQ, _BYPASS, _PADOUT, _PADOE):
            names = {
                _FDEBUG: "fdebug", _IRQ: "irq", _BYPASS: "bypass", _PADOUT: "out", _PADOE: "oe"
            }  # fmt: skip
            return int(getattr(state, names[offset]))
        if offset == _CFGINFO:
            return self.place.version << 28 | CODE << 16 | MACHINES << 8 | STORAGE // 2
        if _MACHINE <= offset < _MACHINE + MACHINES * _PER_MACHINE:
            return self._read_machine(*divmod(offset - _MACHINE, _PER_MACHINE))
        if self.place.version and _PUTGET <= offset < _GPIOBASE:
            return int(
                state.machine[offset - _PUTGET >> 4].storage[STORAGE // 2 + (offset - _PUTGET >> 2 & 3)]
            )
        if self._interrupts <= offset < self._interrupts + 28:
            return self._read_interrupt(offset - self._interrupts)
        return 0  # write-only, or GPIOBASE

    def write_uint32(self, offset: int, value: int) -> None:
        self.synchronise()
        state, at = self.state, offset >> 2 & 3
        value &= 0xFFFF_FFFF
        if offset == _CTRL:
            self._control(value)
        elif offset == _FDEBUG:
            state.fdebug &= ~self.raw_write_value
        elif _TXF <= offset < _RXF:
            self._c.kesu_pio_put(self._at, at, value)
        elif offset == _IRQ:
            state.irq &= ~self.raw_write_value
            self._c.kesu_pio_control(self._at, self._enabled(), 0, 0)
        elif offset == _IRQ_FORCE:
            state.irq |= value & 0xFF
            self._c.kesu_pio_control(self._at, self._enabled(), 0, 0)
        elif offset == _BYPASS:
            state.bypass = value
        elif _CODE <= offset < _MACHINE:
            state.code[offset - _CODE >> 2] = value & 0xFFFF
        elif _MACHINE <= offset < _MACHINE + MACHINES * _PER_MACHINE:
            self._write_machine(*divmod(offset - _MACHINE, _PER_MACHINE), value)
        elif self.place.version and _PUTGET <= offset < _GPIOBASE:
            state.machine[offset - _PUTGET >> 4].storage[STORAGE // 2 + (offset - _PUTGET >> 2 & 3)] = value
        elif self.place.version and offset == _GPIOBASE and value:
            raise missing("GPIO numbers from 16 on as its base")
        elif self._interrupts <= offset < self._interrupts + 28:
            self._write_interrupt(offset - self._interrupts, value)
        self._changed()

    def _read_machine(self, number: int, register: int) -> int:
        machine = self.state.machine[number]
        if register == 0:
            return int(machine.divider << 8 & 0xFFFF_FFFF)
        if register == _ADDR:
            return int(machine.pc)
        if register == _INSTR:
            return int(machine.op if machine.source else self.state.code[machine.pc])
        value = (
            int((machine.execctrl, machine.shiftctrl)[register // 4 - 1])
            if register < _ADDR
            else int(machine.pinctrl)
        )
        return value | (1 << 31 if register == 4 and machine.source and machine.stalled else 0)

    def _write_machine(self, number: int, register: int, value: int) -> None:
        if register == _INSTR:
            self._listen()
            self._c.kesu_pio_execute(self._at, number, value & 0xFFFF)
        elif register != _ADDR:
            self._c.kesu_pio_configure(self._at, number, 3 if register == _PINCTRL else register // 4, value)

    def _read_interrupt(self, offset: int) -> int:
        raw = self._raw()
        if offset == 0:
            return raw
        line, which = divmod(offset // 4 - 1, 3)
        enabled, forced = int(self.state.inte[line]), int(self.state.intf[line])
        return (enabled, forced, raw & enabled | forced)[which]

    def _write_interrupt(self, offset: int, value: int) -> None:
        line, which = divmod(offset // 4 - 1, 3)
        if offset and which < 2:
            (self.state.inte, self.state.intf)[which][line] = value & (
                0xFFFF if self.place.version else 0xFFF
            )

    def _raw(self) -> int:
        flags = int(self.state.irq) & (0xFF if self.place.version else 0xF)
        return flags << 8 | int(self._c.kesu_pio_signals(self._at)) & 0xFF

    def _fifo_status(self) -> int:
        result = 0
        for number, machine in enumerate(self.state.machine):
            tx, rx = self._depths(machine.shiftctrl)
            bits = (machine.rx_count >= rx) | (not machine.rx_count) << 8
            bits |= (machine.tx_count >= tx) << 16 | (not machine.tx_count) << 24
            result |= bits << number
        return result

    def _depths(self, control: int) -> tuple[int, int]:
        """Of the transmit and the receive FIFO."""
        double, half = STORAGE, STORAGE // 2
        if control >> 30 & 1:
            return double, 0
        if control >> 31:
            return 0, double
        return half, 0 if self.place.version and control >> 14 & 3 else half

    def _control(self, value: int) -> None:
        if value & 0xF:
            self._listen()
        self._c.kesu_pio_control(self._at, value & 0xF, value >> 4 & 0xF, value >> 8 & 0xF)
        if self.neighbours is None or not value >> 24:
            return
        for block, mask in zip(self.neighbours, (value >> 16 & 0xF, value >> 20 & 0xF), strict=True):
            block.from_neighbour(
                mask, enable=value >> 24 & 1, disable=value >> 25 & 1, divider=value >> 26 & 1
            )

    def visible_state(self) -> bytes:
        """Program, registers, FIFOs and shift registers."""
        self.synchronise()
        values = [*self.state.code, self.state.irq, self.state.out, self.state.oe, self.state.bypass]
        for machine in self.state.machine:
            values += [*machine.storage, machine.x, machine.y, machine.isr, machine.osr, machine.pc]
            values += [machine.execctrl, machine.shiftctrl, machine.pinctrl, machine.divider]
        return words(values)
