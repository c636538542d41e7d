"""variants: panels that the pad could have, where sources disagree or nothing is published: glasses and
controllers."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import random
from dataclasses import dataclass

from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.core.clock import NS_PER_MS
from kesu.emulator.panel import films
from kesu.emulator.panel.sample import NOMINAL, Sample, pessimistic
from kesu.emulator.panel.ssd16xx_update import OVERHEADS_NS, Chip

USUAL = "deep ghost"
"""Name of the glass that all other scenes have (kesu.emulator.panel.sample.NOMINAL)."""
PESSIMISTIC, SLOW, DRAWN, BESIDE = "pessimistic glass", "slow film", "drawn film", "VCOM beside its best"
VCOM_V, KICK_V = 0.46, 0.1
"""VCOM error at 95 % of the panels that the drivers' habits allow (50 partial refreshes move no held pixel
visibly), and the shift of a faster scan: assumed."""


@dataclass(frozen=True)
class Variant:
    """One panel. swaps: its planes are exchanged after a mode 2 refresh."""

    glass: str
    sample: Sample = NOMINAL
    chip: Chip = Chip()  # noqa: RUF009 - frozen
    swaps: bool = False
    controller: str = ""

    @property
    def from_start(self) -> bool:
        """Whether it must be fitted before the pad starts: a start finds out what the controller can do."""
        return self.chip != Chip()

    @property
    def name(self) -> str:
        """For a report."""
        return ", ".join((self.glass, *filter(None, (self.controller, "planes swap" if self.swaps else ""))))

    def fit(self, pad: VirtualPad) -> None:
        """Make the pad's panel this one."""
        pad.glass.fit(self.sample)
        pad.panel.chip = self.chip
        pad.panel.swaps_planes = self.swaps


def glasses(seed: int) -> dict[str, Sample]:
    """All glasses by name; the seed chooses a drawn film and the signs of errors."""
    chosen = random.Random(f"glasses {seed}")
    number = films.by_seed(chosen.randrange(films.DRAWN))
    error = chosen.choice((-VCOM_V, VCOM_V))
    return {
        USUAL: NOMINAL,
        "film of medians": Sample(film=films.MEDIANS),
        SLOW: Sample(film=films.SLOW),
        "fast film": Sample(film=films.FAST),
        "creeping film": Sample(film=films.CREEPING),
        DRAWN: Sample(film=number),
        BESIDE: Sample(vcom_error_v=error, kick_v=chosen.choice((-KICK_V, KICK_V))),
        PESSIMISTIC: pessimistic(NOMINAL),
    }


def controllers() -> dict[str, Chip]:
    """Controllers that differ from the usual one, by name. Each way of showing ink has one that forces it: pulses (3
    and 30 ms), whole drives (the longest overhead), the OTP's waveform shown again (it comes back), and loaded each
    time (clock and rails)."""
    longest = OVERHEADS_NS[-1] // NS_PER_MS
    return {
        **{f"overhead {ms} ms": Chip(overhead_ns=ms * NS_PER_MS) for ms in (3, 30, longest)},
        "OTP comes back": Chip(reloads=True),
        "clock and rails asked for each time": Chip(needs_enable=True),
        "32h outlasts RST": Chip(keeps_lut=True),
    }


def every(seed: int) -> list[Variant]:
    """The usual panel first, every glass with planes that stay and that swap, and every controller on the
    usual glass."""
    found = [
        Variant(name, sample, swaps=swaps)
        for name, sample in glasses(seed).items()
        for swaps in (False, True)
    ]
    return found + [Variant(USUAL, chip=chip, controller=name) for name, chip in controllers().items()]


def variants(seed: int) -> list[Variant]:
    """Those on which a verification judges notes that are written and wiped on them: not the usual panel,
    which all other scenes have."""
    return every(seed)[1:]
