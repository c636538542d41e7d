"""observe: everything that an image uses from READY on, in all scenes of the profile full and in pairs."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.core.fork import ForkError, fork_run
from kesu.emulator.scenario import wait_ready
from kesu.emulator.uses.table import Span, Use
from kesu.images.toolchain.request import BuiltImage
from kesu.verify import notes, plan
from kesu.verify.matrix import play as matrix
from kesu.verify.profile import FULL, Profile
from kesu.verify.scenes import scenario
from kesu.verify.scenes.scenario import Policy, Written
from kesu.verify.search.measure import EVERY_PAGE
from kesu.verify.uses.log import Log, PanelUse, TouchUse


@dataclass
class Observed:
    """What was used, and by which functions."""

    registers: dict[Use, set[str]] = field(default_factory=dict)
    panel: set[PanelUse] = field(default_factory=set)
    touch: set[TouchUse] = field(default_factory=set)
    lost: int = 0
    scenes: int = 0

    def add(self, other: Observed) -> None:
        """Add what another scene used."""
        for use, functions in other.registers.items():
            self.registers.setdefault(use, set()).update(functions)
        self.panel |= other.panel
        self.touch |= other.touch
        self.lost += other.lost
        self.scenes += other.scenes


def image(
    built: BuiltImage,
    seed: int,
    spans: Sequence[Span],
    kept: Mapping[int, int],
    progress: Callable[[str], None],
    profile: Profile = FULL,
) -> Observed:
    """Play every scene of the matrix on that image."""
    found = Observed()
    pad = scenario.boot(built, seed)
    pad.watchers[Log] = Log(pad, spans, kept)
    policy = Policy.of(built)
    for scenes in plan.matrix(seed, profile):
        kind, note_seed = scenes[0].kind, scenes[0].seed

        def play(copy: VirtualPad) -> Observed:
            part = Observed()
            written = scenario.write(copy, notes.note(kind, note_seed), policy, EVERY_PAGE)  # noqa: B023  # called at once
            for scene in scenes:  # noqa: B023  # called at once
                progress(scene.label)
                try:
                    part.add(fork_run(written, lambda one, scene=scene: _played(one, scene)))  # type: ignore[misc]  # a default
                except ForkError as error:
                    progress(f"{scene.label}: {error}")
            return part

        found.add(fork_run(pad, play, 3_600.0))
    return found


def _played(written: Written, scene: plan.Scene) -> Observed:
    """The scene without the searches, which take most of the time."""
    pad, event = written.pad, scene.event
    event.prepare(written)
    edge_ms = pad.now_ms + event.cause(written)
    pad.run_for(max(0.0, edge_ms - pad.now_ms) + matrix.watched(pad) + event.again_ms)
    if event.restarts:
        wait_ready(pad, matrix.RESTART_MS)
    log: Log = pad.watchers[Log]
    registers: dict[Use, set[str]] = {}
    for use in log.registers:
        registers.setdefault(use._replace(pc=0), set()).add(pad.memory_map.name(use.pc).partition("+")[0])
    return Observed(registers, set(log.panel), set(log.touch), log.lost, 1)
