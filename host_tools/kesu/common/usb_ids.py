"""usb_ids: identifies pads by USB IDs (pico-sdk, picoboot_connection.h; MicroPython, ports/rp2)."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from kesu.common.uf2 import FAMILY_RP2040, FAMILY_RP2350_ARM, PICO_FLASH_BYTES
from kesu.spec.call_line import MANUFACTURER_TEXT, PRODUCT, VENDOR


class Mode(Enum):
    """The mode of a pad, judged by its USB descriptors."""

    SEALED = "sealed"
    SERVICE = "service"
    MICROPYTHON = "micropython"
    BOOTSEL = "bootsel"


@dataclass(frozen=True)
class Chip:
    """A microcontroller. board: as in the names of images. board_id: as in INFO_UF2.TXT. flash in bytes.

    flash_bytes: of Raspberry Pi's own boards (Pico 2 MiB, Pico 2 4 MiB).
    """

    name: str
    board: str
    board_id: str
    family: int
    bootsel_pid: int
    flash_bytes: int


RASPBERRY_PI = 0x2E8A
MICROPYTHON_PID = 0x0005
RP2040 = Chip("RP2040", "pico", "RPI-RP2", FAMILY_RP2040, 0x0003, PICO_FLASH_BYTES)
RP2350 = Chip("RP2350", "pico2", "RP2350", FAMILY_RP2350_ARM, 0x000F, 4 * 1024 * 1024)
CHIPS = (RP2040, RP2350)


def mode_of(vendor: int, product: int, manufacturer: str | None) -> tuple[Mode, Chip | None] | None:
    """The mode of a device with these IDs; None if it is not a pad.

    manufacturer: None if the device's own string is unknown (Windows gives the driver's manufacturer).
    """
    # A service pad has the manufacturer's text, too, but MicroPython's IDs (firmware/boards).
    ours = manufacturer in (MANUFACTURER_TEXT, None)
    if (vendor, product) == (VENDOR, PRODUCT):
        return (Mode.SEALED, None) if ours else None
    if vendor != RASPBERRY_PI:
        return None
    for chip in CHIPS:
        if product == chip.bootsel_pid:
            return Mode.BOOTSEL, chip
    if product == MICROPYTHON_PID:
        return (Mode.SERVICE if ours else Mode.MICROPYTHON), None
    return None
