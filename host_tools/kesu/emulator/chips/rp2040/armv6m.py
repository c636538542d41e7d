"""armv6m: rp2040py's core, corrected to the ARMv6-M Architecture Reference Manual (DDI 0419).

rp2040py is a port of rp2040js and differs from the manual in flags, in STM, BLX and MSR, and it has no faults. Each
instruction for which that matters is executed here, all others by rp2040py; in a normal run thumb.c executes nearly
all of them. Cycle counts are rp2040py's. `kesu dev oracle` compares the result with unicorn.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rp2040py.cortex_m0_core import CortexM0Core

from kesu.emulator.chips.rp2040 import address_map
from kesu.emulator.chips.rp2040.exceptions import HANDLER, LR, PC, SP, SV_CALL
from kesu.emulator.chips.rp2040.special_registers import SpecialRegisters

_WORD = 0xFFFF_FFFF
_Rule = Callable[["Armv6M", int, int], int]
"""Executes one instruction. Arguments: core, instruction, its address. Returns cycles."""


class _Fault(Exception):
    """The instruction ends in a HardFault; nothing has changed."""


class Armv6M(SpecialRegisters):
    """The core of one RP2040. `execute_instruction` and all that it needs replace rp2040py's.

    on_access: called with address, size, whether it is a store, value and place of each load and store that is executed
    here or by rp2040py; for a chip without a core in C, which has its own table.
    """

    on_access: Callable[[int, int, bool, int, int], None] | None = None

    def execute_instruction(self) -> int:
        """Take a pending exception, then execute one instruction. Returns its cycles."""
        if self.interrupts_updated:
            self.check_for_interrupts()
        if self.locked_up:
            return 1
        registers = self.r
        pc = registers[PC] & 0xFFFF_FFFE
        if not (self.thumb and address_map.executable(pc)):
            return self.execute_fault()
        opcode = self.rp2040.read_uint16(pc)
        rule = _RULES[opcode >> 6]
        if rule is None:
            return self.execute_plain()
        registers[PC] = pc + 2
        try:
            cycles = rule(self, opcode, pc)
        except _Fault:
            registers[PC] = pc
            cycles = 1
            self.hard_fault()
        self.cycles += cycles
        return cycles

    def execute_plain(self) -> int:
        """Execute one instruction that rp2040py executes as the manual says."""
        return int(CortexM0Core.execute_instruction(self))

    def execute_fault(self) -> int:
        """The next instruction faults. Returns the cycles."""
        self.hard_fault()
        self.cycles += 1
        return 1

    # Flags (A2.2.1) ------------------------------------------------------------------------------

    def _result(self, value: int) -> int:
        value &= _WORD
        self.n, self.z = bool(value >> 31), not value
        return value

    def _add_with_carry(self, one: int, other: int, carry: int) -> int:
        total = one + other + carry
        with_sign = _signed(one) + _signed(other) + carry
        result = self._result(total)
        self.c = bool(total >> 32)
        self.v = with_sign != _signed(result)
        return result

    def _data_processing(self, op: int, _pc: int) -> int:
        """LSLS, LSRS, ASRS, ADCS, SBCS, RORS with registers (A6.7)."""
        registers = self.r
        was, other = registers[op & 7], registers[op >> 3 & 7]
        kind, count = op >> 6 & 15, other & 255
        if kind in (5, 6):
            registers[op & 7] = self._add_with_carry(was, other if kind == 5 else other ^ _WORD, int(self.c))
            return 1
        if kind == 2:
            wide = was << count
            result, carry = wide, wide >> 32 & 1
        elif kind == 7:
            turn = count & 31
            result = was >> turn | was << 32 - turn
            carry = result >> 31 & 1
        else:  # the bit to the right of the result goes to C
            wide = (was if kind == 3 else _signed(was)) << 1 >> count
            result, carry = wide >> 1, wide & 1
        registers[op & 7] = self._result(result)
        if count:
            self.c = bool(carry)
        return 1

    # Branches (B1.4.7, A6.7.14, A6.7.15) ----------------------------------------------------------

    def _branch_exchange(self, address: int) -> None:
        """BXWritePC(): an exception return, or a branch that sets EPSR.T."""
        if self.current_mode == HANDLER and address >> 28 == 0xF:
            self.exception_return(address & 0x0FFF_FFFF)
            return
        self.thumb = bool(address & 1)
        self.r[PC] = address & 0xFFFF_FFFE

    def _exchange(self, op: int, pc: int) -> int:
        if op & 7:
            raise _Fault
        index = op >> 3 & 15
        to = pc + 4 if index == PC else self.r[index]
        if op & 0x80:
            self.r[LR] = pc + 2 | 1
            self.thumb = bool(to & 1)
            self.r[PC] = to & 0xFFFF_FFFE
        else:
            self._branch_exchange(to)
        return 2

    # Memory --------------------------------------------------------------------------------------

    def _check(self, address: int, size: int, store: bool) -> None:
        if (
            address & (size - 1)
            or (address_map.store_faults(address) if store else not address_map.mapped(address))
            or (address_map.private(address) and not self.privileged)
        ):
            raise _Fault

    def _load_or_store(self, op: int, pc: int) -> int:
        address, size, store = self._operand(op, pc)
        self._check(address, size, store)
        if self.on_access is not None:
            self.on_access(address, size, store, self._stored(op) & (1 << 8 * size) - 1, pc)
        if store and address_map.read_only(address):
            return 2
        self.r[PC] = pc
        cycles = self.execute_plain()
        self.cycles -= cycles  # counted by the caller
        return cycles

    def _operand(self, op: int, pc: int) -> tuple[int, int, bool]:
        """Address, size and direction of a load or store."""
        registers, top = self.r, op >> 12
        if top == 4:
            return (pc + 4 & 0xFFFF_FFFC) + 4 * (op & 255) & _WORD, 4, False
        base, imm5 = registers[op >> 3 & 7], op >> 6 & 31
        if top == 5:
            size, store = ((4, 1), (2, 1), (1, 1), (1, 0), (4, 0), (2, 0), (1, 0), (2, 0))[op >> 9 & 7]
            return base + registers[op >> 6 & 7] & _WORD, size, bool(store)
        store = not op & 0x800
        if top == 9:
            return registers[SP] + 4 * (op & 255) & _WORD, 4, store
        size = {6: 4, 7: 1, 8: 2}[top]
        return base + size * imm5 & _WORD, size, store

    def _stored(self, op: int) -> int:
        """What a store would store."""
        return int(self.r[op >> 8 & 7 if op >> 12 == 9 else op & 7])

    def _transfer(self, indices: list[int], address: int, store: bool, pc: int) -> list[int]:
        """LDM, STM, PUSH, POP: consecutive words from `address` on. Returns what was loaded."""
        places = [address + 4 * place & _WORD for place in range(len(indices))]
        for place in places:
            self._check(place, 4, store)
        if self.on_access is not None:
            for index, place in zip(indices, places, strict=True):
                self.on_access(place, 4, store, int(self.r[index]), pc)
        if not store:
            return [int(self.rp2040.read_uint32(place)) for place in places]
        for index, place in zip(indices, places, strict=True):
            if not address_map.read_only(place):
                self.rp2040.write_uint32(place, self.r[index])
        return []

    def _multiple(self, op: int, pc: int) -> int:
        """LDM; STM, which writes its base back even if it is in the list (A6.7.25, A6.7.58)."""
        indices = [index for index in range(8) if op >> index & 1]
        base, load = op >> 8 & 7, op & 0x800
        if not indices:
            raise _Fault  # UNPREDICTABLE
        address = self.r[base]
        values = self._transfer(indices, address, not load, pc)
        if not load or base not in indices:
            self.r[base] = address + 4 * len(indices) & _WORD
        for index, value in zip(indices, values, strict=bool(load)):
            self.r[index] = value
        return 1 + len(indices)

    def _push(self, op: int, pc: int) -> int:
        indices = [index for index in range(8) if op >> index & 1] + ([LR] if op & 0x100 else [])
        if not indices:
            raise _Fault  # UNPREDICTABLE
        address = self.r[SP] - 4 * len(indices) & _WORD
        self._transfer(indices, address, True, pc)
        self.r[SP] = address
        return 1 + bin(op & 0xFF).count("1")

    def _pop_registers(self, op: int, pc: int) -> int:
        low = [index for index in range(8) if op >> index & 1]
        indices = low + ([PC] if op & 0x100 else [])
        if not indices:
            raise _Fault  # UNPREDICTABLE
        address = self.r[SP]
        values = self._transfer(indices, address, False, pc)
        for index, value in zip(low, values, strict=False):
            self.r[index] = value
        self.r[SP] = address + 4 * len(indices) & _WORD
        if not op & 0x100:
            return 1 + len(low)
        self._branch_exchange(values[-1])
        return 3 + len(low)

    # Exceptions, hints, special registers ---------------------------------------------------------

    def _undefined(self, _op: int, _pc: int) -> int:
        """UDF, what is not allocated, and BKPT without a debugger (C1.6.1)."""
        raise _Fault

    def _supervisor_call(self, _op: int, _pc: int) -> int:
        """SVC; a HardFault when SVCall cannot preempt what runs (B1.5.14)."""
        if self.exception_priority(SV_CALL) >= self.execution_priority():
            raise _Fault
        self.exception_entry(SV_CALL)
        return 1

    def _change_state(self, op: int, _pc: int) -> int:
        """CPSIE i, CPSID i (B5.2.1)."""
        if op & 0xFFEF != 0xB662:
            raise _Fault
        if self.privileged:
            self.pm = bool(op & 0x10)
            if not self.pm:
                self.interrupts_updated = True
        return 1

    def _hint(self, op: int, _pc: int) -> int:
        """WFE, WFI, SEV; NOP, YIELD, and hints that are not allocated, which are NOPs (A5.2.5)."""
        if op & 0xF:
            raise _Fault  # IT of ARMv7-M
        if op == 0xBF20:
            if self.event_registered:
                self.event_registered = False
            else:
                self.wait_for_event()
            return 2
        if op == 0xBF30:
            self.wait_for_interrupt()
            return 2
        if op == 0xBF40:
            self.event_registered = True
        return 1

    def _wide(self, op: int, pc: int) -> int:
        if not address_map.executable(pc + 2):
            raise _Fault
        second = self.rp2040.read_uint16(pc + 2)
        self.r[PC] = pc + 4
        if op == 0xF3EF and second & 0xF000 == 0x8000:
            self.r[second >> 8 & 15] = self.read_special_register(second & 255)
        elif op & 0xFFF0 == 0xF380 and second & 0xFF00 == 0x8800:
            self.write_special_register(second & 255, self.r[op & 15])
        elif second & 0xD000 == 0xD000:
            self._branch_with_link(op, second, pc)
        elif op != 0xF3BF or second & 0xFF80 != 0x8F00 or not 4 <= second >> 4 & 7 <= 6:
            raise _Fault
        return 3

    def _branch_with_link(self, op: int, second: int, pc: int) -> None:
        """BL (A6.7.13)."""
        sign = op >> 10 & 1
        one, two = (~(bit ^ sign) & 1 for bit in (second >> 13 & 1, second >> 11 & 1))
        offset = one << 23 | two << 22 | (op & 0x3FF) << 12 | (second & 0x7FF) << 1
        self.r[LR] = pc + 4 | 1
        self.r[PC] = pc + 4 + offset - (sign << 24) & _WORD


_HERE: tuple[tuple[_Rule, tuple[tuple[int, int], ...]], ...] = (
    (Armv6M._data_processing, ((0x4080, 0x41FF),)),
    (Armv6M._exchange, ((0x4700, 0x47FF),)),
    (Armv6M._load_or_store, ((0x4800, 0x9FFF),)),
    (Armv6M._multiple, ((0xC000, 0xCFFF),)),
    (Armv6M._push, ((0xB400, 0xB5FF),)),
    (Armv6M._pop_registers, ((0xBC00, 0xBDFF),)),
    (
        Armv6M._undefined,
        (
            (0xB100, 0xB1FF),
            (0xB300, 0xB3FF),
            (0xB600, 0xB63F),
            (0xB680, 0xB9FF),
            (0xBA80, 0xBABF),
            (0xBB00, 0xBBFF),
            (0xBE00, 0xBEFF),
            (0xDE00, 0xDEFF),
            (0xE800, 0xEFFF),
            (0xF800, 0xFFFF),
        ),
    ),
    (Armv6M._supervisor_call, ((0xDF00, 0xDFFF),)),
    (Armv6M._change_state, ((0xB640, 0xB67F),)),
    (Armv6M._hint, ((0xBF00, 0xBFFF),)),
    (Armv6M._wide, ((0xF000, 0xF7FF),)),
)
"""What is executed here and not by rp2040py: first and last instructions, in steps of 64."""
_RULES: list[_Rule | None] = [None] * 0x400
"""The same, by bits 15:6 of the instruction."""
for _rule, _ranges in _HERE:
    for _first, _last in _ranges:
        _RULES[_first >> 6 : (_last >> 6) + 1] = [_rule] * ((_last >> 6) - (_first >> 6) + 1)


def _signed(value: int) -> int:
    return value - (value >> 31 << 32)


def attach(mcu: Any) -> Armv6M:
    """Replace the chip's core; its registers keep their place in the chip's reset and bus."""
    core = Armv6M(mcu)
    mcu.core = core
    return core
