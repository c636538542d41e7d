"""benches: where a run was played: in the emulator of kesu.verify, or on a pad in a test rig; never a mix."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Iterator

from kesu.verify.plan import OF_RIG
from kesu.verify.results import Run

BENCH = "bench"
"""Among the versions of a run with a test rig: the value of BENCHES."""
BENCHES = {"HARDWARE": "rig", "EMULATED": "rig-virtual"}
"""By target: a real pad with a real rig, or two emulated chips."""


def wrong(run: Run, by_rig: bool) -> Iterator[str]:
    """Why a report mixes what was measured on different benches. by_rig: what its profile demands."""
    if run.target == "HARDWARE" and not by_rig:
        yield (
            "says HARDWARE: all that its profile lists is read from memories of the virtual pad, which cannot be "
            "read on a physical pad"
        )
    bench = run.versions.get(BENCH, "")
    if by_rig and bench != BENCHES[run.target]:
        yield f"says {run.target}, for which the bench is {BENCHES[run.target]!r}, and names {bench!r}"
    if not by_rig and bench:
        yield f"was played on the bench {bench!r}, and its profile is one of the virtual pad"
    of_rig = sum(OF_RIG in cell.scenario for cell in run.cells)
    if 0 < of_rig < len(run.cells) or (of_rig and not by_rig):
        yield "has cells of a test rig among those of the virtual pad"
