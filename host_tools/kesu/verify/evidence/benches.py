"""benches: where a run was played: in the emulator of kesu.verify, or on a pad in a test rig; never a mix."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Iterator

from kesu.verify.plan import OF_RIG
from kesu.verify.profile import RIG, SOAK
from kesu.verify.results import Run

BENCH = "bench"
"""Among the versions of a run with a test rig: the value of BENCHES."""
BENCHES = {"HARDWARE": "rig", "EMULATED": "rig-virtual"}
"""By target: a real pad with a real rig, or two emulated chips."""


def by_rig(run: Run) -> bool:
    """Whether a test rig played the run."""
    return run.profile == RIG.name


def again(run: Run) -> str:
    """The command that repeats the run. The pairs of a soak follow from its seeds, so it has no --pairs."""
    pairs = f" --pairs {len(run.pairs)}" if run.pairs and run.profile != SOAK.name else ""
    name = "rig:NAME" if run.target == "HARDWARE" else BENCHES[run.target]
    extent = f"--target {name}" if by_rig(run) else f"--profile {run.profile}"
    return f"kesu verify {extent} --seed {run.seed}{pairs} IMAGE"


def wrong(run: Run, planned: bool) -> Iterator[str]:
    """Why a report mixes what was measured on different benches. planned: whether its profile is that of a rig."""
    if run.target == "HARDWARE" and not planned:
        yield (
            "says HARDWARE: all that its profile lists is read from memories of the virtual pad, which cannot be "
            "read on a physical pad"
        )
    bench = run.versions.get(BENCH, "")
    if planned and bench != BENCHES[run.target]:
        yield f"says {run.target}, for which the bench is {BENCHES[run.target]!r}, and names {bench!r}"
    if not planned and bench:
        yield f"was played on the bench {bench!r}, and its profile is one of the virtual pad"
    of_rig = sum(OF_RIG in cell.scenario for cell in run.cells)
    if 0 < of_rig < len(run.cells) or (of_rig and not planned):
        yield "has cells of a test rig among those of the virtual pad"
