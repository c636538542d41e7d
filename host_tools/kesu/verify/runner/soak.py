"""soak: a run in turns, each made from its seed alone, so that a soak can be resumed with the next seed."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from kesu.verify import plan
from kesu.verify.profile import SOAK


def first_scenario(seed: int) -> str:
    """Description of the first scenario of a soak with that seed."""
    first = plan.matrix(seed, SOAK)[0][0]
    return f"{first.event.label}; {first.kind}, note {first.seed}"
