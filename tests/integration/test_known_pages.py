"""test_known_pages: which pages count as blank after an event, and that a page that does not is found."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import pytest
from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.core.fork import fork_run
from kesu.images.toolchain.request import BuiltImage
from kesu.verify import notes
from kesu.verify.matrix import play as matrix
from kesu.verify.scenes import scenario
from kesu.verify.scenes.events import EVENTS, by_label
from kesu.verify.scenes.scenario import Policy
from kesu.verify.search.measure import FAULT

SEED = 7


def broken(pad: VirtualPad, policy: Policy, label: str, pages: set[str]) -> list[str]:
    """The cells of that event that do not hold while only these pages count as blank."""

    def play(copy: VirtualPad) -> list[str]:
        written = scenario.write(copy, notes.note("full page", SEED), policy, pages)
        played = matrix.play(written, by_label(label), SEED)
        return [cell.resource for cell in played.cells if not cell.holds]

    return fork_run(pad, play)


@pytest.mark.slow
@pytest.mark.parametrize("label", ["E5 AWAY key", "E10 touch bus silent"])
def test_an_event_knows_the_page_that_it_leads_to(sealed: BuiltImage, label: str) -> None:
    pad, policy = scenario.boot(sealed, SEED), Policy.of(sealed)
    assert broken(pad, policy, label, by_label(label).pages) == []
    assert {"R7", "R8"} & set(broken(pad, policy, label, {"READY"})), "another page is found"


def test_only_events_that_restart_the_pad_may_show_a_fault() -> None:
    assert {event.number for event in EVENTS if FAULT in event.pages} == {"E10", "E11", "E12", "E13"}
