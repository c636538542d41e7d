"""blocks: peripherals of the RP2350: those of rp2040py at other offsets, and registers that keep what is written."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from rp2040py.peripherals.peripheral import BasePeripheral

from kesu.emulator.core.emulator import words
from kesu.emulator.core.register_file import file_of

Hook = Callable[[int], int]
"""Called with what a register keeps; returns what is read."""


class Kept(BasePeripheral):
    """A block without a model: every register keeps what is written, from its value at reset; one without such a value
    reads as 0 before, or as noise where that is wanted.

    reads: what reading a register gives instead.
    """

    def __init__(
        self,
        mcu: Any,
        name: str,
        reset: Mapping[int, int] | None = None,
        reads: Mapping[int, Hook] | None = None,
    ) -> None:
        super().__init__(mcu, name)
        self.initial = dict(reset or {})
        self.reads = dict(reads or {})
        self.kept = dict(self.initial)

    def read_uint32(self, offset: int) -> int:
        hook = self.reads.get(offset)
        if hook is not None:
            return hook(self.kept.get(offset, 0))
        if offset in self.kept:
            return self.kept[offset]
        return file_of(self.rp2040).noise_of(f"{self.name} {offset:x}", 0)

    def write_uint32(self, offset: int, value: int) -> None:
        self.kept[offset] = value & 0xFFFF_FFFF

    def reset(self) -> None:
        self.kept = dict(self.initial)

    def visible_state(self) -> bytes:
        """What is kept, with the offsets, in order."""
        return words(number for entry in sorted(self.kept.items()) for number in entry)


class Moved(BasePeripheral):
    """A block of rp2040py whose registers have other offsets here. where: the offset in `inner`, None for a register
    that it does not have, which keeps what is written, from its value in `reset` on."""

    def __init__(
        self,
        mcu: Any,
        name: str,
        inner: Any,
        where: Callable[[int], int | None],
        reset: Mapping[int, int] | None = None,
    ) -> None:
        super().__init__(mcu, name)
        self.inner = inner
        self._where = where
        self.rest = Kept(mcu, name, reset)

    def read_uint32(self, offset: int) -> int:
        there = self._where(offset)
        if there is None:
            return self.rest.read_uint32(offset)
        return int(self.inner.read_uint32(there)) & 0xFFFF_FFFF

    def write_uint32_atomic(self, offset: int, value: int, atomic_type: int) -> None:
        there = self._where(offset)
        if there is None:
            self.rest.write_uint32_atomic(offset, value, atomic_type)
        else:
            self.inner.write_uint32_atomic(there, value, atomic_type)

    def reset(self) -> None:
        self.rest.reset()


def in_io_bank0(offset: int) -> int | None:
    """IO_BANK0 (RP2350 datasheet 9.11.1): interrupts of 48 pins, of which a Pico 2 has the first 30."""
    if offset < 0xF0:
        return offset
    for here, there in ((0x230, 0xF0), (0x248, 0x100), (0x260, 0x110), (0x278, 0x120)):
        if here <= offset < here + 16:
            return there + offset - here
    return None


def in_timer(offset: int) -> int | None:
    """TIMER (12.8.5): LOCKED and SOURCE stand before the interrupt registers."""
    return offset if offset < 0x34 else None if offset < 0x3C else offset - 8


def in_clocks(offset: int) -> int | None:
    """CLOCKS (8.1.7): CLK_HSTX stands before CLK_USB and CLK_ADC; the RTC has no clock."""
    if offset < 0x54:
        return offset
    return offset - 12 if 0x60 <= offset < 0x78 else None


class Resets(Kept):
    """RESETS (7.5.3): a block is ready as soon as its reset is released. Those that are models of their own are really
    reset, and the two I2C blocks with the worse case for their FIFOs, as on the RP2040
    (kesu.emulator.chips.rp2040.resets)."""

    ALL = 0x1FFF_FFFF

    def __init__(self, mcu: Any) -> None:
        super().__init__(mcu, "RESETS", {0: self.ALL}, {8: lambda _: ~self.kept[0] & self.ALL})

    def write_uint32(self, offset: int, value: int) -> None:
        before = self.kept[0]
        super().write_uint32(offset, value)
        if offset == 0:
            for bit, block in self._blocks().items():
                if value & ~before & 1 << bit:
                    block.reset()

    def _blocks(self) -> dict[int, Any]:
        """By their bits."""
        mcu: Any = self.rp2040
        pio = {11 + number: block for number, block in enumerate(mcu.pio3)}
        ports = {4: mcu.i2c[0], 5: mcu.i2c[1], 26: mcu.uart[0], 27: mcu.uart[1]}
        return {0: mcu.adc, 2: mcu.dma16, 16: mcu.pwm12, 17: mcu.sha256, 24: mcu.timer1} | pio | ports


class BootRam(Kept):
    """BOOTRAM (4.3): 1 KB of memory, two registers that only gain bits, and eight locks: reading claims one."""

    SIZE = 0x400
    _WRITE_ONCE = (0x800, 0x804)
    _STATUS, _LOCKS = 0x808, 0x80C

    def __init__(self, mcu: Any) -> None:
        super().__init__(mcu, "BOOTRAM", {self._STATUS: 0xFF})

    def read_uint32(self, offset: int) -> int:
        if offset < self._LOCKS:
            return super().read_uint32(offset)
        bit = 1 << (offset - self._LOCKS) // 4
        free = self.kept[self._STATUS] & bit
        self.kept[self._STATUS] &= ~bit
        return free

    def write_uint32(self, offset: int, value: int) -> None:
        if offset in self._WRITE_ONCE:
            value |= self.kept.get(offset, 0)
        if offset >= self._LOCKS:
            self.kept[self._STATUS] |= 1 << (offset - self._LOCKS) // 4
        elif offset != self._STATUS:
            super().write_uint32(offset, value)

    def content(self) -> bytes:
        """All of the memory, and the registers."""
        ram = words(self.kept.get(offset, 0) for offset in range(0, self.SIZE, 4))
        return ram + words(self.kept.get(offset, 0) for offset in (*self._WRITE_ONCE, self._STATUS))


class Powman(Kept):
    """POWMAN (6.4): a write needs the password in its upper half, except to SCRATCH and BOOT; others keep 16 bits.

    CHIP_RESET says why the chip was reset (bits 16 POR, 18 RUN, 28 watchdog). TIMER counts milliseconds while it runs,
    and shows which oscillator it uses; its alarm is not modelled.
    """

    PASSWORD = 0x5AFE
    CHIP_RESET = 0x2C
    CAUSES: Mapping[str, int] = {"power": 1 << 16, "run": 1 << 18, "watchdog": 1 << 28}
    _WORDS = range(0xB0, 0xE0)
    _TIMER = 0x88
    _SET_TIME, _TIME_UPPER, _TIME_LOWER = range(0x60, 0x70, 4), 0x70, 0x74
    _RUN, _CLEAR = 1 << 1, 1 << 2
    _USE_XOSC, _USING_XOSC, _USING_LPOSC = 1 << 9, 1 << 16, 1 << 17

    def __init__(self, mcu: Any, name: str) -> None:
        super().__init__(mcu, name, {self._TIMER: 0})
        self._counted_ms, self._since_ns = 0, 0

    def reset(self) -> None:
        super().reset()
        self._counted_ms = 0

    def _ms(self) -> int:
        """What the timer shows."""
        running = self.kept.get(self._TIMER, 0) & self._RUN
        return self._counted_ms + (
            int(self.rp2040.clock.nanos - self._since_ns) // 1_000_000 if running else 0
        )

    def _set_timer(self, value: int) -> None:
        self._counted_ms = 0 if value & self._CLEAR else self._ms()
        self._since_ns = int(self.rp2040.clock.nanos)
        super().write_uint32(self._TIMER, value & 0xFFFF & ~self._CLEAR)

    def read_uint32(self, offset: int) -> int:
        value = super().read_uint32(offset)
        if offset in (self._TIME_UPPER, self._TIME_LOWER):
            return self._ms() >> (32 if offset == self._TIME_UPPER else 0) & 0xFFFF_FFFF
        if offset == self._TIMER:
            value |= self._USING_XOSC if value & self._USE_XOSC else self._USING_LPOSC
        return value

    def write_uint32(self, offset: int, value: int) -> None:
        if offset in self._WORDS:
            super().write_uint32(offset, value)
        elif self.raw_write_value >> 16 != self.PASSWORD or offset == self.CHIP_RESET:
            return
        elif offset == self._TIMER:
            self._set_timer(value)
        else:
            super().write_uint32(offset, value & 0xFFFF)
            if offset in self._SET_TIME:
                words = (self.kept.get(at, 0) for at in self._SET_TIME)
                self._counted_ms = int("".join(f"{word:04x}" for word in words), 16)

    def content(self) -> bytes:
        """SCRATCH0 to 7 and BOOT0 to 3, and every register that was written."""
        return words(self.kept.get(offset, 0) for offset in self._WORDS) + self.visible_state()


class Rosc(Kept):
    """ROSC (8.3.10): it always runs. RANDOMBIT is a bit of SHA-256 of the pad's seed and a count of reads, as in
    kesu.emulator.chips.rp2040.rosc."""

    _STATUS, _RANDOM_BIT = 0x1C, 0x20
    _RUNNING = 1 << 31 | 1 << 16 | 1 << 12

    def __init__(self, mcu: Any, seed: int) -> None:
        super().__init__(mcu, "ROSC", {}, {self._STATUS: lambda _: self._RUNNING})
        self._seed, self._reads = seed, 0

    def read_uint32(self, offset: int) -> int:
        if offset != self._RANDOM_BIT:
            return super().read_uint32(offset)
        block, index = divmod(self._reads, 256)
        self._reads += 1
        digest = hashlib.sha256(f"rosc {self._seed} {block}".encode()).digest()
        return digest[index // 8] >> index % 8 & 1


class Trng(Kept):
    """TRNG (12.12): numbers of a generator with the pad's seed, so that a run can be repeated; the last ones stay
    readable."""

    _ISR, _VALID, _DATA, _SOURCE = 0x104, 0x110, 0x114, 0x12C
    _LAST = _DATA + 20

    def __init__(self, mcu: Any, seed: int) -> None:
        super().__init__(mcu, "TRNG", {}, {self._ISR: lambda _: 1, self._VALID: lambda _: 1})
        self.seed(seed)

    def seed(self, seed: int) -> None:
        """Start the numbers anew."""
        self._seed = (0x2545_F491 + seed) & 0xFFFF_FFFF or 1  # zero would stay zero

    def read_uint32(self, offset: int) -> int:
        if self._DATA <= offset <= self._LAST:
            self._seed ^= self._seed << 13 & 0xFFFF_FFFF
            self._seed ^= self._seed >> 17
            self._seed ^= self._seed << 5 & 0xFFFF_FFFF
            self.kept[offset] = self._seed
        return super().read_uint32(offset)
