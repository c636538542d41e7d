"""test_usb_wake: the sleep before a tick of the USB answers ends in the same time, whatever the flash cache holds."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from kesu.emulator.core.memory_map import MemoryMap
from kesu.images.toolchain.request import BuiltImage
from kesu_dev.oracle.instructions import Site, of_image


def lines_of_the_wake(sites: Sequence[Site]) -> list[tuple[int, int]]:
    """For each WFI: the lines of the flash cache (8 bytes) that hold it, and the end of the instruction after it."""
    return [
        (one.address // 8, (after.address + (3 if after.second else 1)) // 8)
        for one, after in pairwise(sites)
        if one.op == 0xBF30
    ]


def test_the_wake_before_a_tick_needs_no_line_of_flash_that_may_be_missing(sealed: BuiltImage) -> None:
    """kesu_usb_prepare sleeps with interrupts off (WFI), and the alarm's interrupt is taken after the MSR that follows
    (ARMv6-M ARM B1.5.19). Were that MSR in another line of the cache than the WFI, the time of the wake would depend on
    what had pushed that line out, which may be ink."""
    found = MemoryMap(sealed.elf).symbol("kesu_usb_prepare")
    within = range(found.address, found.address + found.size)
    code = [site for site in of_image(sealed.elf).sites if site.address in within]
    lines = lines_of_the_wake(code)
    assert len(lines) == 1
    assert lines[0][0] == lines[0][1]


def test_a_wake_that_needs_another_line_is_found() -> None:
    wfi, msr = Site(0x1000_0004, 0xBF30, 0), Site(0x1000_0006, 0xF383, 0x8810)
    assert lines_of_the_wake([wfi, msr]) == [(0x200_0000, 0x200_0001)]
