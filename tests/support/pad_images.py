"""pad_images: tiny hand-made images, so that the bench can be tested without the firmware."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import struct
from pathlib import Path

FLASH_BASE = 0x1000_0000
RP2040 = 0xE48BFF56

# Thumb: sleep in a loop; count in R0 in a loop; write R0 to the address in R1 in a loop.
SLEEP_WFI = struct.pack("<2H", 0xBF30, 0xE7FD)  # wfi; b .-2
SLEEP_WFE = struct.pack("<2H", 0xBF20, 0xE7FD)  # wfe; b .-2
COUNT = struct.pack("<2H", 0x3001, 0xE7FD)  # adds r0, #1; b .-2


def uf2_block(address: int, payload: bytes, number: int = 0, total: int = 1, family: int = RP2040) -> bytes:
    """One block as elf2uf2 writes it: flags say that the family field is valid."""
    head = struct.pack("<8I", 0x0A324655, 0x9E5D5157, 0x2000, address, 256, number, total, family)
    return head + payload.ljust(476, b"\0") + struct.pack("<I", 0x0AB16F30)


def uf2_bytes(code: bytes, family: int = RP2040) -> bytes:
    """`code` from the start of flash, in 256-byte blocks."""
    chunks = [code[start : start + 256].ljust(256, b"\0") for start in range(0, max(1, len(code)), 256)]
    return b"".join(
        uf2_block(FLASH_BASE + 256 * number, chunk, number, len(chunks), family)
        for number, chunk in enumerate(chunks)
    )


def image(folder: Path, code: bytes) -> Path:
    """A UF2 file with `code` at the reset address."""
    path = folder / "tiny.uf2"
    path.write_bytes(uf2_bytes(code))
    return path
