"""compare: differences between two answers to one scenario, and the limits within which they agree."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from kesu_dev.crosscheck.answer import Answer, Check

TIME_MS = 1.5
"""Limit for times of modem bits, refreshes, waits and wipes: both benches poll once a millisecond, so a moment may
be seen one poll apart."""
BUSY_MS = 0.5
"""Limit for the length of BUSY when the waveform ran to its end: a constant of both models."""
GREY = 24
"""Limit for grey levels (of 256) on a glass at rest. The films differ on purpose: the page's moves on a straight line
to its end, that of the virtual pad is followed by its voltages. So a glass in a waveform is not compared by grey."""


@dataclass
class Agreement:
    """The greatest differences found between two answers, and every difference above its limit."""

    time_ms: float = 0.0
    grey: int = 0
    planes: int = 0
    checks: int = 0
    differences: list[str] = field(default_factory=list)

    @property
    def agrees(self) -> bool:
        """Whether no difference is above its limit."""
        return not self.differences

    def time(self, what: str, ours: float | None, theirs: float | None) -> None:
        """Compare two times; None: not reached."""
        if ours is None or theirs is None:
            if ours is not theirs:
                self.differences.append(f"{what}: {_ms(ours)} and {_ms(theirs)}")
            return
        self.time_ms = max(self.time_ms, abs(ours - theirs))
        if abs(ours - theirs) > TIME_MS:
            self.differences.append(f"{what}: {_ms(ours)} and {_ms(theirs)}")

    def same(self, what: str, ours: object, theirs: object) -> None:
        """Compare two things that must be equal."""
        if ours != theirs:
            self.differences.append(f"{what}: {ours} and {theirs}")


def compare(python: Answer, node: Answer) -> Agreement:
    """Compare the answers of both benches; every difference names Python's side first."""
    found = Agreement()
    if python.failed or node.failed:
        found.differences.append(f"not played: {python.failed or 'played'}; {node.failed or 'played'}")
    found.same("modem bits", [bits for _, bits in python.modem], [bits for _, bits in node.modem])
    for (ours, bits), (theirs, _) in zip(python.modem, node.modem, strict=False):
        found.time(f"modem bits '{bits}'", ours, theirs)
    found.same(
        "refreshes",
        [(name, aborted) for _, _, name, aborted in python.refreshes],
        [(name, aborted) for _, _, name, aborted in node.refreshes],
    )
    for index, (ours_refresh, theirs_refresh) in enumerate(
        zip(python.refreshes, node.refreshes, strict=False)
    ):
        start, busy, name, aborted = ours_refresh
        found.time(f"refresh {index} ({name})", start, theirs_refresh[0])
        if not aborted and abs(busy - theirs_refresh[1]) > BUSY_MS:
            found.differences.append(f"refresh {index} BUSY: {_ms(busy)} and {_ms(theirs_refresh[1])}")
    for (what, ours), (_, theirs) in zip(python.waits, node.waits, strict=False):
        found.time(f"'{what}'", ours, theirs)
    for ours_wipe, theirs_wipe in zip(python.wipes, node.wipes, strict=False):
        for what, ours_ms, theirs_ms in zip(
            ("owners", "planes", "READY"), ours_wipe, theirs_wipe, strict=True
        ):
            found.time(f"wipe, {what}", ours_ms, theirs_ms)
    found.same("checks", [one.name for one in python.checks], [one.name for one in node.checks])
    for ours_check, theirs_check in zip(python.checks, node.checks, strict=False):
        _checks(found, ours_check, theirs_check)
    found.same("bytes on bulk IN", python.bulk_in, node.bulk_in)
    found.same("panel errors", python.panel_errors, node.panel_errors)
    return found


def _checks(found: Agreement, ours: Check, theirs: Check) -> None:
    where = f"check '{ours.name}'"
    found.checks += 1
    found.time(where, ours.ms, theirs.ms)
    found.same(f"{where}, bits", ours.bits, theirs.bits)
    found.same(f"{where}, LED", ours.led, theirs.led)
    found.same(f"{where}, power", ours.powered, theirs.powered)
    # A controller without power holds noise, and the benches' noise differs on purpose.
    planes = (("new", ours.bw, theirs.bw), ("old", ours.red, theirs.red)) if ours.powered else ()
    for name, mine, yours in planes:
        unequal = _unequal(mine, yours)
        found.planes += unequal
        if unequal:
            found.differences.append(f"{where}, {name} plane: {unequal} bytes")
    mine_grey, yours_grey = (np.frombuffer(one.grey, np.uint8).astype(np.int16) for one in (ours, theirs))
    if mine_grey.shape != yours_grey.shape:
        found.differences.append(f"{where}, glass: {mine_grey.size} and {yours_grey.size} pixels")
    else:
        apart = np.abs(mine_grey - yours_grey)
        if _at_rest(mine_grey):
            found.grey = max(found.grey, int(apart.max()))
        if _at_rest(mine_grey) and _at_rest(yours_grey) and apart.max() > GREY:
            found.differences.append(
                f"{where}, glass: {int((apart > GREY).sum())} pixels, up to {apart.max()}"
            )
    found.same(f"{where}, note found", ours.found, theirs.found)
    if None not in (ours.inked, theirs.inked):
        found.same(f"{where}, bytes of ink", ours.inked, theirs.inked)


def _unequal(mine: bytes, yours: bytes) -> int:
    if len(mine) != len(yours):
        return max(len(mine), len(yours))
    return int((np.frombuffer(mine, np.uint8) != np.frombuffer(yours, np.uint8)).sum())


def _at_rest(grey: np.ndarray[tuple[int], np.dtype[np.int16]]) -> bool:
    """At rest nearly all pixels are black or white; during a waveform there are many tones."""
    middle = (grey > 90) & (grey < 210)
    return not middle.any()


def _ms(moment: float | None) -> str:
    return "never" if moment is None else f"{moment:.2f} ms"
