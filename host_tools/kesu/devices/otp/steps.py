"""steps: the bits of a Pico 2's one-time memory that lock a pad, in the order of setting them.

Names, rows and bits are picotool's own (`picotool otp list`), which come from the RP2350 datasheet 13.10. A
bit goes from 0 to 1 once and never back (13.1).
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Field:
    """Bits of a row. row: name as picotool prints it. last: highest bit; first: lowest."""

    row: str
    number: int
    name: str
    first: int
    last: int

    @property
    def full(self) -> int:
        """The value with every bit set."""
        return (1 << (self.last - self.first + 1)) - 1


@dataclass(frozen=True)
class Step:
    """One field to set. does: what it blocks. costs: what is permanently impossible afterwards."""

    field: Field
    value: int
    does: str
    costs: str


def _flag(row: str, number: int, name: str, bit: int) -> Field:
    return Field(row, number, name, bit, bit)


CRIT0, CRIT1, FLAGS0 = ("CRIT0", 0x38), ("CRIT1", 0x40), ("BOOT_FLAGS0", 0x48)
ROWS = (CRIT0, CRIT1, FLAGS0)

STEPS: tuple[Step, ...] = (
    Step(
        _flag(*CRIT0, "RISCV_DISABLE", 1),
        1,
        "the RISC-V cores never start: one instruction set to audit",
        "no RISC-V image runs",
    ),
    Step(
        _flag(*FLAGS0, "DISABLE_AUTO_SWITCH_ARCH", 8),
        1,
        "an image for the other cores is not started by itself",
        "nothing a pad needs",
    ),
    Step(
        _flag(*FLAGS0, "SINGLE_FLASH_BINARY", 7),
        1,
        "only the image at the start of flash is ever booted",
        "no partition table, no second slot for updates",
    ),
    Step(
        _flag(*FLAGS0, "DISABLE_OTP_BOOT", 13),
        1,
        "no program starts from one-time memory",
        "nothing a pad needs",
    ),
    Step(
        _flag(*FLAGS0, "DISABLE_WATCHDOG_SCRATCH", 16),
        1,
        "no program address is taken from the watchdog's scratch registers",
        "no restart into a chosen address; the pad's own restarts do not use it",
    ),
    Step(
        _flag(*FLAGS0, "DISABLE_POWER_SCRATCH", 15),
        1,
        "nor from the power manager's",
        "no wake-up into a chosen address",
    ),
    Step(
        Field(*CRIT1, "GLITCH_DETECTOR_SENS", 5, 6),
        3,
        "the detectors of clock and power glitches are as sensitive as they get",
        "a poor supply may reset the pad, which wipes it",
    ),
    Step(
        _flag(*CRIT1, "GLITCH_DETECTOR_ENABLE", 4),
        1,
        "the detectors are armed from power-on",
        "nothing a pad needs",
    ),
    Step(
        _flag(*FLAGS0, "DISABLE_BOOTSEL_UART_BOOT", 19),
        1,
        "no boot loader on a serial port",
        "no loading over UART",
    ),
    Step(
        _flag(*FLAGS0, "DISABLE_BOOTSEL_USB_MSD_IFC", 17),
        1,
        "no UF2 drive in BOOTSEL mode: the image that is in stays in",
        "no update by drive: prove the flash (`kesu seal`) before this step",
    ),
    Step(
        _flag(*CRIT1, "DEBUG_DISABLE", 2),
        1,
        "no debug access by SWD, in no mode",
        "no probe helps a pad that does not start",
    ),
    Step(
        _flag(*FLAGS0, "DISABLE_BOOTSEL_USB_PICOBOOT_IFC", 18),
        1,
        "RAM, flash and one-time memory cannot be read or run over USB in BOOTSEL mode",
        "the last way in is gone, and it comes last because picotool sets these bits through it",
    ),
)
