"""test_uf2: an image is accepted whole or refused with a reason and a hint."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from kesu.common.errors import KesuError
from kesu.common.uf2 import FAMILY_RP2350_ARM, parse
from kesu.emulator.uf2 import parse_uf2, read_uf2
from pad_images import FLASH_BASE, uf2_block, uf2_bytes

CODE = bytes(range(256)) * 3
GOOD = uf2_bytes(CODE)


def with_word(data: bytes, offset: int, value: int) -> bytes:
    return data[:offset] + struct.pack("<I", value) + data[offset + 4 :]


def test_a_good_image_is_read_completely() -> None:
    image = parse_uf2(GOOD)
    assert image.size == len(CODE)
    assert [address for address, _ in image.segments] == [FLASH_BASE, FLASH_BASE + 256, FLASH_BASE + 512]
    assert b"".join(payload for _, payload in image.segments) == CODE


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not a UF2"),
        (b"#!/bin/sh\n" * 60, "not a UF2"),
        (b"\x7fELF" + bytes(600), "ELF file"),
        (GOOD[:-100], "truncated"),
        (GOOD[:-512], "truncated: 2 of 3 blocks"),
        (GOOD[512:] + GOOD[:512], "not numbered"),
        (with_word(GOOD, 512, 0x12345678), "damaged"),
        (with_word(GOOD, 508, 0), "damaged"),
        (with_word(GOOD, 512 + 24, 5), "disagree"),
        (with_word(GOOD, 16, 255), "carries 255 bytes"),
        (with_word(GOOD, 12, 0x2000_0000), "outside the flash"),
        (with_word(GOOD, 12, FLASH_BASE + 4), "outside the flash"),
        (with_word(GOOD, 12, FLASH_BASE + 256), "two blocks write"),
        (with_word(GOOD, 8, 0x2001), "not meant for flash"),
        (uf2_bytes(CODE, family=0xE48BFF5A), "for the Pico 2"),  # its RISC-V cores
        (uf2_block(0x10FFFF00, b"", 0, 2, 0xE48BFF57) + uf2_bytes(CODE, family=0xE48BFF5A), "for the Pico 2"),
        (uf2_bytes(CODE, family=0xADA52840), "family is 0xada52840"),
        (GOOD[:512] + uf2_block(FLASH_BASE, b"", 0, 1, 0xE48BFF59) + GOOD[1024:], "family is 0xe48bff56, "),
        (with_word(GOOD, 1024 + 12, FLASH_BASE + 4096), "gap before block 2"),
        (with_word(GOOD, 8, 0), "family is"),
    ],
)
def test_bad_image_is_refused_with_a_reason_and_a_hint(data: bytes, reason: str) -> None:
    with pytest.raises(KesuError) as refused:
        parse_uf2(data, Path("note.uf2"))
    assert reason in refused.value.message
    assert refused.value.message.startswith("note.uf2: ")
    assert refused.value.hint


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(KesuError, match=r"absent\.uf2 cannot be read"):
        read_uf2(tmp_path / "absent.uf2")


@pytest.mark.parametrize("first", [b"", uf2_block(0x10FFFF00, b"\xef" * 256, 0, 2, 0xE48BFF57)])
def test_an_rp2350_image_is_read_with_and_without_the_e10_block(first: bytes) -> None:
    image = parse(first + uf2_bytes(CODE, family=FAMILY_RP2350_ARM))
    assert (image.family, image.size, image.end) == (FAMILY_RP2350_ARM, len(CODE), FLASH_BASE + len(CODE))
    assert image.flash(4096) == CODE + b"\xff" * (4096 - len(CODE))
