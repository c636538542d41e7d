"""Instructions against the ARMv6-M Architecture Reference Manual (DDI 0419), where other emulators differ from it."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import pytest
from core_bench import CODE, ENGINES, STACK, CoreBench, State
from kesu.emulator.core.facts import SRAM_BASE

_LSLS, _LSRS, _ASRS, _ADCS, _SBCS, _RORS = (0x4088, 0x40C8, 0x4108, 0x4148, 0x4188, 0x41C8)
"""With r0 as first operand and result, r1 as second."""
WORDS = SRAM_BASE + 0x1000


@pytest.fixture(params=ENGINES)
def bench(request: pytest.FixtureRequest) -> CoreBench:
    return CoreBench(request.param)


# instruction, r0, r1, flags before, r0, flags after. A2.2.1: Shift_C(), AddWithCarry(); A6.7: the instructions.
SHIFTS = [
    (_LSLS, 0x8000_0001, 0, "C", 0x8000_0001, "NC"),  # a count of 0 leaves C
    (_LSLS, 0x8000_0001, 0, "", 0x8000_0001, "N"),
    (_LSLS, 0x8000_0001, 1, "", 2, "C"),
    (_LSLS, 0x8000_0001, 32, "", 0, "ZC"),  # bit 0 goes to C
    (_LSLS, 0x8000_0000, 32, "C", 0, "Z"),
    (_LSLS, 0xFFFF_FFFF, 33, "C", 0, "Z"),
    (_LSLS, 0xFFFF_FFFF, 0x101, "", 0xFFFF_FFFE, "NC"),  # bits 7:0 of the register count
    (_LSRS, 0x8000_0001, 0, "C", 0x8000_0001, "NC"),
    (_LSRS, 0x8000_0001, 0, "", 0x8000_0001, "N"),
    (_LSRS, 0x8000_0001, 1, "", 0x4000_0000, "C"),
    (_LSRS, 0x8000_0001, 32, "", 0, "ZC"),  # bit 31 goes to C
    (_LSRS, 0x7FFF_FFFF, 32, "C", 0, "Z"),
    (_LSRS, 0xFFFF_FFFF, 33, "C", 0, "Z"),
    (_LSRS, 0xFFFF_FFFF, 255, "C", 0, "Z"),
    (_ASRS, 0x8000_0000, 0, "C", 0x8000_0000, "NC"),
    (_ASRS, 0x8000_0000, 0, "", 0x8000_0000, "N"),
    (_ASRS, 0x8000_0000, 32, "", 0xFFFF_FFFF, "NC"),
    (_ASRS, 0x7FFF_FFFF, 32, "C", 0, "Z"),
    (_ASRS, 0x8000_0000, 200, "", 0xFFFF_FFFF, "NC"),
    (_ASRS, 0x7FFF_FFFF, 200, "C", 0, "Z"),
    (_RORS, 0x8000_0001, 0, "C", 0x8000_0001, "NC"),
    (_RORS, 0x8000_0001, 0, "", 0x8000_0001, "N"),
    (_RORS, 0x8000_0001, 32, "", 0x8000_0001, "NC"),  # a whole turn: bit 31 goes to C
    (_RORS, 0x0000_0001, 64, "C", 1, ""),
    (_RORS, 0x0000_0001, 33, "", 0x8000_0000, "NC"),
]
SUMS = [
    (_ADCS, 0x7FFF_FFFF, 0, "C", 0x8000_0000, "NV"),  # the carry alone causes the overflow
    (_ADCS, 0, 0x7FFF_FFFF, "C", 0x8000_0000, "NV"),
    (_ADCS, 0x7FFF_FFFF, 0xFFFF_FFFF, "C", 0x7FFF_FFFF, "C"),
    (_ADCS, 0xFFFF_FFFF, 0, "C", 0, "ZC"),
    (_ADCS, 0xFFFF_FFFF, 0xFFFF_FFFF, "C", 0xFFFF_FFFF, "NC"),
    (_ADCS, 0x8000_0000, 0x8000_0000, "", 0, "ZCV"),
    (_SBCS, 0x8000_0000, 0, "", 0x7FFF_FFFF, "CV"),  # the borrow alone causes the overflow
    (_SBCS, 0, 0x7FFF_FFFF, "", 0x8000_0000, "N"),
    (_SBCS, 0x7FFF_FFFF, 0xFFFF_FFFF, "", 0x7FFF_FFFF, ""),
    (_SBCS, 0, 0xFFFF_FFFF, "", 0, "Z"),
    (_SBCS, 5, 5, "C", 0, "ZC"),
    (_SBCS, 5, 5, "", 0xFFFF_FFFF, "N"),
]


def test_shifts_and_sums_by_the_manual(bench: CoreBench) -> None:
    for op, first, second, before, result, after in SHIFTS + SUMS:
        then = bench.execute([op], State({0: first, 1: second}, before))
        assert (then.registers[0], then.flags) == (result, after), (
            f"{op:04x} {first:08x} {second:08x} {before}"
        )


def test_stm_stores_and_writes_back_a_base_that_is_in_its_list(bench: CoreBench) -> None:
    """A6.7.58: as the lowest register of the list the base is stored as it was; it is written back in any case."""
    then = bench.execute([0xC003], State({0: WORDS, 1: 0x1111_1111}))  # stmia r0!, {r0, r1}
    assert then.registers[0] == WORDS + 8
    assert (bench.word(WORDS), bench.word(WORDS + 4)) == (WORDS, 0x1111_1111)


def test_ldm_loads_a_base_that_is_in_its_list(bench: CoreBench) -> None:
    """A6.7.25: no write-back then."""
    bench.place(WORDS, [1, 0, 2, 0])
    assert bench.execute([0xC803], State({0: WORDS})).registers[0] == 1  # ldmia r0, {r0, r1}
    assert bench.execute([0xC802], State({0: WORDS})).registers[0] == WORDS + 4  # ldmia r0!, {r1}


def test_blx_lr_goes_to_the_old_link_register(bench: CoreBench) -> None:
    """A6.7.14: the target is read before LR is written."""
    then = bench.execute([0x47F0], State({14: CODE + 0x41}))
    assert (then.registers[15], then.registers[14]) == (CODE + 0x40, CODE + 2 | 1)


def test_hints_that_are_not_allocated_do_nothing(bench: CoreBench) -> None:
    for op in (0xBF00, 0xBF10, 0xBF50, 0xBFF0):
        then = bench.execute([op], State({1: 7}, "C"))
        assert (then.registers[15], then.registers[1], then.flags) == (CODE + 2, 7, "C")


HARD_FAULT = SRAM_BASE + 0x4000
FAULTS = {
    "unaligned word": ([0x6808], {1: WORDS + 2}),  # ldr r0, [r1]
    "unaligned halfword": ([0x8008], {1: WORDS + 1}),  # strh r0, [r1]
    "unaligned stm": ([0xC101], {1: WORDS + 1}),
    "nothing below SRAM": ([0x7808], {1: 0x1FFF_FFFF}),
    "nothing above SRAM": ([0x6008], {1: 0x2004_2000}),
    "flash through an alias": ([0x6008], {1: 0x1300_0000}),
    "undefined": ([0xDE00], {}),
    "undefined, 32 bits": ([0xF7F0, 0xA000], {}),
    "if-then of ARMv7-M": ([0xBF08], {}),
    "breakpoint": ([0xBE00], {}),
    "branch to an even address": ([0x4708], {1: CODE}),  # bx r1
    "branch to a device": ([0x4708], {1: 0x5010_0001}),
    "exception return without an exception": ([0x4708], {1: 0xFFFF_FFF9}),
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_the_manual_calls_a_fault_enters_hard_fault(bench: CoreBench, name: str) -> None:
    """B1.5.14, table of faults; B1.5.6 for the frame: the return address is the instruction that faults."""
    code, registers = FAULTS[name]
    bench.core.vtor = SRAM_BASE
    bench.place(SRAM_BASE + 12, [(HARD_FAULT | 1) & 0xFFFF, HARD_FAULT >> 16])
    bench.place(HARD_FAULT, [0xBF00, 0xBE00])
    then = bench.execute(code, State({**registers, 0: 5}, "C"))
    moved = name.startswith(("branch", "exception"))
    if moved:
        bench.step()
        then.registers = {index: int(bench.core.r[index]) for index in range(16)}
    assert (then.registers[15], bench.core.ipsr) == (HARD_FAULT, 3)
    assert then.registers[13] == STACK - 0x20
    at = {"branch to a device": 0x5010_0000, "exception return without an exception": 0xFFFF_FFF8}.get(
        name, CODE
    )
    assert bench.word(STACK - 8) == at
    thumb = 0 if name == "branch to an even address" else 1 << 24
    assert bench.word(STACK - 4) == 0x2000_0000 | thumb
    bench.step(2)  # NOP, BKPT: a fault in the handler of a fault locks up (B1.5.15)
    assert bench.core.locked_up
    assert bench.core.r[15] == 0xFFFF_FFFE


def test_stores_to_rom_and_cached_flash_have_no_effect(bench: CoreBench) -> None:
    before = bytes(bench.mcu.flash[:16]), list(bench.mcu.bootrom[:4])
    for address in (0, 0x1000_0000):
        for op in ([0x6008], [0x7008], [0xC101]):  # str, strb, stmia
            then = bench.execute(op, State({0: 0x5A5A_5A5A, 1: address}))
            assert then.registers[15] == CODE + 2
    assert (bytes(bench.mcu.flash[:16]), list(bench.mcu.bootrom[:4])) == before
    bench.execute([0x6008], State({0: 0x5A5A_5A5A, 1: WORDS}))
    assert bench.word(WORDS) == 0x5A5A_5A5A


def test_special_registers_by_the_manual(bench: CoreBench) -> None:
    """B5.2.2, B5.2.3: a write of xPSR changes the flags alone, and EPSR reads as 0."""
    core = bench.core
    bench.execute([0xF380, 0x8803], State({0: 0xF100_0015}))  # msr xpsr, r0
    assert (core.apsr, core.ipsr, core.thumb) == (0xF000_0000, 0, True)
    assert bench.execute([0xF3EF, 0x8003], State({}, "NC")).registers[0] == 0xA000_0000  # mrs r0, xpsr
    bench.execute([0xF380, 0x8809], State({0: STACK + 0x103}))  # msr psp, r0
    assert core.sp_process == STACK + 0x100
    bench.execute([0xF380, 0x8814], State({0: 1}))  # msr control, r0: unprivileged from here on
    bench.execute([0xF380, 0x8810], State({0: 1}))  # msr primask, r0
    assert (core.n_priv, core.pm) == (True, False)
    bench.execute([0xB672], State({}))  # cpsid i
    assert not core.pm
    assert bench.execute([0xF3EF, 0x8008], State({0: 9})).registers[0] == 0  # mrs r0, msp
