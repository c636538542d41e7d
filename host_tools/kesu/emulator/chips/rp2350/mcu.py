"""mcu: the RP2350's bus: rp2040py's peripherals at the RP2350's addresses, and the blocks that it does not have."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from rp2040py import rp2040

from kesu.emulator.chips import serial_ports
from kesu.emulator.chips.rp2350 import pio, timer1
from kesu.emulator.chips.rp2350.adc import Adc
from kesu.emulator.chips.rp2350.blocks import (
    BootRam,
    Kept,
    Moved,
    Powman,
    Resets,
    Rosc,
    Trng,
    in_clocks,
    in_timer,
)
from kesu.emulator.chips.rp2350.dma import Dma
from kesu.emulator.chips.rp2350.dma_bus import DmaBus
from kesu.emulator.chips.rp2350.facts import RP2350
from kesu.emulator.chips.rp2350.m33 import M33, State
from kesu.emulator.chips.rp2350.pins import IoBank0, Second
from kesu.emulator.chips.rp2350.pwm import Pwm
from kesu.emulator.chips.rp2350.requests import Requests
from kesu.emulator.chips.rp2350.sha256 import Sha256
from kesu.emulator.chips.rp2350.xip_control import XipControl
from kesu.emulator.core.facts import DPRAM_BASE
from kesu.emulator.core.register_file import RegisterFile, take_log

_Base: Any = rp2040.RP2040

# rp2040py's interrupt numbers, and those of the RP2350 (datasheet 3.2).
_IRQS = {
    **{0: 0, 1: 1, 2: 2, 3: 3, 4: 8, 5: 14, 7: 15, 8: 16, 9: 17, 10: 18, 11: 10, 12: 11, 13: 21, 14: 23},
    **{15: 25, 16: 25, 17: 30, 18: 31, 19: 32, 20: 33, 21: 34, 22: 35, 23: 36, 24: 37},
}
_IO_BANK0 = 13
# SIO's registers for the pins, here and in rp2040py (RP2350 datasheet 3.1.11).
_SIO = {
    0x04: 0x04,
    0x10: 0x10,
    0x18: 0x14,
    0x20: 0x18,
    0x28: 0x1C,
    0x30: 0x20,
    0x38: 0x24,
    0x40: 0x28,
    0x48: 0x2C,
}
_SIO_IN, _SIO_HIGH_IN, _SIO_FIFO_STATUS = 0x04, 0x08, 0x50
_SPINLOCKS = range(0x100, 0x180)
_FLASH_SELECT_HIGH = 1 << 27
"""GPIO_HI_IN: the flash chip's select, pulled up. Nothing presses BOOTSEL."""
_PAD_RESET = 0x116
"""PADS_BANK0 (9.11.3): isolated, pulled down, Schmitt trigger, input disabled."""
_SHA256, _SHA256_REQUEST = 0x400F_8000, 54
_PADS_QSPI = {0x00: 0, **dict.fromkeys((0x04, 0x08, 0x0C), 0x156), **dict.fromkeys((0x10, 0x14, 0x18), 0x15A)}
_PLL = {0x00: 1, 0x04: 0x2D, 0x08: 0, 0x0C: 0x7_7000}
"""Values at reset (9.11.4, 8.6.5)."""
WATCHDOG_HZ = 1_000_000
"""Counts down once a microsecond: erratum E1 of the RP2040 is fixed."""


class CoreView:
    """The core as other parts of the virtual pad read it: rp2040py's names."""

    def __init__(self, state: State) -> None:
        self._state = state

    @property
    def registers(self) -> Any:
        """r0 to r15, live; the last is the address of the next instruction."""
        return self._state.r

    @property
    def cycles(self) -> int:
        """Instructions executed: one a cycle, or nearly. A core that sleeps executes none."""
        return int(self._state.instructions)

    @property
    def x_psr(self) -> int:
        """Flags and exception number."""
        state = self._state
        return int(state.n << 31 | state.z << 30 | state.c << 29 | state.v << 28 | state.q << 27 | state.ipsr)

    @property
    def pending_interrupts(self) -> int:
        """One bit for each interrupt."""
        return int(self._state.irq_pending[0] | self._state.irq_pending[1] << 32)


class Mcu(_Base):  # type: ignore[misc]  # rp2040py compiles the class, and only its Python twin has types
    """All blocks of one RP2350. `m33` is its core."""

    m33: M33 | None = None

    def attach(self, m33: M33, seed: int) -> None:
        """Build the blocks that rp2040py does not have. seed: of the random numbers."""
        self.m33 = m33
        self.file = RegisterFile(take_log(self))
        self._core = CoreView(m33.state)
        self.ppb = Kept(self, "PPB")  # in C
        self.watchdog.timer._base_freq = WATCHDOG_HZ
        self.bootram, self.powman, self.trng = BootRam(self), Powman(self, "POWMAN"), Trng(self, seed)
        self.dma16 = dma = Dma(self, DmaBus(self, m33))
        blocks = self.__dict__  # rp2040py's own
        self.dma = Requests(dma, blocks["dma"].dreq)
        self.bank0 = IoBank0(self)
        self.pio3 = pio.build(self, self.bank0, dma.request)
        self.pio = [self.pio3[0], Second(self.bank0, *self.pio3[1:])]
        self.pwm = self.pwm12 = Pwm(self, dma.pulse, dma.wanted)
        self.bank0.on_change.append(self.pwm12.pins_changed)
        dma.on_start = self.pwm12.arm
        self.adc = Adc(self, dma.request)
        self.timer1 = timer1.build(self)
        serial_ports.uarts(self, RP2350.clk_sys_hz)
        serial_ports.time_spi0(self, RP2350.clk_sys_hz)
        self.xip = XipControl(self, m33.state)
        self.sio_rest = Kept(self, "SIO", {0: 0})  # CPUID: core 0
        self.sha256 = Sha256(self, lambda level: dma.request(_SHA256_REQUEST, level))
        locked = {0: lambda kept: kept | 1 << 31}
        running = {12 * number: lambda kept: kept | (kept & 1) << 1 for number in range(6)}
        # The flash is never busy, and its reads through QMI give 2: no write enabled.
        qmi = {0: lambda kept: (kept & ~2) | 0x800, 8: lambda _: 2}
        self.blocks: dict[int, Any] = {
            0x40000: Kept(self, "SYSINFO", {0: 0x2000_4927}),  # CHIP_ID of stepping A2
            0x40008: Kept(self, "SYSCFG"),
            0x40010: Moved(self, "CLOCKS", self.clocks, in_clocks, {0x54: 0, 0x58: 0x1_0000}),
            0x40018: Kept(self, "PSM", dict.fromkeys(range(0, 0x10, 4), 0)),
            0x40020: Resets(self),
            0x40028: self.bank0,
            0x40030: Kept(self, "IO_QSPI", reads={0x18: lambda kept: kept | 1 << 9 | 1 << 17}),
            0x40038: self.pads_bank0,
            0x40040: Kept(self, "PADS_QSPI", _PADS_QSPI),
            0x40048: self.xosc,
            0x40050: Kept(self, "PLL_SYS", _PLL, locked),
            0x40058: Kept(self, "PLL_USB", _PLL, locked),
            0x40060: Kept(self, "ACCESSCTRL"),
            0x40068: Kept(self, "BUSCTRL"),
            0x40070: self.uart[0],
            0x40078: self.uart[1],
            0x40080: self.spi[0],
            0x40088: self.spi[1],
            0x40090: self.i2c[0],
            0x40098: self.i2c[1],
            0x400A0: self.adc,
            0x400A8: self.pwm12,
            0x400B0: Moved(self, "TIMER0", self.timer, in_timer),
            0x400B8: Moved(self, "TIMER1", self.timer1, in_timer),
            0x400C0: Kept(self, "HSTX_CTRL"),
            0x400C8: self.xip,
            0x400D0: Kept(self, "QMI", reads=qmi),
            0x400D8: self.watchdog,
            0x400E0: self.bootram,
            0x400E8: Rosc(self, seed),
            0x400F0: self.trng,
            0x400F8: self.sha256,
            0x40100: self.powman,
            0x40108: Kept(self, "TICKS", reads=running),
            0x40120: Kept(self, "OTP"),
            0x40130: Kept(self, "OTP_DATA"),
            0x40138: Kept(self, "OTP_DATA_RAW"),
            0x40140: Kept(self, "OTP_DATA_GUARDED"),
            0x40158: Kept(self, "CORESIGHT_PERIPH"),
            0x40160: Kept(self, "TBMAN", {0: 1}),
            0x50000: self.dma16,
            0x50110: self.usb_ctrl,
            0x50200: self.pio3[0],
            0x50300: self.pio3[1],
            0x50400: self.pio3[2],
            0x50600: Kept(self, "HSTX_FIFO"),
        }

    # What rp2040py's blocks and other parts of the virtual pad ask for.

    @property
    def core(self) -> Any:
        return _Base.core.__get__(self) if self.m33 is None else self._core

    @property
    def sram(self) -> Any:
        return _Base.sram.__get__(self) if self.m33 is None else memoryview(self.m33.sram)

    @property
    def flash(self) -> Any:
        return _Base.flash.__get__(self) if self.m33 is None else memoryview(self.m33.flash)

    def line(self, irq: int, high: bool) -> None:
        """Set an interrupt line by the RP2350's number."""
        if self.m33 is not None:
            self.m33.line(irq, high)

    def set_interrupt(self, irq: int, value: bool) -> None:
        if self.m33 is not None and int(irq) in _IRQS:
            self.m33.line(_IRQS[int(irq)], bool(value))

    def update_io_interrupt(self) -> None:
        self.set_interrupt(_IO_BANK0, any(pin.irq_value for pin in self.gpio))

    def kept(self) -> Iterator[tuple[str, Kept]]:
        """All blocks that keep what is written, by name."""
        for block in self.blocks.values():
            rest = block.rest if isinstance(block, Moved) else block
            if isinstance(rest, Kept):
                yield rest.name, rest
        yield "SIO", self.sio_rest

    def reset_blocks(self, survivors: Iterable[Kept]) -> None:
        """Reset every block but the watchdog and those that survive."""
        self.enter_reset()
        spared = list(survivors)
        for _, block in self.kept():
            if block not in spared:
                block.reset()
        for block in (*self.pio3, self.timer1):
            block.reset()
        for pin in self.gpio:
            pin.pad_value = _PAD_RESET

    # The bus, for addresses that the core does not answer itself.

    def read(self, address: int, size: int) -> int:
        """A load of 1, 2 or 4 bytes. Narrow ones read a part of the register."""
        word = self._read_word(address & ~3)
        return word if size == 4 else word >> 8 * (address & 3) & (0xFF if size == 1 else 0xFFFF)

    def write(self, address: int, size: int, value: int) -> None:
        """A store. A narrow one to a register is repeated in all lanes (RP2350 datasheet 2.1.5)."""
        assert self.m33 is not None
        if address >> 12 == DPRAM_BASE >> 12:
            self._write_dpram(address & 0xFFF, size, value)
            return
        if size < 4:
            if address & ~0x7FFF == _SHA256 and not address & 0x7000:
                self.sha256.write_narrow(address & 0xFFC, value, size)
                return
            value = (value & 0xFF) * 0x0101_0101 if size == 1 else (value & 0xFFFF) * 0x0001_0001
        self._write_word(address & ~3, value)

    def _read_word(self, address: int) -> int:
        assert self.m33 is not None
        if address >> 28 == 0xD:
            return self._read_sio(address & 0xFFFF)
        if address >> 12 == DPRAM_BASE >> 12:
            return int.from_bytes(self.usb_dpram[address & 0xFFF : (address & 0xFFF) + 4], "little")
        block = self._block(address)
        if block is None:
            self.m33.state.bus_error = 1
            return 0
        offset = address & 0xFFF
        return self.file.read(address & ~0x3000, lambda: int(block.read_uint32(offset)))

    def _write_word(self, address: int, value: int) -> None:
        if address >> 28 == 0xD:
            self._write_sio(address & 0xFFFF, value)
            return
        block = self._block(address)
        if block is None:
            assert self.m33 is not None
            self.m33.state.bus_error = 1
        else:
            self.file.wrote(address & ~0x3000, value, address >> 12 & 3)
            block.write_uint32_atomic(address & 0xFFF, value, address >> 12 & 3)

    def _block(self, address: int) -> Any:
        if address >> 28 == 4:
            return self.blocks.get(address >> 15 << 3)
        if address >> 28 == 5:
            return self.blocks.get(address >> 16 << 4 if address >> 20 == 0x501 else address >> 20 << 8)
        return None

    def _write_dpram(self, offset: int, size: int, value: int) -> None:
        memory, at = self.usb_dpram, offset & ~3
        memory[offset : offset + size] = (value & (1 << 8 * size) - 1).to_bytes(size, "little")
        self.usb_ctrl.dpram_updated(at, int.from_bytes(memory[at : at + 4], "little"))

    def _read_sio(self, offset: int) -> int:
        if offset == _SIO_IN:
            return self.bank0.levels(int(self.sio.read_uint32(offset)))
        if offset in _SIO or offset in _SPINLOCKS:
            return int(self.sio.read_uint32(_SIO.get(offset, offset)))
        if offset == _SIO_HIGH_IN:
            return _FLASH_SELECT_HIGH
        if offset == _SIO_FIFO_STATUS:
            return 2  # room to write; core 1 sends nothing
        return self.sio_rest.read_uint32(offset)

    def _write_sio(self, offset: int, value: int) -> None:
        if offset in _SIO or offset in _SPINLOCKS:
            self.sio.write_uint32(_SIO.get(offset, offset), value)
        else:
            self.sio_rest.write_uint32(offset, value)
