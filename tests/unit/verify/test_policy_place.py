"""test_policy_place: the audit finds a block at another place, a second reader, and a hash that covers the image."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import struct
from typing import Any

import pytest
from kesu.images.policy.block import PLACE, packed
from kesu.spec.policy import DEFAULTS
from kesu.verify.structure import place
from kesu.verify.structure.code import Literal, Segment

FLASH = 0x1000_0000
READER = range(0x1000_2000, 0x1000_2008)


class MadeUp:
    """The parts of Code that the rule needs: an image with the block, and a reader whose pool has its address."""

    def __init__(self, items: bytes = b"") -> None:
        content = bytearray(0x3000)
        if items:
            loop = (
                struct.pack("<I", 0xFFFFDED3)
                + items
                + struct.pack("<BHxII", 0xFF, len(items) // 4, 0, 0xAB123579)
            )
            content[0x140 : 0x140 + len(loop)] = loop
        content[PLACE.start - FLASH : PLACE.stop - FLASH] = packed(DEFAULTS)
        struct.pack_into("<I", content, READER.start + 4 - FLASH, PLACE.start)
        self.content = content
        self.symbols = {
            place.BLOCK: (PLACE.start, len(PLACE)),
            place.READER: (READER.start | 1, len(READER)),
            "other": (0x1000_2100, 8),
        }
        self.literals = [Literal(place.READER, PLACE.start)]

    @property
    def segments(self) -> list[Segment]:
        return [Segment(FLASH, FLASH, bytes(self.content))]


def found(code: Any) -> tuple[bool, str]:
    (finding,) = place.findings(code)
    return finding.holds, finding.detail


def test_one_reader_and_no_hash_is_accepted() -> None:
    holds, detail = found(MadeUp())
    assert holds, detail
    image_type_and_vector_table = bytes([0x42, 1, 0x21, 0x10, 0x03, 2, 0, 0]) + struct.pack("<I", FLASH)
    assert found(MadeUp(image_type_and_vector_table))[0]


def test_a_block_at_another_place_or_of_another_size_is_refused() -> None:
    for where in ((PLACE.start + 256, len(PLACE)), (PLACE.start, len(PLACE) - 4)):
        code = MadeUp()
        code.symbols[place.BLOCK] = where
        assert not found(code)[0]


@pytest.mark.parametrize("offset", [0, 8, 252])
def test_a_second_reader_is_found_in_code_and_in_data(offset: int) -> None:
    code = MadeUp()
    code.literals.append(Literal("other", PLACE.start + offset))
    assert found(code) == (False, "Besides kesu_policy_place, something refers to the block: other.")
    code = MadeUp()
    struct.pack_into("<I", code.content, 0x2200, PLACE.start + offset)
    assert "the word at 0x10002200" in found(code)[1]


def test_an_image_without_a_reader_is_refused() -> None:
    code = MadeUp()
    del code.symbols[place.READER]
    code.literals.clear()
    struct.pack_into("<I", code.content, READER.start + 4 - FLASH, 0)
    assert found(code) == (False, "Nothing reads the block: there is no kesu_policy_place.")


@pytest.mark.parametrize(("kind", "words"), [(0x47, "a hash"), (0x4B, "a hash"), (0x09, "a signature")])
def test_a_hash_or_a_signature_for_the_boot_rom_is_found(kind: int, words: str) -> None:
    image_type = bytes([0x42, 1, 0x21, 0x10])
    bound = bytes([kind, 2, 0, 0]) + bytes(4)
    holds, detail = found(MadeUp(image_type + bound))
    assert not holds
    assert words in detail
