"""thumb: runs instructions that use only registers and memory in C; armv6m.py, over rp2040py, executes all others.

An interpreter in Python, even a compiled one, spends most of its time between two instructions. A wheel has thumb.c
compiled; elsewhere it is compiled once, when the first pad is built (native.py). Where that is impossible, a warning is
printed and armv6m.py executes every instruction, with the same result to the byte and to the cycle (tests compare the
two) but up to 50 times slower.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import ctypes
import os
import sys
from functools import cache
from typing import Any

from kesu.emulator.chips.rp2040 import address_map, xip_cache
from kesu.emulator.chips.rp2040.blocks import Sio
from kesu.emulator.core import native
from kesu.emulator.core.emulator import SPI_MOST, CompiledCore
from kesu.emulator.shadow.labels import Shadow

REFERENCE = "KESU_CORE"
"""Environment variable: with the value "rp2040py", Python and rp2040py execute every instruction."""
GPIO_IN = 0xD000_0004
XIP_LINES = 2_048
"""Number of cache lines: 8 bytes each, two ways (RP2040 datasheet 2.6.3)."""
AT_MOST = 1_000_000
"""Maximum number of cycles for one call of thumb.c when no alarm is pending."""
PIO_CYCLE = 256
"""rp2040py counts the cycles of PIO in units of 1/256."""
LEFT_OTHER, LEFT_ACCESS, LEFT_FAULT = 1, 2, 3
"""What thumb.c leaves to Python: an instruction to decode; an access to a peripheral, checked; a fault."""


REGISTERS = "i2c_raw i2c_abort i2c_level pins_in pins_known left_address"
FLAGS_AND_DIVIDER = "n z c v handler left dividend divisor quotient remainder csr div_cycles"


class State(ctypes.Structure):
    """core_t of thumb.h."""

    _fields_ = (
        ("registers", ctypes.c_void_p),
        ("sram", ctypes.c_void_p),
        ("flash", ctypes.c_void_p),
        ("dpram", ctypes.c_void_p),
        ("rom", ctypes.c_void_p),
        *((name, ctypes.c_uint32) for name in FLAGS_AND_DIVIDER.split()),
        *((f"spi_{name}", ctypes.c_uint32) for name in ("lent", "count", "ended", "received", "byte_ns")),
        ("spi_value", ctypes.c_uint8 * SPI_MOST),
        ("spi_end_ns", ctypes.c_int64 * SPI_MOST),
        ("spi_last_end_ns", ctypes.c_int64),
        ("timer_epoch_ns", ctypes.c_double),
        *((name, ctypes.c_uint32) for name in REGISTERS.split()),
        ("began_ns", ctypes.c_double),
        ("cycle_ns", ctypes.c_int64),
        ("cycles", ctypes.c_int64),
        ("instructions", ctypes.c_int64),
        ("served", ctypes.c_uint64),
        ("watch", ctypes.c_void_p),
        *((name, ctypes.c_uint32) for name in ("watch_base", "watch_size", "watch_pc", "watched")),
        *((f"xip_{name}", ctypes.c_uint32) for name in ("hits", "accesses", "miss_cycles", "word")),
        ("xip_tag", ctypes.c_uint32 * XIP_LINES),
        ("xip_older", ctypes.c_uint8 * (XIP_LINES // 2)),
        ("shadow", ctypes.c_void_p),
        ("uses", ctypes.c_void_p),
        ("only_memory", ctypes.c_uint32),
    )


def _shared(name: str) -> property:
    """A register of the divider, stored in the struct of thumb.h."""

    def read(sio: Divider) -> int:
        return int(getattr(sio.state, name))

    def write(sio: Divider, value: float) -> None:
        setattr(sio.state, name, int(value) & 0xFFFF_FFFF)

    return property(read, write)


class Divider(Sio):
    """SIO whose divider registers (RP2040 datasheet 2.3.1.5) are in memory shared with thumb.c."""

    div_dividend = _shared("dividend")
    div_divisor = _shared("divisor")
    div_quotient = _shared("quotient")
    div_remainder = _shared("remainder")
    div_csr = _shared("csr")

    def __init__(self, mcu: Any, state: State) -> None:
        self.state = state
        super().__init__(mcu)


class Thumb(CompiledCore):
    """Runs the core of one chip, until its simulator is stopped. cycle_ns: of its clock."""

    def __init__(self, library: ctypes.CDLL, simulator: Any, cycle_ns: int) -> None:
        self._simulator = simulator
        self._mcu = mcu = simulator.rp2040
        self._run = library.kesu_thumb_run
        self._run.argtypes = (ctypes.c_void_p, ctypes.c_int64)
        self._run.restype = ctypes.c_int64
        memories = (mcu.core.registers, mcu.sram, mcu.flash, mcu.usb_dpram, mcu.bootrom)
        self._memories = [(ctypes.c_ubyte * memoryview(m).nbytes).from_buffer(m) for m in memories]
        super().__init__(library, State(*(ctypes.addressof(memory) for memory in self._memories)))
        self._address = ctypes.addressof(self.state)
        self._cycle_ns = self.state.cycle_ns = cycle_ns
        self._entered = 0
        """Exceptions taken while tracing."""
        self._pins_known = False
        mcu.sio = Divider(mcu, self.state)
        xip_cache.attach(mcu, self.state)

    def run(self) -> None:
        """Execute until the simulator is stopped. Alarms fire between the same two instructions as if the clock
        ticked after each instruction, and so do the steps of PIO."""
        simulator, core, clock = self._simulator, self._mcu.core, self._mcu.clock
        self._pins_known = False  # a pin may have changed since the last run
        while not simulator.stopped:
            if core.waiting:
                idle_ns = clock.nanos_to_next_alarm
                clock.tick(idle_ns)
                self._advance_pio(int(idle_ns / self._cycle_ns) or 1)
                continue
            if core.interrupts_updated:
                core.check_for_interrupts()
            limit = AT_MOST
            if clock.has_scheduled_alarm:
                limit = max(1, int(-(-clock.nanos_to_next_alarm // self._cycle_ns)))
            for pio in self._mcu.pio:
                if not pio.stopped:
                    limit = max(1, min(limit, -((pio.cycle_fp - pio.next_due_fp) // PIO_CYCLE)))
            cycles = self.plain(limit)
            if cycles:
                clock.tick(cycles * self._cycle_ns)
                self._advance_pio(cycles)
            if not self.state.left:
                continue
            if self.state.watched:
                self.on_watched(self.state.watched)
            cycles = self.traced_rest() if self.trace is not None else self.rest()
            if cycles:
                clock.tick(cycles * self._cycle_ns)
                self._advance_pio(cycles)

    def _advance_pio(self, cycles: int) -> None:
        """Let the state machines execute what is due after so many cycles, as rp2040py does after each instruction."""
        for pio in self._mcu.pio:
            if not pio.stopped:
                pio.advance(cycles)

    def rest(self) -> int:
        """Execute in Python the instruction that `plain` left, and return its cycles; 0 if `plain` can execute it now.
        Something that happened in between, an interrupt for example, comes first."""
        core, left = self._mcu.core, self.state.left
        if left == LEFT_OTHER or core.interrupts_updated:
            return int(core.execute_instruction())
        known = self._pins_known or self.state.only_memory
        if left == LEFT_ACCESS and self.state.left_address == GPIO_IN and not known:
            self.state.pins_in, self._pins_known = self._mcu.gpio_values, True
            return 0  # thumb.c executes it next, and goes on with this value until something can change it
        return int(core.execute_plain() if left == LEFT_ACCESS else core.execute_fault())

    def traced_rest(self) -> int:
        """`rest`, and what it does to the trace."""
        core, trace = self._mcu.core, self.trace
        assert trace is not None
        if core.interrupts_updated:
            core.check_for_interrupts()
            self.state.left = LEFT_OTHER
        entered = self._entered
        before = bytes(memoryview(core.registers).cast("B"))
        first, second = self._code(core.registers[15] & ~1)
        cycles = self.rest()
        if cycles and self._entered == entered:
            trace.step(before, first, second)
        return cycles

    def _code(self, pc: int) -> tuple[int, int]:
        """The instruction at that address; 0 where there is none."""
        mcu = self._mcu
        first = int(mcu.read_uint16(pc)) if address_map.executable(pc) else 0
        wide = first >= 0xE800 and address_map.executable(pc + 2)
        return first, int(mcu.read_uint16(pc + 2)) if wide else 0

    def attach_trace(self, trace: Shadow | None) -> None:
        """Trace the ink from now on; None ends that."""
        super().attach_trace(trace)
        self._mcu.core.on_frame = self._framed if trace is not None else lambda frame, pushed: None

    def _framed(self, frame: int, pushed: bool) -> None:
        assert self.trace is not None
        if pushed:
            self._entered += 1
            self.trace.push(frame)
        else:
            self.trace.pop_later(frame)

    def plain(self, limit: int) -> int:
        """Execute instructions in C until `limit` cycles have passed or one is for Python (state.left).
        Returns the cycles, which the caller has to add to the clock."""
        core, state = self._mcu.core, self.state
        state.n, state.z, state.c, state.v = core.n, core.z, core.c, core.v
        state.handler = core.current_mode
        state.began_ns = self._mcu.clock.nanos
        state.timer_epoch_ns = self._mcu.timer._epoch_nanos
        i2c = self._mcu.i2c[1]
        state.i2c_raw, state.i2c_abort = i2c.int_raw, i2c.abort_source
        state.i2c_level = i2c._rx_fifo.item_count
        state.pins_known, self._pins_known = self._pins_known, False
        cycles: int = self._run(self._address, limit)
        core.n, core.z, core.c, core.v = state.n, state.z, state.c, state.v
        core.cycles += cycles + state.div_cycles
        state.div_cycles = 0
        return cycles


def attach(simulator: Any, cycle_ns: int = 8) -> Thumb | None:
    """The C core attached to this simulator; None when Python has to execute everything."""
    library = _library() if os.environ.get(REFERENCE) != "rp2040py" else None
    return Thumb(library, simulator, cycle_ns) if library is not None else None


@cache
def _library() -> ctypes.CDLL | None:
    try:
        return native.load(native.THUMB)
    except native.NotCompiled as error:
        print(
            f"WARNING: the virtual pad runs up to 50 times slower, because its C core is missing: {error}. "
            f"{native.REMEDY}",
            file=sys.stderr,
        )
        return None
