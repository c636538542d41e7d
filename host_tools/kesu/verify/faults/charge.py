"""charge: trials of the hold-up's charge: an empty cell, a cell that is not full, and a pad pulled off a charger.

A charger has no bus, so GP24 alone shows that the cable is out: here the two boards differ.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from kesu.emulator.board.power import VbusSense
from kesu.emulator.board.revision import FIRST as FIRST_BOARD
from kesu.emulator.board.revision import HARD_PLACES, HUB, PLACES, PULLED, SECOND, Place, Revision
from kesu.emulator.scenario import plug_in
from kesu.verify import notes
from kesu.verify.faults.hold_up import FIRST, FULL_V, REFERENCE, WORST, Capacitor, Supply
from kesu.verify.outcome import Trial
from kesu.verify.scenes.scenario import Written
from kesu.verify.search import on_glass

CAMPAIGN = "power"
CHARGED_S = (1.0, 4.0, 8.0, 12.0, 16.0, 22.0, 40.0)
"""Seconds on the cable before it is pulled: an empty cell, one that carries a part of a wipe, a whole one."""
PLUGGED_S = (3.0, 12.0, 20.0, 40.0, 60.0)
"""Seconds at which an operator writes on a pad that was plugged in with an empty cell."""
CHARGE_STEP_MS = 100.0
START_MS = 4_000.0
INK_MS = 1_500.0
STEP_MS = 250.0
LEAST_INK_PX = 20
HELD_S = 60.0
"""Longer than any cell lasts, so that the model of the cell ends the power."""
STROKES = 3

Boot = Callable[[Written, str, int, float], Trial]
"""Watch a pad from power-on: trial's label, seed, contrast of the note at power-on, L*."""


@dataclass(frozen=True)
class Setup:
    """A board, its cell and the places in which its pads stand."""

    board: Revision
    cell: Capacitor
    places: tuple[Place, ...]
    name: str

    @property
    def suffix(self) -> str:
        """Of a trial's name; empty for the usual setup."""
        return f", {self.name}" if self.name else ""


def setup(board: Revision = SECOND, pessimistic: bool = False) -> Setup:
    """What the campaign runs on. pessimistic: the worst cell, hot cases and docks besides."""
    cell = WORST if pessimistic else FIRST if board == FIRST_BOARD else REFERENCE
    places = PLACES + HARD_PLACES if pessimistic else PLACES
    words = ([f"{board.name} board"] if board != SECOND else []) + (["pessimistic"] if pessimistic else [])
    return Setup(board, cell, places, ", ".join(words))


def charger_places(chosen: Setup) -> list[tuple[Place, VbusSense]]:
    """Places at which a charger's cable is pulled, or a powered hub without a host is switched off."""
    return [(place, chosen.board.sense(place)) for place in chosen.places if place.port in (PULLED, HUB)]


def half_charged(written: Written, label: str, seed: int, cell: Capacitor, watch: Boot) -> Trial:
    """Unplug on a cell at `cell.full_v`, let it run empty, and plug in again: the note may be on the glass until then,
    and must not come back."""
    pad = written.pad
    pad.unplug(HELD_S)
    supply = Supply(pad, cell)
    began = pad.now_ms
    while supply.run_for(STEP_MS):
        pass
    held_s = (pad.now_ms - began) / 1_000
    shown = on_glass.contrast(pad, written.ink, written.reference)
    pad.run_for(300.0)
    trial = watch(written, label, seed, shown)
    trial.figures.update(held_s=round(held_s, 2), cell_V=round(cell.full_v, 2))
    return trial


def from_empty(written: Written, label: str, seed: int, chosen: Setup, plugged_s: float) -> Trial:
    """Plug in a pad whose cell is empty, write, and pull the cable: no note may have begun that the cell cannot end.

    The second board charges while CHARGE is high, and its converter sees the cell; the first charges always, and shows
    nothing.
    """
    pad, cell, board = written.pad, chosen.cell, chosen.board
    pad.unplug()
    pad.run_for(100.0)
    pad.wiring.set_analog(0.0, FULL_V)
    if board == FIRST_BOARD:
        pad.wiring.open_cell()
    plug_in(pad)
    charging_s, cell_v = 0.0, 0.0
    for _ in range(round(plugged_s * 1_000 / CHARGE_STEP_MS)):
        pad.run_for(CHARGE_STEP_MS)
        if board == FIRST_BOARD or pad.wiring.charges:
            charging_s += CHARGE_STEP_MS / 1_000
            cell_v = cell.charged_v(charging_s)
        if board != FIRST_BOARD:
            pad.wiring.set_analog(cell_v, FULL_V)
    taken = _write(written, seed)
    why = "the cell could not carry the wipe"
    trial = _pulled(written, label, seed, replace(cell, full_v=cell_v), taken, why)
    trial.figures["cell_V"] = round(cell_v, 2)
    return trial


def ink_px(written: Written) -> int:
    """Dark pixels above the strip that READY does not have."""
    dark = (written.pad.glass.intended <= 0.5) & ~written.reference.printed
    return int(dark[: -on_glass.STRIP_ROWS].sum())


def off_a_charger(written: Written, label: str, seed: int, cell: Capacitor, sense: VbusSense) -> Trial:
    """Write on a pad that never saw a bus, and pull it off: its ink must be gone before the cell is empty."""
    pad = written.pad
    pad.unplug()
    pad.run_for(100.0)
    pad.power_on()
    pad.run_for(START_MS)
    taken = _write(written, seed)
    pad.wiring.vbus_sense = sense
    if taken < LEAST_INK_PX:
        reason = "the pad took no ink on the charger, so the trial shows nothing"
        return Trial(CAMPAIGN, label, seed, "VBUS", None, "nothing", reason, {"ink_before_px": taken})
    return _pulled(written, label, seed, cell, taken, "GP24 did not show the unplug in time")


def _write(written: Written, seed: int) -> int:
    """Let an operator write, whether or not the pad takes it; `ink_px` then."""
    pad = written.pad
    pad.run_for(notes.play(pad, notes.note("kanji", seed, STROKES)) + INK_MS)
    return ink_px(written)


def _pulled(written: Written, label: str, seed: int, cell: Capacitor, taken: int, why: str) -> Trial:
    """Pull the cable and let the cell run empty. taken: `ink_px` before; why: what ink on the glass then means.

    Without a note, a page that stays black in the middle of a wipe shows nothing.
    """
    pad = written.pad
    pad.unplug(HELD_S)
    supply = Supply(pad, cell)
    began, gone = pad.now_ms, None
    while supply.run_for(STEP_MS):
        if gone is None and not ink_px(written):
            gone = pad.now_ms - began
    left = ink_px(written) if taken >= LEAST_INK_PX else 0
    if gone is None and not left:
        gone = pad.now_ms - began
    figures = {
        "held_s": round((pad.now_ms - began) / 1_000, 2),
        "ghost_L": float(on_glass.ghost(pad, written.ink, written.reference)),
        "ink_taken_px": left,
        "ink_before_px": taken,
    }
    reason = f"ink was on the glass when the power was gone: {why}" if left else ""
    return Trial(CAMPAIGN, label, seed, "VBUS", gone, "glass clean, power gone", reason, figures)
