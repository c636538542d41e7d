"""test_pairs_structure: pads with notes of different structure are equal after a wipe; a count of strokes is not."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import leak_guest
import pytest
from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.core.fork import fork_run
from kesu.images.toolchain.request import BuiltImage
from kesu.verify.noninterference import compare, families, pairs
from kesu.verify.outcome import Pair
from kesu.verify.scenes import scenario
from kesu.verify.scenes.scenario import Policy

COUNTER = 0x4005_000C
"""A register that nothing clears: the compare value of PWM channel 0 (RP2040 datasheet 4.5.3)."""
DURING_MS = 14_000.0
"""After an earlier call of some 6 s, towards the end of the note."""
COUNT = leak_guest.load(COUNTER, "r5") + "adds r5, #1\n" + leak_guest.store(COUNTER, "r5")
"""Counts lines, whatever they look like."""
(FAMILY,) = families.structures(11, 1)


@pytest.fixture(scope="module")
def booted(sealed: BuiltImage) -> VirtualPad:
    pad = scenario.boot(sealed, 7)
    _ = pad.memory_map
    return pad


def judged(
    pad: VirtualPad, policy: Policy, poke: Callable[[VirtualPad], None] = lambda _: None
) -> list[Pair]:
    def run(copy: VirtualPad) -> list[Pair]:
        poke(copy)
        return [one.pair for one in pairs.run(copy, policy, FAMILY, compare.read_mask())]

    return fork_run(pad, run)


@pytest.mark.slow
def test_notes_of_different_structure_leave_equal_pads(booted: VirtualPad, sealed: BuiltImage) -> None:
    found = judged(booted, Policy.of(sealed))
    assert len(found) == len(FAMILY.inks) * families.STRUCTURE_EVENTS
    assert [(one.reason, one.open_places) for one in found if not one.holds] == []
    assert all(len(one.instants) > 3 for one in found)


@pytest.mark.slow
def test_a_count_of_lines_is_a_difference(booted: VirtualPad, sealed: BuiltImage) -> None:
    found = judged(booted, Policy.of(sealed), lambda pad: leak_guest.install(pad, "stroke", COUNT))
    broken = [one for one in found if not one.holds]
    assert {one.event for one in broken} >= {"E1", "E2"}
    places = [place for one in broken for place in one.open_places]
    assert any("pwm" in place for place in places), places


@pytest.mark.slow
def test_a_message_more_during_the_note_is_reported(booted: VirtualPad, sealed: BuiltImage) -> None:
    def poke(pad: VirtualPad) -> None:
        sent = pad.host.notifications
        pad.at(DURING_MS, lambda: sent.append(replace(sent[-1], time_ns=pad.clock.now_ns)))

    found = judged(booted, Policy.of(sealed), poke)
    assert all("messages during the note" in one.reason for one in found)
