"""test_bootsel: the stand-in's boot ROM follows the rules of the real one."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import random
import struct
import zlib

import pytest
from kesu.devices.rehearsal.boot_rom import BootRom, Flash
from pad_images import FLASH_BASE, uf2_block, uf2_bytes

CODE = random.Random(5).randbytes(20 * 256)
BLOCKS = [uf2_bytes(CODE)[start : start + 512] for start in range(0, 20 * 512, 512)]


def rom(flash: Flash | None = None) -> BootRom:
    return BootRom(flash or Flash(1 << 16))


def written(blocks: list[bytes], to: BootRom) -> BootRom:
    for block in blocks:
        to.write_sector(block)
    return to


def test_it_restarts_only_after_every_block_is_written() -> None:
    pad = written(BLOCKS[:-1], rom())
    assert not pad.restarted
    pad.write_sector(BLOCKS[-1])
    assert pad.restarted
    assert pad.flash.content[: len(CODE)] == CODE
    assert set(pad.flash.content[len(CODE) :]) == {0xFF}


def test_order_and_repetition_do_not_matter() -> None:
    shuffled = [*BLOCKS[3:9], *BLOCKS]
    random.Random(1).shuffle(shuffled)
    pad = written(shuffled, rom())
    assert pad.restarted
    assert pad.flash.content[: len(CODE)] == CODE


@pytest.mark.parametrize(
    "sector",
    [
        bytes(512),
        b"KESU    UF2".ljust(512),
        uf2_block(FLASH_BASE, CODE[:256], 0, 20, family=0xE48BFF59),
        BLOCKS[0][:8] + struct.pack("<I", 0) + BLOCKS[0][12:],
        BLOCKS[0][:8] + struct.pack("<I", 0x2001) + BLOCKS[0][12:],
        BLOCKS[0][:16] + struct.pack("<I", 476) + BLOCKS[0][20:],
        BLOCKS[0][:508] + bytes(4),
    ],
    ids=["zeros", "directory", "other chip", "no family", "not for flash", "476 bytes", "no end"],
)
def test_sectors_that_are_no_block_for_this_chip_are_ignored(sector: bytes) -> None:
    pad = written(BLOCKS[:5], rom())
    before = bytes(pad.flash.content)
    pad.write_sector(sector)
    assert (pad.ignored, bytes(pad.flash.content)) == (1, before)
    assert written(BLOCKS[5:], pad).restarted


@pytest.mark.parametrize(
    "stray",
    [
        uf2_block(FLASH_BASE, b"", 20, 20),
        uf2_block(0x2100_0000, b"", 3, 20),
        uf2_block(FLASH_BASE, b"", 0, 21),
    ],
    ids=["number too high", "no flash there", "another count"],
)
def test_a_stray_block_ends_the_transfer_without_a_restart(stray: bytes) -> None:
    pad = written([*BLOCKS[:5], stray, *BLOCKS[5:]], rom())
    assert not pad.restarted
    assert written(BLOCKS[:5], pad).restarted


def test_a_gap_leaves_old_bytes_because_erases_follow_block_numbers() -> None:
    """Why images with gaps are refused: here blocks 15 and 16 are in one sector, and 17 in one that is never
    erased."""
    flash = Flash(1 << 16)
    flash.content[:] = bytes(len(flash.content))
    gap = [
        uf2_block(FLASH_BASE + 256 * number + 4096 * (number >= 17), b"\xff" * 256, number, 20)
        for number in range(20)
    ]
    pad = written(gap, rom(flash))
    assert pad.restarted
    assert set(flash.content[:4096]) == {0xFF}
    assert set(flash.content[8192:8448]) == {0}, "programmed without being erased"


def test_programming_without_an_erase_only_clears_bits() -> None:
    flash = Flash(8192)
    flash.program(0, b"\x0f")
    flash.program(0, b"\xf1")
    assert flash.content[0] == 0x01
    flash.erase(100)
    assert flash.content[0] == 0xFF
    assert Flash(8192, stuck={7: 0x55}).content[7] == 0x55


def test_picotool_makes_the_drive_unavailable() -> None:
    pad = rom()
    pad.exclusive = True
    written(BLOCKS, pad)
    assert (pad.restarted, pad.ignored, set(pad.flash.content)) == (False, 20, {0xFF})


def test_only_a_second_stage_with_its_checksum_is_started() -> None:
    """CRC-32/MPEG-2, computed here independently: bit-reversed with zlib."""
    code = random.Random(3).randbytes(252)
    mirrored = zlib.crc32(bytes(int(f"{byte:08b}"[::-1], 2) for byte in code)) ^ 0xFFFF_FFFF
    checksum = int(f"{mirrored:032b}"[::-1], 2)
    pad = rom()
    assert not pad.boots()
    pad.flash.program(0, code + struct.pack("<I", checksum))
    assert pad.boots()
    pad.flash.program(17, bytes([code[17] & (code[17] - 1)]))
    assert not pad.boots()
