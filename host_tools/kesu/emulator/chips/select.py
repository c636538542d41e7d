"""select: the chip for an image."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable

from kesu.emulator.chips.rp2040 import facts as rp2040
from kesu.emulator.chips.rp2040.emulator import Rp2040
from kesu.emulator.chips.rp2350 import facts as rp2350
from kesu.emulator.chips.rp2350.emulator import Rp2350
from kesu.emulator.core.emulator import Emulator
from kesu.emulator.core.facts import Facts

_CHIPS: tuple[tuple[Facts, Callable[[int], Emulator]], ...] = (
    (rp2040.RP2040, Rp2040),
    (rp2350.RP2350, Rp2350),
)
CHIPS = tuple(facts for facts, _ in _CHIPS)


def chip_of(family: int) -> Facts | None:
    """The chip that runs UF2 files of that family; None if no emulated chip does."""
    return next((facts for facts in CHIPS if facts.family == family), None)


def build(family: int, seed: int = 1) -> Emulator:
    """A new chip for UF2 files of that family. seed: of what is random in it. Raises KeyError if no emulated chip runs
    them."""
    return {facts.family: make for facts, make in _CHIPS}[family](seed)
