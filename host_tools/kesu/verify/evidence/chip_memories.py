"""chip_memories: the memories of each chip: content, volatility, how each is cleared.

Sizes: RP2040 datasheet 2.6 (SRAM, XIP cache), 2.8 (boot ROM), 4.1.2 (USB RAM), 4.7 (watchdog), 4.8 (RTC); RP2350
datasheet 4.1 to 4.4 (boot ROM, SRAM, boot RAM, XIP cache), 6.4 (POWMAN), 12.7 (USB RAM), 12.9 (watchdog), 13 (OTP).
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Memory:
    """One memory. volatile: what happens without power, in words. note: whether a note is ever in it."""

    name: str
    size: str
    volatile: str
    holds: str
    note: bool
    cleared: str


CHIP_MEMORIES: dict[str, tuple[Memory, ...]] = {
    "RP2040": (
        Memory(
            "RP2040 SRAM",
            "264 KB",
            "volatile",
            "Program variables, the note while it is shown",
            True,
            "Every wipe: note buffers, free heap and unused stack are overwritten with zeros. Every start, "
            "before Python runs: all of it that the running code does not need",
        ),
        Memory(
            "RP2040 USB RAM",
            "4 KB",
            "volatile",
            "USB packets; three modem bits of the pad",
            False,
            "Every start. No note is ever put there",
        ),
        Memory(
            "RP2040 flash cache",
            "16 KB",
            "volatile",
            "Copies of program code",
            False,
            "Every wipe flushes it. It is never used as RAM",
        ),
        Memory(
            "RP2040 FIFOs of SPI, I2C, PIO and DMA",
            "below 1 KB",
            "volatile",
            "Bytes on their way to the panel and from the touch chip",
            True,
            "They run empty when a transfer ends; a wipe overwrites both planes through the same FIFO",
        ),
        Memory(
            "RP2040 watchdog scratch and RTC",
            "32 and 20 bytes",
            "volatile; survive a watchdog reset",
            "Cause of the last restart",
            False,
            "Every start clears scratch 0 to 7; no note is put there",
        ),
        Memory(
            "RP2040 registers of peripherals",
            "some hundred registers",
            "volatile; many survive a watchdog reset",
            "Settings; the last point in the I2C block, times of the last edges and alarms, operands of "
            "the divider, hit counters of the flash cache",
            True,
            "Every wipe: the I2C block is reset and constants are read through its FIFO; divider, edge "
            "latches, alarm and cache counters are cleared. Every start: the blocks in use are set up again",
        ),
        Memory(
            "RP2040 processor registers",
            "below 100 bytes",
            "volatile",
            "Operands of the running code",
            True,
            "Overwritten by the code that runs on after the wipe",
        ),
        Memory(
            "RP2040 boot ROM",
            "16 KB",
            "non-volatile, read-only",
            "The chip maker's code",
            False,
            "Cannot change",
        ),
    ),
    "RP2350": (
        Memory(
            "RP2350 SRAM",
            "520 KB",
            "volatile; lost at a RUN reset, too",
            "Program variables, the note while it is shown",
            True,
            "Every wipe: note buffers, free heap and unused stack are overwritten with zeros. Every start, "
            "before Python runs: all of it that the running code does not need",
        ),
        Memory(
            "RP2350 USB RAM",
            "4 KB",
            "volatile",
            "USB packets; three modem bits of the pad",
            False,
            "Every start. No note is ever put there",
        ),
        Memory(
            "RP2350 flash cache",
            "16 KB",
            "volatile",
            "Copies of program code",
            False,
            "Every wipe invalidates it. No line is pinned, so it is never used as RAM",
        ),
        Memory(
            "RP2350 FIFOs of SPI, I2C, PIO and DMA",
            "below 1 KB",
            "volatile",
            "Bytes on their way to the panel and from the touch chip",
            True,
            "They run empty when a transfer ends; a wipe overwrites both planes through the same FIFO",
        ),
        Memory(
            "RP2350 watchdog scratch, POWMAN scratch and boot RAM",
            "32, 48 and 1,024 bytes",
            "volatile; survive a watchdog reset",
            "Cause of the last restart",
            False,
            "Every start clears watchdog scratch 0 to 7; no note is put in any of them",
        ),
        Memory(
            "RP2350 registers of peripherals",
            "some hundred registers",
            "volatile; many survive a watchdog reset",
            "Settings; the last point in the I2C block, times of the last edges and alarms, hit counters of "
            "the flash cache",
            True,
            "Every wipe: the I2C block is reset and constants are read through its FIFO; edge latches, "
            "alarm and cache counters are cleared. Every start: the blocks in use are set up again",
        ),
        Memory(
            "RP2350 SHA-256, random numbers, HSTX and second core",
            "below 1 KB",
            "volatile",
            "Nothing: the sealed image does not use them",
            False,
            "Every start resets them. No note is put there",
        ),
        Memory(
            "RP2350 processor and floating-point registers",
            "below 300 bytes",
            "volatile",
            "Operands of the running code",
            True,
            "Every wipe clears s0 to s15; the others are overwritten by the code that runs on",
        ),
        Memory(
            "RP2350 one-time memory (OTP)",
            "8 KB",
            "non-volatile",
            "Identity of the chip and settings of its start",
            False,
            "Not written by the pad: the sealed image has no code for it",
        ),
        Memory(
            "RP2350 boot ROM",
            "32 KB",
            "non-volatile, read-only",
            "The chip maker's code",
            False,
            "Cannot change",
        ),
    ),
}
