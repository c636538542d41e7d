"""The emulator's core against unicorn (docs/records/0062): small here, parts of images in the slow tests, whole ones in
the deep ones. Wrong instructions, built in on purpose, are found."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from kesu.emulator.chips.rp2040 import thumb
from kesu.emulator.chips.rp2040.emulator import Rp2040
from kesu.emulator.core import native
from kesu.emulator.core.facts import SRAM_BASE
from kesu.emulator.uf2 import read_uf2
from kesu.images.toolchain.request import BuiltImage
from kesu.spec.panels import PANELS
from kesu_dev.oracle import sites, windows
from kesu_dev.oracle.instructions import Code, Site, of_image
from kesu_dev.oracle.oracle_core import CoreState, Oracle

ROOM = 0x2000
"""Where the instructions of the small test are, in SRAM."""
SHARE = 10
"""Of the instructions of an image, the slow tests try one in so many; `./dev test --all` tries all of them."""
LOW_BITS = (0x08, 0x11, 0x1B, 0x2E, 0x30, 0x37)
"""Values of the lower six bits of an instruction, with each value of the upper ten."""

WRONG = {
    "C of LSRS by 0": ("core->c = count ? wide & 1 : core->c;", "core->c = wide & 1;"),
    "V of ADCS": (
        "core->v = with_sign != (int32_t)(uint32_t)sum;",
        "core->v = with_sign - carry != (int32_t)((uint32_t)sum - carry);",
    ),
    "STM without write-back": ("if (!is_load || !(list", "if (!(list"),
    "BLX LR": ("r[15] = value & ~1u;", "r[15] = r[m] & ~1u;"),
    "halfword without its sign": ("(uint32_t)(int16_t)value", "(uint32_t)(uint16_t)value"),
    "byte to the next address": (
        "memcpy(at, &core->r[rt], size);",
        "memcpy(at + (size == 1), &core->r[rt], size);",
    ),
}
"""Name: what is replaced in the core in C, and by what."""


@pytest.fixture
def compiled() -> None:
    if thumb.attach(Rp2040().simulator) is None:
        pytest.skip("no C compiler for this machine")


def every_encoding(low_bits: tuple[int, ...] = LOW_BITS) -> Code:
    """Each 16-bit instruction with all values of its upper ten bits and these of the others, in SRAM."""
    found: list[Site] = []
    for index in range(0x400):
        for low in low_bits:
            op = index << 6 | low
            top = op >> 11
            unpredictable = (
                top >= 0x1D  # 32 bits, or undefined
                or (op >> 8 == 0x47 and (op & 7 or (op >> 3 & 15) == 15))
                or (op >> 8 == 0x45 and not op & 0xC0)
                or (op >> 8 in (0x44, 0x45) and (op >> 3 & 15) == 15)
                or (top in (0x16, 0x17) and not _defined(op))
                or (top == 0x18 and not op & 0xFF)
                or (top == 0x18 and op >> (op >> 8 & 7) & 1 and op & (1 << (op >> 8 & 7)) - 1)
                or (top == 0x1B and op >> 9 & 3 == 3)
            )
            if not unpredictable:
                found.append(Site(SRAM_BASE + ROOM + 2 * len(found), op, 0))
    raw = b"".join(site.op.to_bytes(2, "little") for site in found)
    return Code(found, [(SRAM_BASE + ROOM, raw)])


def _defined(op: int) -> bool:
    if op >> 9 in (0x5A, 0x5E):  # PUSH, POP
        return bool(op & 0x1FF)
    return op >> 8 in (0xB0, 0xB2) or op >> 6 in (0x2E8, 0x2E9, 0x2EB)


FEW = every_encoding((0x11, 0x30))
"""Enough to find a wrong instruction, from more states of each: most of the time goes into the first one."""


@pytest.mark.slow
def test_every_encoding_from_random_states(compiled: None) -> None:
    code = every_encoding()
    found = sites.check(code, [], rounds=2)
    assert found.differences == []
    assert found.different == 0
    assert found.sites > 4_000
    assert found.runs > 4 * 4_000


@contextmanager
def with_wrong(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """The core in C with that instruction wrong."""
    right, wrong = WRONG[name]
    changed = 0
    for path in native.THUMB.all_files:
        source = path.read_text()
        changed += source.count(right)
        (tmp_path / path.name).write_text(source.replace(right, wrong))
    assert changed >= 1
    monkeypatch.setattr(native, "THUMB", native.Source("thumb", tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    thumb._library.cache_clear()
    try:
        yield
    finally:
        thumb._library.cache_clear()


@pytest.mark.slow
@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_instruction_is_found(
    compiled: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    with with_wrong(name, monkeypatch, tmp_path):
        found = sites.check(FEW, [], rounds=8, engines=("c",))
    assert found.different
    assert all("(c)" in line for line in found.differences)


@pytest.mark.slow
def test_a_wrong_instruction_of_the_python_core_is_found(
    monkeypatch: pytest.MonkeyPatch, compiled: None
) -> None:
    from kesu.emulator.chips.rp2040.armv6m import Armv6M

    monkeypatch.setattr(Armv6M, "_add_with_carry", lambda core, one, other, carry: core._result(one + other))
    assert sites.check(FEW, [], engines=("python",)).different


@pytest.mark.slow
def test_windows_of_a_boot(compiled: None, sealed: BuiltImage) -> None:
    found = windows.check(sealed.uf2, every=20, whole=False)
    assert found.differences == []
    assert found.instructions > 2_000


@pytest.mark.slow
def test_a_window_with_a_wrong_instruction_is_found(
    compiled: None, sealed: BuiltImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = Oracle.run, 0

    def once_different(oracle: Oracle, state: CoreState, count: int) -> CoreState:
        nonlocal calls
        calls += 1
        after = real(oracle, state, count)
        return CoreState(after.registers, after.flags ^ 0x2000_0000) if calls == 40 else after

    monkeypatch.setattr(Oracle, "run", once_different)
    found = windows.check(sealed.uf2, every=20, whole=False)
    assert found.different == 1


def of_panel(panel: str) -> BuiltImage:
    from kesu_dev.crosscheck.command import image_of

    return image_of(panel)


@pytest.mark.slow
@pytest.mark.parametrize("one_in", [SHARE, pytest.param(1, marks=pytest.mark.deep)])
@pytest.mark.parametrize("panel", PANELS)
def test_whole_image(compiled: None, panel: str, one_in: int) -> None:
    """All instructions of an image, or one of so many."""
    image = of_panel(panel)
    single = sites.check(of_image(image.elf), read_uf2(image.uf2).segments, every=one_in)
    assert single.differences == []
    assert single.sites > 50_000 // one_in
    assert set(single.excluded) <= {"MSR, MRS", "CPS", "WFE, WFI, SEV", "BKPT, UDF", "SVC"}
    assert sum(single.excluded.values()) < 300
    running = windows.check(image.uf2, every=5 * one_in)
    assert running.differences == []
    assert running.instructions > 200_000 // one_in


@pytest.mark.slow
@pytest.mark.parametrize("panel", PANELS)
@pytest.mark.parametrize("name", ["byte to the next address", "halfword without its sign"])
def test_a_part_of_an_image_shows_a_wrong_instruction(
    compiled: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, panel: str, name: str
) -> None:
    image = of_panel(panel)
    with with_wrong(name, monkeypatch, tmp_path):
        found = sites.check(of_image(image.elf), read_uf2(image.uf2).segments, engines=("c",), every=SHARE)
    assert found.different
