"""exceptions: the exception model of ARMv6-M over the registers of rp2040py's core.

Source: ARMv6-M Architecture Reference Manual (DDI 0419), B1.5; functions carry the names of its pseudocode or cite it.
NVIC, from the Cortex-M0+ Devices Generic User Guide (DUI 0662) 4.2.9: a line that rises makes its interrupt pending;
taking the exception clears that; a line that is still high when the handler returns makes it pending again.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from rp2040py.cortex_m0_core import CortexM0Core

from kesu.emulator.chips.rp2040 import address_map

NMI, HARD_FAULT, SV_CALL, PEND_SV, SYS_TICK, FIRST_IRQ = 2, 3, 11, 14, 15, 16
LOWEST = 4
"""Execution priority without any exception (B1.5.4)."""
THREAD: Any = 0
HANDLER: Any = 1
MAIN: Any = 0
PROCESS: Any = 1
SP, LR, PC = 13, 14, 15
LOCKUP = 0xFFFF_FFFE
_FRAME_BYTES = 0x20
_FLAGS = 0xF000_0000
_THUMB = 1 << 24
_TO_HANDLER, _TO_THREAD_MAIN, _TO_THREAD_PROCESS = 0x1, 0x9, 0xD


class ExceptionModel(CortexM0Core):
    """rp2040py's core with exceptions by the manual. `on_lockup` is called when the core locks up; only a reset ends
    that."""

    def __init__(self, mcu: Any) -> None:
        super().__init__(mcu)
        registers = self.registers
        self.r = registers if isinstance(registers, list) else memoryview(registers)
        """The registers; each use of rp2040py's own attribute makes a new view of them."""
        self.on_lockup: Callable[[], None] = lambda: None
        self.on_frame: Callable[[int, bool], None] = lambda frame, pushed: None
        """Called with the address of each exception frame after it was pushed, or popped."""
        self._start()

    def _start(self) -> None:
        self.active = 0
        """One bit for each active exception."""
        self.lines = 0
        """Levels of the 32 interrupt lines."""
        self.thumb = True
        """EPSR.T."""
        self.locked_up = False
        self.send_event_on_pend = False
        self.sleep_on_exit = False
        self.waits_for_event = False

    def reset(self) -> None:
        super().reset()
        self._start()

    # Priorities and pending exceptions -------------------------------------------------------------

    def execution_priority(self) -> int:
        """ExecutionPriority(), B1.5.4: the highest of the active exceptions, and of PRIMASK."""
        return min(self._active_priority(), 0 if self.pm else LOWEST)

    def _active_priority(self) -> int:
        return min((self.exception_priority(number) for number in _bits(self.active)), default=LOWEST)

    def highest_pending(self) -> int:
        """Number of the pending and enabled exception with the highest priority, the lowest number among equals; 0:
        none."""
        numbers = [
            number
            for number, pending in (
                (NMI, self.pending_nmi),
                (SV_CALL, self.pending_svcall),
                (PEND_SV, self.pending_pend_sv),
                (SYS_TICK, self.pending_systick),
            )
            if pending
        ]
        numbers += [FIRST_IRQ + irq for irq in _bits(self.pending_interrupts & self.enabled_interrupts)]
        return min(numbers, key=lambda number: (self.exception_priority(number), number), default=0)

    def check_for_interrupts(self) -> bool:
        """Take the pending exception that preempts what runs, if there is one."""
        self.interrupts_updated = False
        number = self.highest_pending()
        if not number or self.exception_priority(number) >= self.execution_priority():
            return False
        self._unpend(number)
        self.exception_entry(number)
        return True

    def set_interrupt(self, irq: int, value: bool) -> None:
        """The level of an interrupt line."""
        bit = 1 << irq
        if not value:
            self.lines &= ~bit
        elif not self.lines & bit:
            self.lines |= bit
            self.pend_interrupts(bit)

    def pend_interrupts(self, bits: int) -> None:
        """Make interrupts pending, one bit for each."""
        before = self.pending_interrupts
        self.pending_interrupts = before | bits
        self.pended(bool(bits & ~before))

    def unpend_interrupts(self, bits: int) -> None:
        """Clear their pending state; a level that is still high sets it again, unless its handler runs."""
        self.pending_interrupts &= ~bits & 0xFFFF_FFFF
        self.pending_interrupts |= self.lines & ~(self.active >> FIRST_IRQ)

    def pended(self, newly: bool) -> None:
        """Something became pending, or may preempt now: look at the next instruction, and end a sleep (B1.5.17)."""
        self.interrupts_updated = True
        if newly and self.send_event_on_pend:
            self.event_registered = True
        if self.waiting:
            self._wake()

    def _unpend(self, number: int) -> None:
        if number == NMI:
            self.pending_nmi = False
        elif number == SV_CALL:
            self.pending_svcall = False
        elif number == PEND_SV:
            self.pending_pend_sv = False
        elif number == SYS_TICK:
            self.pending_systick = False
        else:
            self.pending_interrupts &= ~(1 << number - FIRST_IRQ) & 0xFFFF_FFFF

    # Sleep ----------------------------------------------------------------------------------------

    def wait_for_event(self) -> None:
        """WFE (B1.5.18)."""
        self.waiting = self.waits_for_event = True
        self._wake()

    def wait_for_interrupt(self) -> None:
        """WFI (B1.5.19)."""
        self.waiting, self.waits_for_event = True, False
        self._wake()

    def _wake(self) -> None:
        """An event ends WFE. An exception that would preempt ends both, and PRIMASK is left out of that for WFI."""
        if self.waits_for_event and self.event_registered:
            self.event_registered = self.waiting = False
            return
        number = self.highest_pending()
        limit = self.execution_priority() if self.waits_for_event else self._active_priority()
        if number and self.exception_priority(number) < limit:
            self.waiting = False

    # Entry and return -----------------------------------------------------------------------------

    def exception_entry(self, exception_number: int) -> None:
        """ExceptionEntry(), B1.5.6: the registers to the stack in use, then ExceptionTaken(). A bus error meanwhile is
        a HardFault, taken instead (B1.5.14)."""
        registers, mcu = self.r, self.rp2040
        stack = registers[SP]
        frame = (stack - _FRAME_BYTES) & 0xFFFF_FFF8  # B1.5.7
        psr = self.apsr | (_THUMB if self.thumb else 0) | (stack & 4) << 7 | self.ipsr
        values = [registers[index] for index in (0, 1, 2, 3, 12, LR)]
        bad = False
        for place, value in enumerate((*values, registers[PC] & 0xFFFF_FFFE, psr)):
            address = (frame + 4 * place) & 0xFFFF_FFFF
            if address_map.store_faults(address):
                bad = True
            elif not address_map.read_only(address):
                mcu.write_uint32(address, value)
        registers[SP] = frame
        self.on_frame(frame, True)
        if self.current_mode == HANDLER:
            registers[LR] = 0xFFFF_FFF0 | _TO_HANDLER
        else:
            registers[LR] = 0xFFFF_FFF0 | (_TO_THREAD_PROCESS if self.sp_sel else _TO_THREAD_MAIN)
        self._taken(exception_number, bad)

    def _taken(self, number: int, bad: bool) -> None:
        """ExceptionTaken(), B1.5.6. bad: the frame could not be written, or not be read."""
        self.current_mode = HANDLER
        self.switch_stack(MAIN)
        vector = (self.vtor + 4 * number) & 0xFFFF_FFFF
        if bad or not address_map.mapped(vector):
            if number in (NMI, HARD_FAULT) or self.execution_priority() < 0:
                self._lock_up()
                return
            self._pend_again(number)
            self._taken(HARD_FAULT, False)
            return
        self.ipsr = number
        self.active |= 1 << number
        start = int(self.rp2040.read_uint32(vector))
        self.thumb = bool(start & 1)
        self.r[PC] = start & 0xFFFF_FFFE
        self.event_registered = True

    def _pend_again(self, number: int) -> None:
        """An exception whose entry failed stays pending."""
        if number == NMI:
            self.pending_nmi = True
        elif number == SV_CALL:
            self.pending_svcall = True
        elif number == PEND_SV:
            self.pending_pend_sv = True
        elif number == SYS_TICK:
            self.pending_systick = True
        else:
            self.pending_interrupts |= 1 << number - FIRST_IRQ
        self.interrupts_updated = True

    def exception_return(self, exc_return: int) -> None:
        """ExceptionReturn() and PopStack(), B1.5.8. What is UNPREDICTABLE there is a HardFault here."""
        number, kind = self.ipsr, exc_return & 0xF
        nested = bin(self.active).count("1") > 1
        valid = {_TO_HANDLER: nested, _TO_THREAD_MAIN: not nested, _TO_THREAD_PROCESS: not nested}
        if exc_return >> 4 & 0xFF_FFFF != 0xFF_FFFF or not valid.get(kind) or not self.active >> number & 1:
            self.hard_fault()
            return
        self.active &= ~(1 << number)
        if number >= FIRST_IRQ and self.lines >> number - FIRST_IRQ & 1:
            self.pending_interrupts |= 1 << number - FIRST_IRQ
        self.current_mode = HANDLER if kind == _TO_HANDLER else THREAD
        self.switch_stack(PROCESS if kind == _TO_THREAD_PROCESS else MAIN)
        frame = self.r[SP]
        if not all(address_map.mapped((frame + 4 * place) & 0xFFFF_FFFF) for place in range(8)):
            # A fault while unstacking: a HardFault follows on the same frame.
            self.r[LR] = 0xF000_0000 | exc_return
            if self.execution_priority() < 0:
                self._lock_up()
            else:
                self._taken(HARD_FAULT, False)
            return
        self._pop(frame)
        if (self.current_mode == HANDLER) != (self.ipsr != 0):
            self.hard_fault()
            return
        self.event_registered = True
        self.interrupts_updated = True
        if self.sleep_on_exit and self.current_mode == THREAD:
            self.wait_for_interrupt()

    def _pop(self, frame: int) -> None:
        registers, mcu = self.r, self.rp2040
        values = [int(mcu.read_uint32((frame + 4 * place) & 0xFFFF_FFFF)) for place in range(8)]
        for index, value in zip((0, 1, 2, 3, 12, LR), values, strict=False):
            registers[index] = value
        registers[PC] = values[6] & 0xFFFF_FFFE
        psr = values[7]
        registers[SP] = (frame + _FRAME_BYTES & 0xFFFF_FFFF) | (psr >> 7 & 4)
        self.apsr = psr & _FLAGS
        self.ipsr = 0 if self.current_mode == THREAD and self.n_priv else psr & 0x3F
        self.thumb = bool(psr & _THUMB)
        self.on_frame(frame, False)

    # Faults ---------------------------------------------------------------------------------------

    def hard_fault(self) -> None:
        """The instruction at the program counter faults (B1.5.14); at the priority of HardFault or NMI the core locks
        up instead (B1.5.15)."""
        if self.execution_priority() < 0:
            self._lock_up()
        else:
            self.exception_entry(HARD_FAULT)

    def _lock_up(self) -> None:
        self.r[PC] = LOCKUP
        self.locked_up = True
        self.on_lockup()


def _bits(mask: int) -> Iterator[int]:
    while mask:
        yield (mask & -mask).bit_length() - 1
        mask &= mask - 1
