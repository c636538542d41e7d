"""test_policy_block: the layout of the policy block, in Python and in the pad's C; every flipped bit is noticed."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import ctypes
import random
import re
import struct
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from kesu.common.uf2 import PAYLOAD_SIZE, SECTOR_SIZE
from kesu.images.policy.block import PLACE, Block, InvalidBlock, packed, parsed
from kesu.images.toolchain.policy_modules import policy_header, policy_module
from kesu.spec.panels import DEFAULT_PANEL, FILMS
from kesu.spec.policy import DEFAULTS, LAYOUT, SETTINGS, STRICTEST, Setting

ROOT = Path(__file__).parents[3]
NATIVE = ROOT / "firmware" / "native"
COVERED = LAYOUT.bytes - 4


def sealed(block: bytes) -> bytes:
    """The block with the right checksum for its bytes."""
    return block[:COVERED] + struct.pack("<I", zlib.crc32(block[:COVERED]))


def changed(block: bytes, offset: int, content: bytes) -> bytes:
    """The block with other bytes at an offset, and the right checksum."""
    return sealed(block[:offset] + content + block[offset + len(content) :])


@pytest.fixture(scope="module")
def in_c(tmp_path_factory: pytest.TempPathFactory) -> Callable[[bytes], dict[str, int] | None]:
    """What the pad's C reads: the values, or None for a block that does not hold, after a look at the strictest."""
    library = tmp_path_factory.mktemp("policy") / "policy.so"
    command = ["gcc", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-fsanitize=undefined"]
    subprocess.run([*command, "-o", str(library), str(NATIVE / "policy_check.c")], check=True)
    c = ctypes.CDLL(str(library))
    c.kesu_policy_holds.restype = ctypes.c_bool
    c.kesu_policy_value.restype = c.kesu_policy_stated.restype = ctypes.c_uint32

    def read(block: bytes) -> dict[str, int] | None:
        assert len(block) == LAYOUT.bytes
        holds = c.kesu_policy_holds(block)
        values = {setting.name: c.kesu_policy_value(block, setting.number) for setting in SETTINGS}
        assert c.kesu_policy_stated(block) == int.from_bytes(block[COVERED:], "little")
        assert holds or values == STRICTEST
        return values if holds else None

    return read


def in_python(block: bytes) -> dict[str, int] | None:
    try:
        return parsed(block).values
    except InvalidBlock:
        return None


def test_the_layout_has_room_for_every_setting_and_is_one_payload_of_a_uf2() -> None:
    assert SETTINGS[-1].offset + 2 <= COVERED
    assert LAYOUT.bytes == PAYLOAD_SIZE
    assert PLACE.start % SECTOR_SIZE == 0
    assert [setting.offset for setting in SETTINGS] == list(range(8, 8 + 2 * len(SETTINGS), 2))
    assert len({setting.name for setting in SETTINGS}) == len({each.constant for each in SETTINGS})


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_a_setting_has_a_consistent_range(setting: Setting) -> None:
    assert 0 <= setting.lowest < setting.highest < 1 << 16
    assert setting.default in range(setting.lowest, setting.highest + 1)
    assert setting.strictest in range(setting.lowest, setting.highest + 1)
    assert setting.highest * setting.factor < 1 << 30, "a small integer of MicroPython"


def test_the_strictest_values_let_no_note_live_longer() -> None:
    lives = {"idle_s", "max_age_s", "call_age_s", "extension_s", "max_extensions", "wrap_up_s"}
    lives |= {"wrap_up_by_hook", "wrap_up_by_end", "hold_ms", "ready_after_ms"}
    assert all(setting.strictest == setting.lowest for setting in SETTINGS if setting.key in lives)
    assert STRICTEST["call.line_expected"] == 1


def test_the_pad_is_ready_within_the_bounds_of_the_panels() -> None:
    (ready,) = (setting for setting in SETTINGS if setting.constant == "READY_AFTER_MS")
    assert max(film.ready_after_ms for film in FILMS.values()) <= ready.lowest
    assert ready.highest == FILMS[DEFAULT_PANEL].ready_bound_ms


def test_packing_and_parsing_are_inverse(in_c: Callable[[bytes], dict[str, int] | None]) -> None:
    generator = random.Random(16)
    for _ in range(200):
        values = {setting.name: generator.randint(setting.lowest, setting.highest) for setting in SETTINGS}
        block = packed(values)
        assert parsed(block) == Block(values, int.from_bytes(block[COVERED:], "little"))
        assert in_c(block) == values


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_both_ends_of_each_range_are_taken_and_the_next_values_refused(
    setting: Setting, in_c: Callable[[bytes], dict[str, int] | None]
) -> None:
    block = packed(DEFAULTS)
    for value in (setting.lowest, setting.highest):
        whole = packed(DEFAULTS | {setting.name: value})
        assert whole == changed(block, setting.offset, struct.pack("<H", value))
        assert in_c(whole) == in_python(whole) == DEFAULTS | {setting.name: value}
    for value in {setting.highest + 1, 0xFFFF, max(setting.lowest - 1, 0)} - {setting.lowest}:
        other = changed(block, setting.offset, struct.pack("<H", value))
        assert in_c(other) is None
        with pytest.raises(InvalidBlock, match=setting.key):
            parsed(other)
        with pytest.raises(ValueError, match=setting.key):
            packed(DEFAULTS | {setting.name: value})


def test_every_flipped_bit_makes_the_strictest_values(in_c: Callable[[bytes], dict[str, int] | None]) -> None:
    block = packed(DEFAULTS)
    assert in_c(block) == DEFAULTS
    for bit in range(8 * len(block)):
        flipped = bytearray(block)
        flipped[bit // 8] ^= 1 << bit % 8
        assert in_c(bytes(flipped)) is None, bit
        assert in_python(bytes(flipped)) is None, bit


@pytest.mark.parametrize(
    ("offset", "content"),
    [
        (0, b"KSPM"),
        (4, bytes((LAYOUT.layout + 1, 0))),
        (4, bytes((LAYOUT.layout - 1, 0))),
        (6, bytes((len(SETTINGS) - 1, 0))),
        (6, bytes((len(SETTINGS) + 1, 0))),
        (200, b"\x01"),
        (251, b"\x80"),
    ],
)
def test_another_magic_layout_or_count_and_used_reserve_are_refused_even_with_the_right_checksum(
    offset: int, content: bytes, in_c: Callable[[bytes], dict[str, int] | None]
) -> None:
    other = changed(packed(DEFAULTS), offset, content)
    assert in_c(other) is None
    assert in_python(other) is None
    assert in_c(sealed(packed(DEFAULTS))) == DEFAULTS, "the control"


def test_random_blocks_are_read_alike_in_c_and_python(in_c: Callable[[bytes], dict[str, int] | None]) -> None:
    generator = random.Random(2026)
    taken = 0
    for _ in range(3_000):
        block = bytearray(packed(DEFAULTS))
        for _ in range(generator.randint(0, 3)):
            block[generator.randrange(8, 8 + 2 * len(SETTINGS))] = generator.randrange(256)
        if generator.random() < 0.1:
            block = bytearray(generator.randbytes(len(block)))
        whole = sealed(bytes(block))
        assert in_c(whole) == in_python(whole)
        taken += in_c(whole) is not None
    assert 100 < taken < 2_900, "some of both"


def test_what_has_no_block_is_refused() -> None:
    for content in (b"", packed(DEFAULTS)[:-1], bytes(LAYOUT.bytes), b"\xff" * LAYOUT.bytes):
        with pytest.raises(InvalidBlock):
            parsed(content)


def test_the_firmware_has_the_generated_files() -> None:
    assert (ROOT / "firmware" / "kesu_pad" / "policy.py").read_text(encoding="utf-8") == policy_module()
    header = (NATIVE / "policy_layout.h").read_text(encoding="utf-8")
    assert header == policy_header()
    listed = re.findall(r"0x([0-9A-F]{2}),", header.split("KESU_POLICY_DEFAULTS")[1])
    assert bytes(int(byte, 16) for byte in listed) == packed(DEFAULTS)


def test_the_module_reads_each_setting_once_and_names_its_choices() -> None:
    asked: list[int] = []

    class Native:
        @staticmethod
        def policy(number: int) -> int:
            asked.append(number)
            return list(DEFAULTS.values())[number]

        @staticmethod
        def policy_valid() -> bool:
            return True

    source = policy_module().replace("import native\nfrom micropython import const\n", "")
    names: dict[str, object] = {"native": Native, "const": int}
    exec(source, names)
    assert asked == list(range(len(SETTINGS)))
    for setting in SETTINGS:
        assert names[setting.constant] == setting.default * setting.factor
        assert [names[f"{setting.constant}_{choice.upper()}"] for choice in setting.choices] == list(
            range(len(setting.choices))
        )


def test_a_pad_for_development_gets_literal_values_and_the_mark() -> None:
    names: dict[str, object] = {}
    source = policy_module(service=True, values=DEFAULTS | {"timeouts.idle_s": 20})
    exec(source.replace("import native\nfrom micropython import const\n", "const = bool\n"), names)
    assert names["IDLE_MS"] == 20_000
    assert names["SERVICE"] is True


def test_the_doubles_have_the_defaults() -> None:
    source = (ROOT / "tests" / "support" / "pad_fakes" / "native.py").read_text(encoding="utf-8")
    (line,) = re.findall(r"^policy_values = (\[.*\])$", source, re.MULTILINE)
    assert [int(value) for value in line.strip("[]").split(",")] == list(DEFAULTS.values())


def watchdog_at_start(source: str) -> int:
    """Time of the watchdog that C starts before Python runs, ms."""
    (found,) = re.findall(r"^#define START_MS \((\d+)\)$", source, re.MULTILINE)
    return int(found)


def test_the_watchdog_before_python_has_the_time_of_the_defaults() -> None:
    source = (NATIVE / "last_resort.c").read_text(encoding="utf-8")
    assert watchdog_at_start(source) == DEFAULTS["watchdog.ms"]
    assert watchdog_at_start(source.replace("(4000)", "(3999)")) == 3999, "the control"
