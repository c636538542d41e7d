"""m33: runs the core in C: until the next alarm of the clock, up to each access to a peripheral, through sleep."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache
from math import ceil
from typing import Any

from kesu.common.errors import Exit, KesuError
from kesu.emulator.chips.rp2350.facts import FLASH_BYTES, SRAM
from kesu.emulator.core import native
from kesu.emulator.core.emulator import SPI_MOST, CompiledCore

ROM_BYTES = 0x8000
CACHE_RAM_BYTES = 0x4000
XIP_LINES = 2_048
"""Number of cache lines: 8 bytes each, two ways (RP2350 datasheet 4.4)."""
NOTHING, MMIO, WFE, WFI, ROM, WATCH, LOCKUP, UNSUPPORTED, RESET = range(9)
"""Why kesu_m33_run returned: enum left of m33.h."""
_NOT_EXECUTED = (MMIO, ROM, WATCH)
FOREVER = 1 << 62
"""More instructions, or cycles, than any run has."""

u32, s64 = ctypes.c_uint32, ctypes.c_int64
Read = ctypes.CFUNCTYPE(u32, u32, u32)
Write = ctypes.CFUNCTYPE(None, u32, u32, u32)

_REGISTERS = "primask faultmask basepri ipsr npriv spsel fpca sp_other msplim psplim"
_CONTROL = "vtor aircr scr ccr"
_FAULTS = (
    "cfsr hfsr mmfar bfar cpacr fpccr fpcar fpdscr systick_csr systick_reload systick_flag mpu_ctrl mpu_rnr"
)


def _words(names: str) -> list[tuple[str, Any]]:
    return [(name, u32) for name in names.split()]


class State(ctypes.Structure):
    """core_t of m33.h."""

    _fields_ = (
        *((name, ctypes.c_void_p) for name in ("sram", "flash", "rom", "dpram", "cache_ram")),
        ("read", Read),
        ("write", Write),
        ("r", u32 * 16),
        *_words("n z c v q ge it thumb"),
        *_words(_REGISTERS),
        ("s", u32 * 32),
        *_words("fpscr event exclusive exclusive_address sys_pending sys_active sys_enabled"),
        *((f"irq_{name}", u32 * 2) for name in ("enabled", "pending", "lines", "active")),
        ("irq_priority", ctypes.c_uint8 * 64),
        *_words(_CONTROL),
        ("shpr", u32 * 3),
        *_words(_FAULTS),
        ("mpu_rbar", u32 * 8),
        ("mpu_rlar", u32 * 8),
        ("mpu_mair", u32 * 2),
        *_words("demcr dwt_ctrl dcp_engaged"),
        ("dcp_x", u32 * 2),
        ("dcp_y", u32 * 2),
        ("ppb", u32 * 1024),
        *((name, s64) for name in ("systick_base", "systick_due", "dwt_base")),
        *_words("xip_hits xip_accesses xip_miss_cycles xip_word"),
        ("xip_tag", u32 * XIP_LINES),
        ("xip_older", ctypes.c_uint8 * (XIP_LINES // 2)),
        ("xip_pinned", ctypes.c_uint8 * XIP_LINES),
        *_words("spi_lent spi_count spi_ended spi_received spi_byte_ns"),
        ("spi_value", ctypes.c_uint8 * SPI_MOST),
        ("spi_end_ns", s64 * SPI_MOST),
        ("spi_last_end_ns", s64),
        ("timer_epoch_ns", ctypes.c_double),
        *_words("i2c_raw i2c_abort i2c_level"),
        *((name, s64) for name in ("cycle", "instructions", "it_failed", "cost")),
        *_words("check left left_op mmio_allowed watch_ignored bus_error fault next_pc it_kept exceptions"),
        ("watch", ctypes.c_void_p),
        *_words("watch_base watch_size watch_pc watched"),
        ("shadow", ctypes.c_void_p),
        ("uses", ctypes.c_void_p),
    )


_RESET_FROM, _RESET_TO = State.r.offset, State.systick_base.offset


class Unsupported(KesuError):
    """The image did something that this emulator does not have. The run cannot go on."""


class M33(CompiledCore):
    """The core of one chip. read, write: called for an access to a peripheral; an exception raised there ends the run
    after the instruction. call_rom: called when the program counter is in the boot ROM; returns the cycles it took.

    Time is an integer number of cycles (20/3 ns each); the clock is set from it, so it does not depend on how often a
    run was stopped.
    """

    def __init__(
        self,
        mcu: Any,
        read: Callable[[int, int], int],
        write: Callable[[int, int, int], None],
        call_rom: Callable[[State], int],
    ) -> None:
        library = _library()
        self._run = library.kesu_m33_run
        self._wakes = library.kesu_m33_wakes
        self._line = library.kesu_m33_line
        self._mcu = mcu
        self._bus = (read, write)
        self._call_rom = call_rom
        self._failed: BaseException | None = None
        self.sram, self.flash = bytearray(len(SRAM)), bytearray(b"\xff" * FLASH_BYTES)
        self.rom, self.cache_ram = bytearray(ROM_BYTES), bytearray(CACHE_RAM_BYTES)
        memories = (self.sram, self.flash, self.rom, mcu.usb_dpram, self.cache_ram)
        self._memories = [(ctypes.c_ubyte * memoryview(m).nbytes).from_buffer(m) for m in memories]
        self._callbacks = (Read(self._read), Write(self._write))
        state = State(*(ctypes.addressof(memory) for memory in self._memories), *self._callbacks)
        super().__init__(library, state)
        self._address = ctypes.addressof(self.state)
        self.state.cost = 1
        self.asleep = NOTHING
        self.inside = False
        """Whether the core is in the middle of an instruction."""
        self.stopped = True
        self.after: Callable[[], None] = lambda: None
        """Called between two instructions, when the last one accessed a peripheral."""
        self.on_locked: Callable[[], None] = lambda: None
        self.on_reset_request: Callable[[], None] = lambda: None

    def line(self, irq: int, high: bool) -> None:
        """Set the level of an interrupt line of the chip's table (RP2350 datasheet 3.2)."""
        self._line(self._address, irq, high)

    def reset(self, vectors: int) -> None:
        """All registers at their reset values; starts from the vector table at that address, as the boot ROM does."""
        state = self.state
        ctypes.memset(self._address + _RESET_FROM, 0, _RESET_TO - _RESET_FROM)
        ctypes.memset(ctypes.addressof(state.xip_tag), 0, ctypes.sizeof(state.xip_tag))
        ctypes.memset(ctypes.addressof(state.xip_older), 0, ctypes.sizeof(state.xip_older))
        ctypes.memset(ctypes.addressof(state.xip_pinned), 0, ctypes.sizeof(state.xip_pinned))
        state.xip_hits = state.xip_accesses = state.xip_word = 0
        state.spi_lent = 0
        state.systick_due = -1
        state.thumb, state.ccr, state.fpccr = 1, 0x201, 0xC000_0000
        state.vtor, state.check = vectors, 1
        offset = vectors & (FLASH_BYTES - 1)
        sp, pc = (int.from_bytes(self.flash[offset + at : offset + at + 4], "little") for at in (0, 4))
        state.r[13], state.r[15] = sp & ~3, pc & ~1
        self.asleep = NOTHING

    def synchronise(self) -> None:
        """Give core and clock the same time, after the clock ran without the core."""
        nanos = self._mcu.clock.nanos
        if self.state.cycle * 20 // 3 < nanos:
            self.state.cycle = -(-ceil(nanos) * 3 // 20)
        self._tick()

    def run(self) -> None:
        """Execute until `stopped`. Raises what a callback raised, and Unsupported."""
        state, clock = self.state, self._mcu.clock
        self.synchronise()
        while not self.stopped:
            until = FOREVER
            if clock.has_scheduled_alarm:
                until = -(-ceil(clock.nanos + clock.nanos_to_next_alarm) * 3 // 20)
            if self.asleep:
                self._sleep(until)
                continue
            self._go(max(until, state.cycle + 1), FOREVER)
            left = state.left
            self._tick()
            # An instruction that was not executed can wait for the next run; one that was must have its effect now.
            if left and not (self.stopped and left in _NOT_EXECUTED):
                self._handle(left)

    def _go(self, until: int, most: int, mmio_allowed: int = 0, watch_ignored: int = 0) -> None:
        # None of these changes before the next alarm or access, and each ends the run of the core.
        state, i2c = self.state, self._mcu.i2c[1]
        state.timer_epoch_ns = self._mcu.timer._epoch_nanos
        state.i2c_raw, state.i2c_abort = i2c.int_raw, i2c.abort_source
        state.i2c_level = i2c._rx_fifo.item_count
        self._run(self._address, until, most, mmio_allowed, watch_ignored)

    def _tick(self) -> None:
        clock = self._mcu.clock
        clock.tick(self.state.cycle * 20 // 3 - clock.nanos)

    def _handle(self, left: int) -> None:
        if left == MMIO:
            self._access()
        elif left in (WFE, WFI):
            self.asleep = left
        elif left == ROM:
            self.state.cycle += self._call_rom(self.state)
            self.state.check = 1
            self._tick()
        elif left == WATCH:
            self.on_watched(self.state.watched)
            self._go(FOREVER, 1, watch_ignored=1)
            left = self.state.left
            self._tick()
            if left:
                self._handle(left)
        elif left == LOCKUP:
            self.on_locked()
        elif left == RESET:
            self.on_reset_request()
        else:
            self._unsupported()

    def _access(self) -> None:
        """Execute the one instruction that accesses a peripheral, at its exact time."""
        self.inside = True
        self._go(FOREVER, 1, mmio_allowed=1, watch_ignored=1)
        self.inside = False
        if self._failed is not None:
            failed, self._failed = self._failed, None
            raise failed
        left = self.state.left
        self._tick()
        self.after()
        if left:
            self._handle(left)

    def _sleep(self, until: int) -> None:
        state = self.state
        if self.asleep == WFE and state.event:
            state.event = 0
            self.asleep = NOTHING
        elif self._wakes(self._address) and not (self.asleep == WFE and state.primask):
            self.asleep = NOTHING
            state.check = 1
        else:
            due = state.systick_due
            target = min(until, due) if due >= 0 else until
            state.cycle = max(state.cycle + 1, target)
            self._tick()

    def _unsupported(self) -> None:
        state = self.state
        raise Unsupported(
            f"The emulated Pico 2 cannot execute {state.left_op:08x} at 0x{state.r[15]:08x}.",
            hint="See docs/benches.md for what it does not model.",
            code=Exit.UNAVAILABLE,
        )

    def _read(self, address: int, size: int) -> int:
        try:
            return self._bus[0](address, size) & 0xFFFF_FFFF
        except BaseException as error:  # ctypes would print it and go on
            self._failed = error
            return 0

    def _write(self, address: int, size: int, value: int) -> None:
        try:
            self._bus[1](address, size, value)
        except BaseException as error:
            self._failed = error


@cache
def _library() -> ctypes.CDLL:
    try:
        library = native.load(native.M33)
    except native.NotCompiled as error:
        raise KesuError(
            f"A Pico 2 cannot be emulated without the core in C: {error}.",
            hint=native.REMEDY,
            code=Exit.UNAVAILABLE,
        ) from None
    library.kesu_m33_run.argtypes = (ctypes.c_void_p, s64, s64, u32, u32)
    library.kesu_m33_run.restype = None
    library.kesu_m33_wakes.argtypes = (ctypes.c_void_p,)
    library.kesu_m33_line.argtypes = (ctypes.c_void_p, u32, u32)
    library.kesu_m33_line.restype = None
    assert library.kesu_m33_size() == ctypes.sizeof(State), "State is not core_t of m33.h"
    return library
