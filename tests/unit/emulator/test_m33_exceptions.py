"""test_m33_exceptions: exceptions, faults and sleep of the Pico 2's core, by hand-written guests.

No other emulator that can be used here models them, so the expected states are from the Armv8-M Architecture Reference
Manual (DDI 0553B); each test names its section.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import pytest
from kesu.emulator.chips.rp2350 import m33
from m33_guest import FULL_ACCESS, LOG, STACK, Guest

IRQ = 16
HARD_FAULT, BUS_FAULT, USAGE_FAULT, SVCALL, PENDSV, SYSTICK = 3, 5, 6, 11, 14, 15
STKOF, UNDEFINSTR, INVPC, NOCP, UNALIGNED, DIVBYZERO = (1 << bit for bit in (20, 16, 18, 19, 24, 25))
PRECISERR_BFARVALID = 1 << 9 | 1 << 15
FORCED, DEBUGEVT = 1 << 30, 1 << 31
LSPACT = 1
SEVONPEND = 1 << 4
PSR_T, PSR_C = 1 << 24, 1 << 29
FRAME, FULL_FRAME = 0x20, 0x68
WAIT = "main:\n nop\n nop\n nop\n nop\n nop\n b main\n"


def test_entry_stacks_eight_words_and_return_restores_them() -> None:
    """B3.18 (stack layout), B3.20 (entry), B3.22 (EXC_RETURN), B3.21 (return)."""
    guest = Guest(WAIT + "handler:\n movs r0, #9\n mov r12, r0\n cmp r0, #9\n bx lr\n", {IRQ + 5: "handler"})
    state = guest.state
    for number in (0, 1, 2, 3, 12, 14):
        state.r[number] = 0x100 + number
    state.c = 1
    guest.enable(5)
    guest.run(2)
    returns_to = state.r[15]
    guest.core.line(5, True)
    guest.run(1)
    assert state.ipsr == IRQ + 5
    assert state.r[13] == STACK - FRAME
    assert state.r[14] == 0xFFFF_FFF9, "to thread mode, main stack, no floating-point frame"
    frame = guest.words(STACK - FRAME, 8)
    assert frame == [0x100, 0x101, 0x102, 0x103, 0x10C, 0x10E, returns_to, PSR_T | PSR_C]
    guest.core.line(5, False)
    guest.run(4)
    assert (state.ipsr, state.r[13], state.r[15], state.c) == (0, STACK, returns_to, 1)
    assert [state.r[number] for number in (0, 1, 2, 3, 12, 14)] == [0x100, 0x101, 0x102, 0x103, 0x10C, 0x10E]


def test_a_frame_is_aligned_to_eight_bytes_and_bit_9_says_so() -> None:
    """B3.19: RETPSR.SPREALIGN."""
    guest = Guest(WAIT + "handler:\n bx lr\n", {IRQ: "handler"})
    guest.state.r[13] = STACK - 4
    guest.enable(0)
    guest.core.line(0, True)
    guest.run(1)
    assert guest.state.r[13] == STACK - 8 - FRAME
    assert guest.word(STACK - 8 - FRAME + 28) & 1 << 9
    guest.core.line(0, False)
    guest.run(1)
    assert guest.state.r[13] == STACK - 4


LOGGING = """
main: ldr r4, =LOG
 nop
 nop
 nop
 nop
loop: b loop
first: movs r0, #1
 str r0, [r4], #4
 nop
 nop
 movs r0, #11
 str r0, [r4], #4
 bx lr
second: movs r0, #2
 str r0, [r4], #4
 bx lr
.ltorg
"""


@pytest.mark.parametrize(
    ("priorities", "order"),
    [((0x80, 0x40), [1, 2, 11]), ((0x80, 0x80), [1, 11, 2]), ((0x40, 0x80), [1, 11, 2])],
)
def test_only_a_higher_priority_preempts(priorities: tuple[int, int], order: list[int]) -> None:
    """B3.13, B3.14: a lower number is a higher priority; an equal one waits."""
    guest = Guest(LOGGING, {IRQ + 7: "first", IRQ + 40: "second"})
    for irq, priority in zip((7, 40), priorities, strict=True):
        guest.enable(irq, priority)
    guest.run(1)
    guest.core.line(7, True)
    guest.core.line(7, False)
    guest.run(3)
    guest.core.line(40, True)
    guest.core.line(40, False)
    guest.run(20)
    assert guest.log(3) == order


@pytest.mark.parametrize(("register", "value"), [("primask", 1), ("basepri", 0x80), ("faultmask", 1)])
def test_mask_registers_hold_interrupts_back(register: str, value: int) -> None:
    """B3.32 (priority boosting): pending until the mask is gone."""
    guest = Guest(LOGGING, {IRQ + 7: "first"})
    guest.enable(7)
    setattr(guest.state, register, value)
    guest.core.line(7, True)
    guest.core.line(7, False)
    guest.run(4)
    assert guest.log(1) == [0]
    setattr(guest.state, register, 0)
    guest.state.check = 1
    guest.run(4)
    assert guest.log(1) == [1]


def test_a_level_that_is_still_high_pends_again_and_one_that_fell_does_not() -> None:
    """B3.32.1: the NVIC samples the line at the return."""
    for falls, entered in ((True, 1), (False, 2)):
        guest = Guest(WAIT + "handler:\n nop\n bx lr\n", {IRQ: "handler"})
        guest.enable(0)
        guest.core.line(0, True)
        guest.run(1)
        if falls:
            guest.core.line(0, False)
        guest.run(3)
        assert guest.state.exceptions == entered


FLOATS = """
main: vmov.f32 s3, #2.0
 nop
 nop
 nop
loop: b loop
uses: vmov.f32 s3, #4.0
 bx lr
plain: nop
 bx lr
"""
TWO, FOUR = 0x4000_0000, 0x4080_0000


def test_floating_point_state_is_stored_only_when_the_handler_uses_the_unit() -> None:
    """B3.24 (lazy state preservation): room is left, LSPACT set, FPCAR points there; the registers follow later."""
    guest = Guest(FLOATS, {IRQ: "uses"})
    state = guest.state
    guest.enable(0)
    guest.run(2)
    assert state.fpca == 1
    guest.core.line(0, True)
    guest.core.line(0, False)
    guest.run(1)
    assert state.r[13] == STACK - FULL_FRAME
    assert state.r[14] == 0xFFFF_FFE9, "with a floating-point frame"
    assert (state.fpccr & LSPACT, state.fpcar, state.fpca) == (LSPACT, STACK - FULL_FRAME + FRAME, 0)
    slot = STACK - FULL_FRAME + FRAME + 4 * 3
    assert guest.word(slot) == 0, "not stored yet"
    guest.run(1)
    assert (guest.word(slot), state.s[3], state.fpccr & LSPACT) == (TWO, FOUR, 0)
    guest.run(1)
    assert (state.s[3], state.fpca, state.r[13]) == (TWO, 1, STACK)


def test_a_handler_without_floating_point_leaves_the_registers_and_stores_nothing() -> None:
    """B3.24: the return clears LSPACT."""
    guest = Guest(FLOATS, {IRQ: "plain"})
    guest.enable(0)
    guest.run(2)
    guest.core.line(0, True)
    guest.core.line(0, False)
    guest.run(3)
    assert guest.state.ipsr == 0
    assert (guest.state.s[3], guest.state.fpccr & LSPACT, guest.state.fpca) == (TWO, 0, 1)
    assert guest.word(STACK - FULL_FRAME + FRAME + 4 * 3) == 0


def test_without_lazy_preservation_the_registers_are_stored_at_entry() -> None:
    """B3.24: FPCCR.LSPEN clear."""
    guest = Guest(FLOATS, {IRQ: "plain"})
    guest.state.fpccr = 1 << 31
    guest.enable(0)
    guest.run(2)
    guest.core.line(0, True)
    guest.run(1)
    assert guest.word(STACK - FULL_FRAME + FRAME + 4 * 3) == TWO


def fault(text: str, enabled: bool = True) -> Guest:
    """A guest that ran into a fault, and its handler's first instruction."""
    guest = Guest(
        f"main: {text}\n nop\nhard: b hard\nown: b own\n",
        {HARD_FAULT: "hard", USAGE_FAULT: "own", BUS_FAULT: "own"},
    )
    guest.state.sys_enabled = (1 << USAGE_FAULT | 1 << BUS_FAULT) if enabled else 0
    return guest


@pytest.mark.parametrize(
    ("text", "bits"),
    [
        ("udf #0", UNDEFINSTR),
        ("udf.w #0", UNDEFINSTR),
        ("ldm r5, {r0, r1}", UNALIGNED),
        ("ldrd r0, r1, [r5]", UNALIGNED),
        ("ldrex r0, [r5]", UNALIGNED),
        ("sdiv r0, r1, r6", DIVBYZERO),
        ("mcr p1, #0, r0, c0, c0", NOCP),
    ],
)
def test_a_usage_fault_returns_to_its_instruction_and_says_what_it_was(text: str, bits: int) -> None:
    """B3.12 (faults), D1.2.261 (UFSR), B3.23 (return addresses)."""
    guest = fault(text)
    guest.state.ccr |= 1 << 4
    guest.state.r[5], guest.state.r[6] = LOG + 1, 0
    at = guest.state.r[15]
    guest.run(1)
    assert (guest.state.ipsr, guest.state.cfsr) == (USAGE_FAULT, bits)
    assert guest.word(STACK - FRAME + 24) == at


def test_a_division_by_zero_gives_zero_without_the_trap() -> None:
    """C2.4.168 (SDIV), CCR.DIV_0_TRP clear."""
    guest = fault("sdiv r0, r1, r6")
    guest.state.r[0], guest.state.r[1], guest.state.r[6] = 5, 7, 0
    guest.run(1)
    assert (guest.state.ipsr, guest.state.r[0]) == (0, 0)


def test_floating_point_without_access_is_a_usage_fault() -> None:
    """B3.24, CPACR (D1.2.16)."""
    guest = fault("vmov.f32 s0, #1.0")
    guest.state.cpacr = FULL_ACCESS & ~(0xF << 20)
    guest.run(1)
    assert (guest.state.ipsr, guest.state.cfsr) == (USAGE_FAULT, NOCP)


@pytest.mark.parametrize("address", [0x4FFF_0000, 0xE010_0000, 0xE301_2658, 0xFFFF_FFFC])
@pytest.mark.parametrize("access", ["ldr", "str"])
def test_an_access_to_nothing_is_a_bus_fault_with_its_address(access: str, address: int) -> None:
    """D1.2.9 (BFAR), D1.2.15 (BFSR)."""
    guest = fault(f"{access} r0, [r5]")
    guest.state.r[5] = address
    guest.run(1)
    assert (guest.state.ipsr, guest.state.cfsr, guest.state.bfar) == (
        BUS_FAULT,
        PRECISERR_BFARVALID,
        address,
    )


def test_a_fault_whose_handler_is_disabled_becomes_a_hard_fault() -> None:
    """B3.12 (escalation), D1.2.78 (HFSR.FORCED)."""
    guest = fault("udf #0", enabled=False)
    guest.run(1)
    assert (guest.state.ipsr, guest.state.hfsr, guest.state.cfsr) == (HARD_FAULT, FORCED, UNDEFINSTR)


def test_a_breakpoint_without_a_debugger_is_a_hard_fault_and_in_its_handler_a_lockup() -> None:
    """B12.3 (BKPT), B3.33 (lockup)."""
    guest = Guest("main: bkpt #0\n nop\nhard: bkpt #0\n nop\n", {HARD_FAULT: "hard"})
    assert guest.run(1) == m33.NOTHING
    assert (guest.state.ipsr, guest.state.hfsr) == (HARD_FAULT, DEBUGEVT)
    assert guest.run(1) == m33.LOCKUP


@pytest.mark.parametrize(
    "text", ["push {r0-r7, lr}", "sub sp, #64", "stmdb sp!, {r0-r8}", "str r0, [sp, #-64]!"]
)
def test_a_stack_below_its_limit_is_a_usage_fault_and_nothing_is_stored(text: str) -> None:
    """B3.9 (stack limit checks), D1.2.261 (STKOF); the frame itself fits."""
    guest = fault(text)
    guest.state.msplim = STACK - FRAME
    guest.run(1)
    assert (guest.state.ipsr, guest.state.cfsr) == (USAGE_FAULT, STKOF)
    assert guest.words(STACK - 4 * 16, 8) == [0] * 8
    within = fault(text)
    within.state.msplim = STACK - 64 - FRAME
    within.run(1)
    assert (within.state.ipsr, within.state.cfsr) == (0, 0)


def test_a_return_with_an_impossible_value_is_a_usage_fault() -> None:
    """B3.27 (integrity checks)."""
    guest = Guest(
        WAIT + "handler:\n mvn lr, #0\n bx lr\nusage: b usage\n", {IRQ: "handler", USAGE_FAULT: "usage"}
    )
    guest.state.sys_enabled = 1 << USAGE_FAULT
    guest.enable(0)
    guest.core.line(0, True)
    guest.core.line(0, False)
    guest.run(3)
    assert (guest.state.ipsr, guest.state.cfsr) == (USAGE_FAULT, INVPC)


def test_a_call_to_the_supervisor_returns_to_the_next_instruction() -> None:
    """B3.23, C2.4.223 (SVC)."""
    guest = Guest("main: svc #3\n movs r0, #7\n b main\nhandler: bx lr\n", {SVCALL: "handler"})
    after = guest.state.r[15] + 2
    guest.run(1)
    assert (guest.state.ipsr, guest.word(STACK - FRAME + 24)) == (SVCALL, after)
    guest.run(2)
    assert guest.state.r[0] == 7


def test_an_interrupt_inside_an_it_block_goes_on_with_the_block() -> None:
    """B3.5.2 (EPSR.IT is stacked), C1.3.7."""
    guest = Guest(
        "main: movs r0, #0\n cmp r0, #0\n ittee eq\n moveq r1, #1\n moveq r2, #2\n movne r1, #3\n"
        " movne r2, #4\nloop: b loop\nhandler: cmp r0, #1\n bx lr\n",
        {IRQ: "handler"},
    )
    guest.enable(0)
    guest.run(4)
    guest.core.line(0, True)
    guest.core.line(0, False)
    guest.run(3 + 3)
    assert (guest.state.r[1], guest.state.r[2]) == (1, 2)


def test_an_exception_between_load_and_store_exclusive_makes_the_store_fail() -> None:
    """B8.3: the local monitor is cleared by entry and return."""
    text = "main: ldr r5, =LOG\n ldrex r0, [r5]\n nop\n strex r1, r6, [r5]\nloop: b loop\nhandler: bx lr\n.ltorg\n"
    for interrupted, status in ((False, 0), (True, 1)):
        guest = Guest(text, {IRQ: "handler"})
        guest.state.r[6] = 5
        guest.enable(0)
        guest.run(2)
        if interrupted:
            guest.core.line(0, True)
            guest.core.line(0, False)
            guest.run(2)
        guest.run(2)
        assert guest.state.r[1] == status
        assert guest.log(1) == [0 if interrupted else 5]


def test_wfe_takes_the_event_of_sev_once() -> None:
    """B9.1 (wait for event)."""
    guest = Guest("main: sev\n wfe\n wfe\n nop\n")
    guest.state.event = 0
    assert guest.run(2) == m33.NOTHING
    assert guest.run(1) == m33.WFE


@pytest.mark.parametrize(("scr", "wakes"), [(0, False), (SEVONPEND, True)])
def test_a_disabled_interrupt_wakes_wfe_only_with_sevonpend(scr: int, wakes: bool) -> None:
    """B9.1: a new pending state is an event if SCR.SEVONPEND is set."""
    guest = Guest("main: wfe\n movs r0, #1\nloop: b loop\n")
    guest.state.event, guest.state.scr = 0, scr
    assert guest.run(1) == m33.WFE
    guest.core.line(9, True)
    assert bool(guest.state.event) == wakes


@pytest.mark.parametrize(
    ("primask", "enabled", "wakes"), [(0, True, True), (1, True, True), (0, False, False)]
)
def test_wfi_wakes_for_an_enabled_interrupt_even_if_masked(primask: int, enabled: bool, wakes: bool) -> None:
    """B9.3 (wait for interrupt): PRIMASK has no effect on waking."""
    guest = Guest("main: wfi\n nop\n")
    guest.state.primask = primask
    if enabled:
        guest.enable(3)
    assert guest.run(1) == m33.WFI
    guest.core.line(3, True)
    assert bool(guest.core._wakes(guest.core._address)) == wakes


def test_systick_interrupts_once_in_each_period() -> None:
    """B14.1: counts from RVR to 0, then reloads; the interrupt pends at 0."""
    guest = Guest(
        "main: ldr r5, =SCS\n movs r0, #99\n str r0, [r5, #0x14]\n str r0, [r5, #0x18]\n movs r0, #7\n"
        " str r0, [r5, #0x10]\nloop: b loop\nhandler: adds r7, #1\n bx lr\n.ltorg\n",
        {SYSTICK: "handler"},
    )
    guest.run(6)
    guest.core._go(guest.state.cycle + 1_000, m33.FOREVER)
    assert guest.state.r[7] >= 9 or guest.state.exceptions == 10
    assert guest.state.exceptions == 10


def test_pendsv_runs_after_the_interrupt_that_asked_for_it() -> None:
    """B3.13: the lowest priority goes last; B3.30 (tail-chaining)."""
    guest = Guest(
        "main: ldr r4, =LOG\nloop: b loop\nhandler: ldr r5, =0xe000ed04\n mov r0, #0x10000000\n str r0, [r5]\n"
        " movs r0, #1\n str r0, [r4], #4\n bx lr\nlater: movs r0, #2\n str r0, [r4], #4\n bx lr\n.ltorg\n",
        {IRQ: "handler", PENDSV: "later"},
    )
    guest.state.shpr[2] = 0xF0 << 16
    guest.enable(0, 0x40)
    guest.run(1)
    guest.core.line(0, True)
    guest.core.line(0, False)
    guest.run(14)
    assert guest.log(2) == [1, 2]
