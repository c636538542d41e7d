"""instants: when the pads of a pair are compared: at each bound of the guarantee after the event, and
asleep."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from dataclasses import dataclass

from kesu.emulator.panel.contrast import CLEAN_LIGHTNESS, LEGIBLE_LIGHTNESS
from kesu.verify.bounds import AFTER_R1, bounds_ms
from kesu.verify.scenes.events import HOLD_UP_S

ASLEEP = "asleep"
"""Name of the last instant: after READY, when the pad sleeps."""
POWER_MARGIN_MS = 50.0
"""A pad without a PC is compared at least this long before its hold-up ends: without power it has no
state."""


@dataclass(frozen=True)
class Instant:
    """One comparison of a pair. name: key of bounds.STEPS, or ASLEEP. after_ms: time from the event's edge;
    None: once the pad is READY and sleeps again. planes, machine, glass: whether these are compared, besides
    the registered buffers; glass_limit: difference of lightness that breaks the pair, L*."""

    name: str
    after_ms: float | None
    planes: bool = True
    machine: bool = True
    glass: bool = True
    glass_limit: float = CLEAN_LIGHTNESS


LAST = Instant(ASLEEP, None)


def instants(panel: str, event: str) -> tuple[Instant, ...]:
    """The instants at which a pair on that panel is compared after the event with that number.

    Until a bound has passed, what it bounds may depend on ink: the planes until R7, the rest of the chip
    until `clean`, the glass until `legible`, where it may still show a residue that cannot be read, and until
    R8.
    """
    bounds = bounds_ms(panel)
    after_ms = {step: bound + (bounds["R1"] if step in AFTER_R1 else 0.0) for step, bound in bounds.items()}
    found = (
        Instant("R1", after_ms["R1"], planes=False, machine=False, glass=False),
        Instant("R7", after_ms["R7"], machine=False, glass=False),
        Instant("clean", after_ms["clean"], glass=False),
        Instant("legible", after_ms["legible"], glass_limit=LEGIBLE_LIGHTNESS),
        Instant("R8", after_ms["R8"]),
        LAST,
    )
    if event != "E9":
        return found
    last_ms = 1_000.0 * HOLD_UP_S - POWER_MARGIN_MS
    return tuple(one for one in found if one.after_ms is None or one.after_ms < last_ms)
