"""test_memories: RAM by boot ROM or probe, and the whole flash, with a note and after its wipe."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hil import Bench
from hil.owners import Owned, from_dump, read
from kesu.common.uf2 import load, parse
from kesu.emulator.core.facts import Facts

WIPED_S = 3.0
LEAST_INK = 50
"""Bytes in which a pad with a note differs from a blank one."""

needs = pytest.mark.needs


def differing(blank: list[Owned], other: list[Owned]) -> int:
    """Number of bytes that differ from a blank pad in all buffers that may hold a note. The blank pad's frame shows
    READY."""
    pairs = zip(blank, other, strict=True)
    return sum(one != two for a, b in pairs for one, two in zip(a.content, b.content, strict=True))


def look_three_times(bench: Bench, look: Callable[[], list[Owned]], again: Callable[[], None]) -> None:
    """Read a blank pad, one with a note, and one after its call. again: brings the pad back after each read."""
    blank = look()
    again()
    bench.write_note()
    bench.wait(WIPED_S, note=True)
    assert differing(blank, look()) > LEAST_INK, "the check could not see a note"
    again()
    bench.write_note()
    bench.wait(WIPED_S, note=True)
    bench.send(b"E")
    bench.wait(WIPED_S, note=False, ready=True)
    assert differing(blank, look()) == 0


@pytest.mark.slow
@needs("pen", "bootsel")
def test_a_dump_shows_the_note_before_the_wipe_and_not_after_it(bench: Bench, elf: Path, chip: Facts) -> None:
    if not chip.keeps_sram:
        pytest.skip(f"a {chip.name} loses its RAM at RUN, so BOOTSEL never shows a note")
    look_three_times(bench, lambda: from_dump(bench.read_memories().sram, elf, chip), bench.start)


@pytest.mark.slow
@needs("pen", "swd")
def test_a_probe_finds_the_note_before_the_wipe_and_not_after_it(
    bench: Bench, elf: Path, chip: Facts
) -> None:
    look_three_times(bench, lambda: read(bench.peek, elf, chip), lambda: None)


@pytest.mark.slow
@needs("pen", "bootsel")
def test_flash_holds_only_the_image(bench: Bench, elf: Path) -> None:
    bench.write_note()
    bench.send(b"E")
    bench.wait(WIPED_S, note=False, ready=True)
    flash = bench.read_memories().flash
    image = parse(load(elf.with_suffix(".uf2")), elf.with_suffix(".uf2"))
    assert flash == image.flash(len(flash))
    assert image.flash(len(flash)).count(0xFF) > len(flash) // 2, (
        "most of the flash is erased, and it is compared too"
    )
