"""Exceptions against the ARMv6-M Architecture Reference Manual (DDI 0419): guests whose expected states are worked out
by hand from its pseudocode. No other emulator checks these. Each test names its section."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import pytest
from core_bench import ENGINES, STACK, Guest

IRQ_A = 26
"""An interrupt of the RP2040 without a peripheral; 27, IRQ B, is another."""


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def run(source: str, engine: str, us: float = 200.0) -> Guest:
    guest = Guest(source, engine)
    guest.run(us)
    return guest


SVC_FRAME = """
    .thumb_func
start:
    ldr r0, =0x20010004         // SP bit 2 set: the frame is aligned, and xPSR bit 9 says so
    mov sp, r0
    ldr r0, =0x11
    ldr r1, =0x22
    ldr r2, =0x33
    ldr r3, =0x44
    ldr r4, =0x55
    mov r12, r4
    ldr r4, =0x66
    mov lr, r4
    movs r4, #0
    subs r4, #1                 // N
    .thumb_func
call: svc #3
    .thumb_func
after: mov r5, sp
    mrs r6, ipsr
    log r0
    log r5
    log r6
    b end
    .thumb_func
exc_11:
    mrs r4, ipsr
    mov r5, sp
    mov r6, lr
    mrs r3, control
    log r4
    log r5
    log r6
    log r3
    ldr r0, [sp, #24]
    log r0
    ldr r0, [sp, #28]
    log r0
    movs r0, #0x99
    str r0, [sp, #0]            // R0 of the frame: what the caller gets
    bx lr
"""


def test_entry_and_return_with_an_aligned_frame(engine: str) -> None:
    """B1.5.6 PushStack, ExceptionTaken; B1.5.7 stack alignment; B1.5.8 PopStack."""
    guest = run(SVC_FRAME, engine)
    sp = 0x2001_0004
    frame = (sp - 0x20) & ~7
    psr = 0x8000_0000 | 1 << 24 | 1 << 9
    after = guest.symbols["after"] & ~1
    assert guest.log() == [11, frame, 0xFFFF_FFF9, 0, after, psr, 0x99, sp, 0]
    assert [guest.word(frame + 4 * place) for place in range(6)] == [0x99, 0x22, 0x33, 0x44, 0x55, 0x66]


PROCESS_STACK = """
    .thumb_func
start:
    ldr r0, =0x20012000
    msr psp, r0
    movs r0, #2
    msr control, r0
    isb
    svc #0
    mov r5, sp
    mrs r6, control
    log r5
    log r6
    b end
    .thumb_func
exc_11:
    mov r4, lr
    mrs r5, psp
    mov r6, sp
    mrs r3, control
    log r4
    log r5
    log r6
    log r3
    movs r0, #2
    msr control, r0             // SPSEL is ignored in Handler mode (MSR)
    mov r4, sp
    log r4
    bx lr
"""


def test_process_stack(engine: str) -> None:
    """B1.5.6: the frame goes to the stack in use, the handler runs on the main stack, CONTROL.SPSEL reads as 0."""
    assert run(PROCESS_STACK, engine).log() == [
        0xFFFF_FFFD,
        0x2001_1FE0,
        STACK,
        0,
        STACK,
        0x2001_2000,
        2,
    ]


def nvic(program: str, handlers: str) -> str:
    """A program with the interrupts A (26) and B (27) enabled: A at priority 2, B at 1."""
    return f"""
    .thumb_func
start:
    write 0xe000e418, 0x40800000
    write 0xe000e100, 0x0c000000
    {program}
    movs r0, #0xee
    log r0
    b end
    {handlers}
"""


def handler(number: int, body: str = "") -> str:
    return f"""
    .thumb_func
exc_{number}:
    push {{r4, r5, lr}}
    mrs r0, ipsr
    log r0
    {body}
    pop {{r4, r5, pc}}
"""


PEND_A, PEND_B = "write 0xe000e200, 0x04000000", "write 0xe000e200, 0x08000000"
PEND_BOTH = "write 0xe000e200, 0x0c000000"


def test_the_higher_priority_goes_first_and_tail_chains(engine: str) -> None:
    """B1.5.4: the lower number of priority wins; the other follows without a return to the program in between, from the
    same stack depth."""
    depth = "mov r0, sp\n log r0"
    guest = run(nvic(PEND_BOTH, handler(42, depth) + handler(43, depth)), engine)
    below = STACK - 0x20 - 12
    assert guest.log() == [43, below, 42, below, 0xEE]


def test_equal_priorities_go_by_number(engine: str) -> None:
    """B1.5.4: the lowest exception number first."""
    source = nvic(f"write 0xe000e418, 0x40400000\n{PEND_BOTH}", handler(42) + handler(43))
    assert run(source, engine).log() == [42, 43, 0xEE]


def test_a_higher_priority_preempts_a_handler(engine: str) -> None:
    """B1.5.4, B1.5.8: B interrupts the handler of A, and returns to Handler mode."""
    within = f"{PEND_B}\n movs r0, #0xaa\n log r0"
    guest = run(nvic(PEND_A, handler(42, within) + handler(43, "mov r0, lr\n log r0")), engine)
    # EXC_RETURN was pushed before; LR is unchanged by that.
    assert guest.log() == [42, 43, 0xFFFF_FFF1, 0xAA, 0xEE]


def test_an_equal_or_lower_priority_waits(engine: str) -> None:
    """B1.5.4."""
    within = f"{PEND_A}\n movs r0, #0xbb\n log r0"
    assert run(nvic(PEND_B, handler(42) + handler(43, within)), engine).log() == [43, 0xBB, 42, 0xEE]


def test_primask_holds_back_everything_that_has_a_priority(engine: str) -> None:
    """B1.5.4: PRIMASK raises the execution priority to 0; clearing it lets what is pending in at once."""
    program = f"cpsid i\n {PEND_BOTH}\n nop\n movs r0, #0xcc\n log r0\n cpsie i"
    assert run(nvic(program, handler(42) + handler(43)), engine).log() == [0xCC, 43, 42, 0xEE]


def test_icsr_and_the_pending_registers(engine: str) -> None:
    """B3.2.4: VECTPENDING is the highest pending and enabled exception; ISPR shows others as well."""
    program = """
    cpsid i
    write 0xe000e200, 0x16000000  // A, and 25 and 28, which are not enabled
    ldr r4, =0xe000ed04
    ldr r0, [r4]
    log r0
    write 0xe000e280, 0x04000000
    ldr r4, =0xe000e200
    ldr r0, [r4]
    log r0
    ldr r4, =0xe000ed04
    ldr r0, [r4]
    log r0
    write 0xe000e280, 0xffffffff
    cpsie i"""
    log = run(nvic(program, handler(42)), engine).log()
    assert log == [1 << 22 | 42 << 12, 0x1200_0000, 1 << 22, 0xEE]


def test_registers_of_the_system_control_block(engine: str) -> None:
    """B3.2 and B3.4: what is not implemented reads as 0."""
    addresses = (0xD00, 0xD08, 0xD0C, 0xD10, 0xD14, 0xD1C, 0xD20, 0x408, 0xD90, 0xE00)
    reads = "".join(f"ldr r4, =0xe000e000 + {offset}\n ldr r0, [r4]\n log r0\n" for offset in addresses)
    source = f"""
    .thumb_func
start:
    write 0xe000ed08, 0x200000ff
    write 0xe000ed10, 0xffffffff
    write 0xe000ed1c, 0xffffffff
    write 0xe000ed20, 0xffffffff
    write 0xe000e408, 0xff7f3fbf
    {reads}
    write 0xe000ed10, 0
    write 0xe000ed08, 0x20000000
    b end
"""
    assert run(source, engine).log() == [
        0x410C_C601,
        0x2000_0000,
        0xFA05_0000,
        0x16,
        0x208,
        0xC000_0000,
        0xC0C0_0000,
        0xC040_0080,
        0x800,
        0,
    ]


PENDSV_SYSTICK = """
    .thumb_func
start:
    write 0xe000ed20, 0x40800000  // SysTick 1, PendSV 2
    cpsid i
    write 0xe000ed04, 0x14000000  // both pending
    cpsie i
    movs r0, #0xee
    log r0
    write 0xe000ed04, 0x18000000  // set and clear: cleared
    b end
"""


def test_pendsv_and_systick_priorities(engine: str) -> None:
    """B3.2: ICSR and the priorities of the system handlers."""
    assert run(PENDSV_SYSTICK + handler(14) + handler(15), engine).log() == [15, 14, 0xEE]


def test_nmi_preempts_a_hard_fault_and_ignores_primask(engine: str) -> None:
    """B1.5.4: NMI has priority -2, HardFault -1."""
    source = f"""
    .thumb_func
start:
    cpsid i
    udf #0
    b end
    {
        handler(
            3,
            "write 0xe000ed04, 0x80000000"
            + chr(10)
            + " ldr r0, [sp, #36]"
            + chr(10)
            + " adds r0, #2"
            + chr(10)
            + " str r0, [sp, #36]"
            + chr(10)
            + " movs r0, #0xab"
            + chr(10)
            + " log r0",
        )
    }
    {handler(2)}
"""
    assert run(source, engine).log() == [3, 2, 0xAB]


def test_svc_that_cannot_preempt_is_a_hard_fault(engine: str) -> None:
    """B1.5.14: with PRIMASK set SVCall (priority 0) does not preempt; the return address is the SVC itself (B1.5.6)."""
    source = f"""
    .thumb_func
start:
    cpsid i
    .thumb_func
here: svc #0
    b end
    {handler(3, "ldr r0, [sp, #36]" + chr(10) + " log r0" + chr(10) + " adds r0, #2" + chr(10) + " str r0, [sp, #36]")}
"""
    guest = run(source, engine)
    assert guest.log() == [3, guest.symbols["here"] & ~1]


def test_a_fault_in_a_hard_fault_locks_up(engine: str) -> None:
    """B1.5.15."""
    guest = Guest(
        ".thumb_func\nstart: udf #0\n.thumb_func\nexc_3: mrs r0, ipsr\n log r0\n svc #0\n b end", engine
    )
    guest.emulator.run_until_ns(100_000)
    assert guest.log() == [3]
    assert guest.emulator.locked_up
    assert guest.core.r[15] == 0xFFFF_FFFE
    guest.emulator.run_pin_reset()
    assert not guest.emulator.locked_up


def test_a_frame_that_cannot_be_written_is_a_hard_fault(engine: str) -> None:
    """B1.5.14: the exception stays pending, the HardFault is taken in its place."""
    source = """
    .thumb_func
start:
    ldr r0, =0x20000000
    msr psp, r0                 // full: below is nothing
    movs r0, #2
    msr control, r0
    write 0xe000e100, 0x04000000
    write 0xe000e200, 0x04000000
    nop
    b end
    .thumb_func
exc_3:
    mrs r0, ipsr
    log r0
    mov r0, lr
    log r0
    ldr r4, =0xe000e200
    ldr r0, [r4]
    log r0
    b end
"""
    assert run(source, engine).log() == [3, 0xFFFF_FFFD, 1 << IRQ_A]


WFI_MASKED = """
    cpsid i
    write 0xe000e014, 1000
    write 0xe000e018, 0
    write 0xe000e010, 7         // SysTick in 8 us, with its exception
    wfi
    movs r0, #0xd0              // awake, and the handler has not run yet
    log r0
    ldr r4, =0xe000ed04
    ldr r0, [r4]
    log r0
    wfi                         // pending: does not sleep
    write 0xe000e010, 0
    cpsie i
"""


def test_wfi_wakes_under_primask_without_taking_the_exception(engine: str) -> None:
    """B1.5.19: PRIMASK is left out of the question whether WFI ends; the exception is taken when it is cleared."""
    guest = run(nvic(WFI_MASKED, handler(15)), engine)
    assert guest.log() == [0xD0, 1 << 26 | 15 << 12, 15, 0xEE]


def test_wfe_needs_an_event(engine: str) -> None:
    """B1.5.18: SEV sets the event register, WFE clears it; a masked interrupt does not end WFE, but with SEVONPEND its
    becoming pending does. The first WFE of the last pair returns at once, the second after 8 us."""
    program = """
    sev
    wfe
    cpsid i
    write 0xe000e014, 999
    write 0xe000e018, 0
    write 0xe000ed10, 0x10
    write 0xe000e010, 7
    ldr r4, =0xe000e018
    wfe
    ldr r0, [r4]
    ldr r1, =900
    subs r0, #1                 // 0: it has just ended
    cmp r0, r1
    bls bad
    movs r0, #0xd1
    log r0
    b good
bad: log r0
good: write 0xe000e010, 0
    write 0xe000ed04, 0x02000000
    cpsie i"""
    assert run(nvic(program, handler(15)), engine).log() == [0xD1, 0xEE]


def test_wfe_sleeps_on_while_an_interrupt_is_masked(engine: str) -> None:
    """B1.5.18. Presence beside the test before: without SEVONPEND the same program never wakes."""
    program = """
    sev
    wfe
    cpsid i
    write 0xe000e014, 999
    write 0xe000e018, 0
    write 0xe000e010, 7
    wfe"""
    guest = Guest(nvic(program, handler(15)), engine)
    guest.emulator.run_until_ns(200_000)
    assert guest.core.waiting
    assert guest.log() == []


def test_sleep_on_exit(engine: str) -> None:
    """B1.5.8, B3.2.7: after the last handler the core sleeps, instead of going on in Thread mode."""
    guest = Guest(nvic(f"write 0xe000ed10, 2\n{PEND_A}\n nop", handler(42)), engine)
    guest.emulator.run_until_ns(200_000)
    assert guest.log() == [42]
    assert guest.core.waiting


def test_a_level_that_stays_high_is_taken_again(engine: str) -> None:
    """NVIC: taking the exception clears the pending state, and the level sets it again on return (DUI 0662, 4.2.9)."""
    guest = Guest(nvic("wfi", handler(42)), engine)
    guest.emulator.clock.after(100_000, lambda: guest.core.set_interrupt(IRQ_A, True))
    guest.emulator.run_until_ns(99_000)
    assert guest.log() == []
    guest.emulator.run_until_ns(110_000)
    taken = len(guest.log())
    assert taken > 3
    guest.core.set_interrupt(IRQ_A, False)
    guest.emulator.run_until_ns(112_000)
    guest.run(10)
    assert len(guest.log()) <= taken + 2


def test_a_line_that_falls_before_its_handler_stays_pending(engine: str) -> None:
    """NVIC: the pending state is latched; only the handler or ICPR ends it."""
    guest = Guest(nvic("cpsid i\n wfi\n cpsie i", handler(42)), engine)
    guest.emulator.clock.after(50_000, lambda: guest.core.set_interrupt(IRQ_A, True))
    guest.emulator.clock.after(50_000, lambda: guest.core.set_interrupt(IRQ_A, False))
    guest.run()
    assert guest.log() == [42, 0xEE]


def test_a_reset_request_starts_the_core_again(engine: str) -> None:
    """B3.2.6: AIRCR with its key; without the key nothing happens."""
    guest = Guest(
        """
    .thumb_func
start:
    write 0xe000ed0c, 0x05fb0004
    movs r0, #1
    log r0
    cpsid i
    write 0xe000ed0c, 0x05fa0004
    b end
""",
        engine,
    )
    guest.place(0x1000_0000, [0xE7FE])
    guest.emulator.run_until_ns(100_000)
    assert guest.log() == [1]
    assert (guest.core.r[15], guest.core.pm, guest.core.vtor) == (0x1000_0000, False, 0)


SYSTICK = """
    .thumb_func
start:
    write 0xe000e014, 99
    write 0xe000e018, 0x1234      // any write clears it
    ldr r4, =0xe000e018
    ldr r0, [r4]
    log r0
    write 0xe000e010, 5
    ldr r0, =2000
1:  subs r0, #1
    bne 1b
    ldr r4, =0xe000e010
    ldr r0, [r4]                  // COUNTFLAG is set
    ldr r1, [r4]                  // and cleared by reading
    ldr r2, =0x10000
    ands r2, r0
    log r2
    movs r3, #7
    ands r3, r0
    log r3
    ldr r4, =0xe000e018
    ldr r0, [r4]
    ldr r1, [r4, #0]
    subs r0, r0, r1               // two reads two cycles apart (LDR), or once around the reload
    bpl 2f
    adds r0, #100
2:  log r0
    write 0xe000e014, 0           // stops at the next 0
    ldr r0, =200
3:  subs r0, #1
    bne 3b
    ldr r4, =0xe000e018
    ldr r0, [r4]
    log r0
    b end
"""


def test_systick_counts_and_stops(engine: str) -> None:
    """B3.3."""
    assert run(SYSTICK, engine, 400).log() == [0, 0x1_0000, 5, 2, 0]


def test_systick_interrupts_once_in_reload_plus_one_cycles(engine: str) -> None:
    """B3.3: 1,250 cycles of 8 ns are 10 us."""
    source = nvic(
        "write 0xe000e014, 1249\n write 0xe000e018, 0\n write 0xe000e010, 7\n4: wfi\n b 4b", handler(15)
    )
    guest = Guest(source, engine)
    guest.emulator.run_until_ns(1_000_000)
    assert 98 <= len(guest.log()) <= 100


def test_the_random_bit_is_random_and_repeatable() -> None:
    """RP2040 datasheet 2.17.8; the same seed gives the same bits."""
    from kesu.emulator.chips.rp2040.emulator import Rp2040

    def bits(seed: int) -> list[int]:
        mcu = Rp2040(seed).mcu
        return [int(mcu.read_uint32(0x4006_001C)) for _ in range(1000)]

    first = bits(1)
    assert first == bits(1)
    assert first != bits(2)
    assert 400 < sum(first) < 600
