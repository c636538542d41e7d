"""test_usb_wake: the sleep before a tick of the USB answers ends in the same time, whatever the flash cache holds."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from kesu.emulator.chips.rp2040.facts import RP2040
from kesu.emulator.core.memory_map import MemoryMap
from kesu.images.toolchain.request import BuiltImage
from kesu_dev.oracle.instructions import of_image

WFI = 0xBF30


def test_the_wake_before_a_tick_needs_no_line_of_flash_that_may_be_missing(sealed: BuiltImage) -> None:
    """sleep_to (usb_ticks.c) sleeps with interrupts off (WFI), and the alarm's interrupt is taken after the MSR that
    follows (ARMv6-M ARM B1.5.19). In flash that MSR may be in another line of the cache than the WFI; then the time of
    the wake depends on what has pushed that line out, which may be ink. In RAM there are no lines."""
    names = MemoryMap(sealed.elf, RP2040)
    found = names.symbol("sleep_to")
    assert found.address in RP2040.sram
    within = range(found.address, found.address + found.size)
    wakes = [site.address for site in of_image(sealed.elf).sites if site.op == WFI]
    assert [address for address in wakes if address in within]
    caller = names.symbol("kesu_usb_prepare")
    assert not [
        address for address in wakes if address in range(caller.address, caller.address + caller.size)
    ]
