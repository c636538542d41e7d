"""PIO steps between the same two instructions of the core, in C and in Python."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from core_bench import ENGINES, Guest

# pull block; mov x, !osr; mov isr, x; push block; jmp 0 (RP2040 datasheet 3.4)
_PROGRAM = (0x80A0, 0xA02F, 0xA0C1, 0x8020, 0x0000)
_DIVIDER = 7


def source(enable: int) -> str:
    """Three words through the state machine, with a count of the polls; then the free-running divider for a while."""
    memory = "".join(f"write 0x50200048 + {4 * place}, {word:#x}\n" for place, word in enumerate(_PROGRAM))
    once = """
    ldr r4, =0x50200010
    ldr r0, ={word}
    str r0, [r4]                // TXF0
    movs r2, #0
1:  adds r2, #1
    cmp r2, #200
    beq 2f
    ldr r4, =0x50200004
    ldr r1, [r4]                // FSTAT, bit 8: RXF0 is empty
    lsrs r1, #9
    bcs 1b
2:  log r2
    ldr r4, =0x50200020
    ldr r0, [r4]                // RXF0
    log r0
"""
    words = "".join(once.replace("{word}", hex(word)) for word in (0, 0x1234_5678, 0xFFFF_FFFF))
    return f"""
    .thumb_func
start:
    {memory}
    write 0x502000c8, {_DIVIDER << 16:#x}
    write 0x50200000, {enable}
    {words}
    b end
"""


def test_results_and_times_are_the_same() -> None:
    found = {}
    for engine in ENGINES:
        guest = Guest(source(1), engine)
        guest.run(400)
        found[engine] = guest.log(), int(guest.core.cycles), guest.emulator.clock.now_ns
    assert found["c"] == found["python"]
    polls, results = found["c"][0][::2], found["c"][0][1::2]
    assert results == [0xFFFF_FFFF, 0xEDCB_A987, 0]
    assert all(2 <= count <= 20 for count in polls)


def test_a_stopped_machine_gives_nothing() -> None:
    for engine in ENGINES:
        guest = Guest(source(0), engine)
        guest.run(400)
        assert guest.log()[::2] == [200] * 3
