"""test_verify_mutants: three seeded leaks are built, written on and wiped; the checks they name catch them."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from typing import Any

import pytest
from kesu.emulator.core.fork import fork_run
from kesu.images.toolchain.request import BuiltImage
from kesu.verify import mutants
from scenes import Written, ready_pad, what_is_left, write_note

pytestmark = pytest.mark.slow

FAST = ("page-copied", "one-plane-only", "byte-on-bulk-in")
NOTE = "山田"


def wiped(written: Written) -> dict[str, Any]:
    written.pad.host.set_dtr(False)
    written.pad.run_for(2_100.0)
    return what_is_left(written)


def checks(image: BuiltImage) -> tuple[list[str], str]:
    """Result of E7 by resource: the few cells of the matrix that the mutants above need."""
    written = write_note(ready_pad(image), NOTE)
    before, left = fork_run(written, what_is_left), fork_run(written, wiped)
    assert before["hits"]["sram"] > 0, "the mutant does not work: there is no note to leak"
    found = {
        "matrix:R2": left["hits"]["sram"],
        "matrix:R6": not left["flash identical"],
        "matrix:R7": not left["planes blank"],
        "matrix:R8": not left["glass clean"],
        "matrix:R9": left["hits"]["touch_registers"],
        "matrix:R10": left["bulk in"],
        "liveness": not left["dsr"],
    }
    return [name for name, leak in found.items() if leak], str(left["hits"])


def test_the_unchanged_firmware_passes(sealed: BuiltImage) -> None:
    assert checks(sealed)[0] == []


def test_fast_mutants_are_caught_by_the_checks_they_name() -> None:
    chosen = [definition for definition in mutants.load() if definition.name in FAST]
    assert len(chosen) == len(FAST)
    outcomes = list(mutants.run_all(chosen, lambda definition: checks))
    assert [outcome.name for outcome in outcomes] == [definition.name for definition in chosen]
    for outcome in outcomes:
        assert outcome.caught, outcome
