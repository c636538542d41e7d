"""test_pico2_faults: exceptions in the unchanged image for the Pico 2: watchpoints of its core, and what follows."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import pytest
from kesu.images.toolchain import ensure
from kesu.images.toolchain.request import BuiltImage
from kesu.verify.faults import software, tour
from kesu.verify.faults.statements import statements
from kesu.verify.outcome import Trial

pytestmark = pytest.mark.slow

SEED = 35


@pytest.fixture(scope="module")
def image() -> BuiltImage:
    return ensure("sealed", board="pico2")


def test_an_exception_in_a_panel_reset_wipes_the_note(image: BuiltImage) -> None:
    """The same trials as on the Pico: the statement is reached, raises, and the pad wipes and restarts."""
    pulse = [statement for statement in statements(image) if statement.function == "Transport.reset"]
    ring = tuple(scene for scene in tour.SCENES if scene.name == "ring")
    trials: list[Trial] = []
    coverage = software.exceptions(
        image, SEED, len(pulse), 1, lambda trial, total: trials.append(trial), pulse, ring
    )
    assert len(trials) == len(pulse) > 3
    assert [trial for trial in trials if not trial.holds] == []
    assert coverage.reached == len(pulse), "each was seen just before it ran"
