"""test_m33_oracle: unicorn agrees with the core of the Pico 2 on each instruction of the sealed images, and on runs."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import random
from collections import Counter
from itertools import islice
from pathlib import Path

import pytest

pytest.importorskip("unicorn")

from elftools.elf.elffile import ELFFile
from kesu.emulator import scenario
from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.chips.rp2350 import m33
from kesu.emulator.chips.rp2350.emulator import Rp2350
from kesu.emulator.core.facts import FLASH_BASE, SRAM_BASE
from kesu.images.toolchain import ensure
from kesu.images.toolchain.request import BuiltImage
from kesu.spec.panels import PANELS
from kesu_dev.oracle.m33_windows import Windows
from m33_sites import Oracle, compared, only_nan_payloads, randomise, sites, small_offsets

pytestmark = pytest.mark.slow

LEAST_SITES = 35_000
"""Instructions in each sealed image that can be compared singly and do not branch into nothing."""
SHARE = 5
"""`./dev test` tries one instruction in so many, `./dev test --all` each of them."""
LONGEST = 300
LEAST_WINDOWS, LEAST_INSTRUCTIONS = 150, 8_000


@pytest.fixture(params=PANELS)
def image(request: pytest.FixtureRequest) -> BuiltImage:
    return ensure("sealed", board="pico2", panel=request.param)


def chip_with(image: BuiltImage, generator: random.Random) -> Rp2350:
    """A chip with the image in flash, its initialised data and code in SRAM, and noise in the rest."""
    chip = VirtualPad(image.uf2, elf=image.elf).emulator
    assert isinstance(chip, Rp2350)
    chip.m33.sram[:] = generator.randbytes(len(chip.m33.sram))
    with image.elf.open("rb") as stream:
        for segment in ELFFile(stream).iter_segments():
            if segment["p_type"] == "PT_LOAD" and segment["p_vaddr"] >> 28 == 2:
                start = segment["p_vaddr"] - SRAM_BASE
                chip.m33.sram[start : start + segment["p_filesz"]] = segment.data()
    return chip


def play_sites(
    chip: Rp2350, elf: Path, generator: random.Random, one_in: int
) -> tuple[Counter[str], list[str]]:
    """Execute one site in so many once on both. Returns how it went, and the differences."""
    oracle, state = Oracle(chip), chip.m33.state
    oracle.load_memory()
    went: Counter[str] = Counter()
    found = []
    for site in islice(sites(elf), 0, None, one_in):
        if not compared(site):
            went["not singly"] += 1
            continue
        randomise(state, site, generator)
        small_offsets(state, site, generator)
        oracle.load()
        oracle.wrote.clear()
        chip.m33._go(m33.FOREVER, 1)
        if state.left or state.ipsr:
            went[
                "peripheral" if state.left == m33.MMIO else "fault" if state.ipsr else f"left {state.left}"
            ] += 1
            continue
        error = oracle.run(site.address, 1)
        if error:
            went[error] += 1
            oracle.load_memory()
            continue
        went["compared"] += 1
        differing, memory = oracle.differences(), oracle.memory_differs()
        if memory or not only_nan_payloads(differing):
            found.append(f"0x{site.address:08x} {[hex(word) for word in site.words]}: {differing} {memory}")
            oracle.load_memory()
    return went, found


@pytest.mark.parametrize("one_in", [SHARE, pytest.param(1, marks=pytest.mark.deep)])
def test_every_instruction_does_the_same_from_a_random_state(image: BuiltImage, one_in: int) -> None:
    generator = random.Random(f"sites {image.uf2.name}")
    went, found = play_sites(chip_with(image, generator), image.elf, generator, one_in)
    print(image.uf2.name, dict(went))
    assert found == []
    assert went["compared"] > LEAST_SITES // one_in
    assert not [why for why in went if why.startswith("left")], "an instruction that this core does not have"


def test_a_part_of_an_image_shows_a_wrong_instruction(image: BuiltImage) -> None:
    """The same one in so many instructions: ADDS and SUBS of a register leave V as it was."""
    generator = random.Random(2)
    chip = chip_with(image, generator)
    go, state = chip.m33._go, chip.m33.state

    def wrong(until: int, most: int, mmio_allowed: int = 0, watch_ignored: int = 0) -> None:
        adds = int.from_bytes(chip.m33.flash[(at := state.r[15] - FLASH_BASE) : at + 2], "little") >> 10 == 6
        before = state.v
        go(until, most, mmio_allowed, watch_ignored)
        state.v = before if adds else state.v

    chip.m33._go = wrong  # type: ignore[method-assign]
    _, found = play_sites(chip, image.elf, generator, SHARE)
    assert found
    assert all("flags" in line for line in found)


def test_a_wrong_result_is_found() -> None:
    image = ensure("sealed", board="pico2")
    generator = random.Random(1)
    chip = chip_with(image, generator)
    go = chip.m33._go

    def wrong(until: int, most: int, mmio_allowed: int = 0, watch_ignored: int = 0) -> None:
        go(until, most, mmio_allowed, watch_ignored)
        chip.m33.state.c ^= 1

    chip.m33._go = wrong  # type: ignore[method-assign]
    oracle = Oracle(chip)
    oracle.load_memory()
    site = next(site for site in sites(image.elf) if site.first >> 11 == 4)  # MOVS, which leaves C alone
    randomise(chip.m33.state, site, generator)
    oracle.load()
    chip.m33._go(m33.FOREVER, 1)
    assert oracle.run(site.address, 1) == ""
    assert list(oracle.differences()) == ["flags"]


def test_windows_of_a_running_pad_end_in_the_same_state(image: BuiltImage) -> None:
    """From power-on through writing to the end of a wipe."""
    pad = VirtualPad(image.uf2, elf=image.elf)
    assert isinstance(pad.emulator, Rp2350)
    windows = Windows(pad.emulator, LONGEST, 29)
    scenario.start(pad)
    pad.run_for(pad.pen.write([[(100.0 + 10 * step, 60.0 + step) for step in range(10)]], 260.0) + 600.0)
    pad.keys["WIPE"].press()
    pad.run_for(300.0)
    print(image.uf2.name, windows.windows, "windows,", windows.instructions, "instructions,", windows.skipped)
    assert windows.found == []
    assert windows.windows > LEAST_WINDOWS
    assert windows.instructions > LEAST_INSTRUCTIONS
