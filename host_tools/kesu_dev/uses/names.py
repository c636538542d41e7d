"""names: names of a chip's registers, from the headers of pico-sdk (hardware_regs), which a build has unpacked."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from kesu.common import paths
from kesu.common.errors import Exit, KesuError

_BASE = re.compile(r"#define (\w+)_BASE _u\((0x[0-9a-f]+)\)")
_OFFSET = re.compile(r"#define (\w+)_OFFSET _u\((0x[0-9a-f]+)\)")
_HEADERS = {
    "XIP_CTRL": "xip", "XIP_SSI": "ssi", "PLL_SYS": "pll", "PLL_USB": "pll", "UART0": "uart", "UART1": "uart",
    "SPI0": "spi", "SPI1": "spi", "I2C0": "i2c", "I2C1": "i2c", "PIO0": "pio", "PIO1": "pio", "PIO2": "pio",
    "TIMER0": "timer", "TIMER1": "timer", "USBCTRL_REGS": "usb", "USBCTRL_DPRAM": "usb_device_dpram", "XIP_QMI": "qmi",
    "HSTX_CTRL": "hstx_ctrl",
}  # fmt: skip
"""Headers of blocks that are not called as they are."""
_PPB = {"rp2040": "m0plus", "rp2350": "m33"}
_ALIASES = {"xor": 0x1000, "set": 0x2000, "clear": 0x3000}


def of(chip: str) -> dict[int, str]:
    """BLOCK.REGISTER by address, and `.xor`, `.set`, `.clear` for its aliases. chip: rp2040 or rp2350."""
    folders = sorted(
        paths.cache().glob(f"sources/pico-sdk-*/**/src/{chip}/hardware_regs/include/hardware/regs")
    )
    if not folders:
        raise KesuError("the headers of pico-sdk are missing", hint="run `kesu dev build`", code=Exit.DATA)
    found: dict[int, str] = {}
    for block, base in _defined(_BASE, folders[0] / "addressmap.h"):
        header = folders[0] / f"{_PPB[chip] if block == 'PPB' else _HEADERS.get(block, block.lower())}.h"
        if not header.is_file():
            continue
        for name, offset in _defined(_OFFSET, header):
            register = f"{block}.{name.removeprefix(header.stem.upper() + '_')}"
            found.setdefault(base + offset, register)
            if base >> 28 in (4, 5):
                for kind, bits in _ALIASES.items():
                    found.setdefault(base + bits + offset, f"{register}.{kind}")
    return found


def _defined(pattern: re.Pattern[str], header: Path) -> Iterator[tuple[str, int]]:
    for name, value in pattern.findall(header.read_text(encoding="utf-8")):
        yield name, int(value, 16)
