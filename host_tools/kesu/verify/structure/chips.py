"""chips: data of the two chips for the audit: boot ROM routines, registers of flash and OTP.

RP2040: datasheet 2.8.3 (boot ROM), 4.10.13 (SSI), 2.19.6.2 (IO_QSPI). RP2350: datasheet 5.4 (boot ROM), 12.14
(QMI), 9.11 (IO_QSPI), 13 (OTP), and pico-sdk 2.1.1's boot/bootrom_constants.h for the two-letter codes.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kesu.common.uf2 import FAMILY_RP2040, FAMILY_RP2350_ARM

_ROUTINES = {
    "IF": "connect the flash chip for commands",
    "EX": "leave execute-in-place",
    "RE": "erase flash",
    "RP": "program flash",
    "FC": "flush the flash cache",
    "CX": "return to execute-in-place",
    "UB": "enter the USB boot loader",
}


@dataclass(frozen=True)
class Chip:
    """One microcontroller.

    routines: two-letter codes of the boot ROM that a sealed image must not look up, and what each does.
    registers: address ranges that control the flash chip or other non-volatile memory. timing_only: functions that
    may refer to them, since they set a clock and send nothing (MicroPython 1.25, rp2_flash.c).
    """

    name: str
    family: int
    routines: Mapping[str, str]
    registers: tuple[range, ...]
    timing_only: frozenset[str] = frozenset(
        {"rp2_flash_set_timing", "rp2_flash_set_timing_internal", "rp2_flash_set_timing_for_freq"}
    )


RP2040 = Chip(
    "RP2040",
    FAMILY_RP2040,
    _ROUTINES,
    (range(0x1800_0000, 0x1800_0100), range(0x4001_8000, 0x4001_C000)),
)
RP2350 = Chip(
    "RP2350",
    FAMILY_RP2350_ARM,
    _ROUTINES
    | {
        "FO": "read, erase or program flash",
        "XM": "choose how flash is read",
        "OA": "read or write one-time memory",
        "RB": "restart into the boot loader or another image",
        "CI": "start another image",
        "EB": "write flash to accept an update",
    },
    (
        range(0x400D_0000, 0x400D_0100),  # QMI
        range(0x4003_0000, 0x4003_4000),  # IO_QSPI
        range(0x4012_0000, 0x4014_0000),  # OTP, its control and its data
    ),
)
