"""test_structures: notes of different structure end together, differ in their parts, and are reported once."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from collections import Counter
from types import SimpleNamespace
from typing import cast

import pytest
from kesu.emulator.board.pad import VirtualPad
from kesu.verify import notes, plan
from kesu.verify.noninterference import families
from kesu.verify.noninterference.compare import entries_for, read_mask
from kesu.verify.noninterference.families import EVENTS, OF_A_NOTE, structures
from kesu.verify.noninterference.structures import (
    DCD_MS,
    SPAN_MS,
    STRUCTURE,
    Structured,
    misreported,
    structured,
)
from kesu.verify.profile import FULL

SEEDS = range(60)


def test_every_note_ends_at_the_same_time_with_a_stroke() -> None:
    for seed in SEEDS:
        written = structured(seed, 0)
        assert written.beats[-1].start_ms + written.beats[-1].duration_ms == pytest.approx(SPAN_MS)
        assert written.first_ms >= 0.0
        for before, after in zip(written.beats, written.beats[1:], strict=False):
            assert before.start_ms + before.duration_ms + notes.PAUSE_MS <= after.start_ms + 1e-6


def test_all_parts_of_a_structure_are_drawn_and_differ() -> None:
    drawn = [structured(seed, number) for seed in SEEDS for number in range(3)]
    words = Counter(word for one in drawn for word in one.parts.replace(",", "").split())
    assert {"pages", "strokes", "undo", "eraser", "undos"} <= words.keys()
    assert len({one.parts for one in drawn}) > 40
    assert len({round(one.first_ms, -2) for one in drawn}) > 20
    assert {len(one.presses) for one in drawn} >= {0, 1, 2, 3, 4}
    apart = [structured(seed, 0).parts != structured(seed, 1).parts for seed in SEEDS]
    assert sum(apart) > 0.9 * len(apart)


def test_the_same_seed_draws_the_same_note() -> None:
    assert structured(4, 1) == structured(4, 1) != structured(5, 1)


def test_a_full_run_plays_every_event_that_needs_no_equal_note() -> None:
    found = [one for one in plan.pair_families(7, FULL, FULL.pairs) if one.structured]
    assert {event for one in found for event in one.events} == set(EVENTS) - set(OF_A_NOTE)
    assert all(
        len({ink.parts for ink in (*one.inks, one.reference) if isinstance(ink, Structured)}) > 1
        for one in found
    )


def test_the_entries_for_other_structure_apply_to_no_other_pair() -> None:
    (family,) = structures(3, 1)
    kind = family.kind(family.inks[0])
    assert kind.startswith(STRUCTURE)
    named = {entry.name for entry in entries_for(kind, "E1", "R8", read_mask())}
    assert {name for name in named if name.startswith("structure:")}
    assert not {name for name in named if name.startswith(families.NO_INK)}
    for other in ("kanji against digits", f"kanji against {families.NO_INK}"):
        assert not any(
            entry.name.startswith("structure:") for entry in entries_for(other, "E1", "R8", read_mask())
        )


def pad_that_sent(*after_ms: float, dcd: bool = True) -> VirtualPad:
    sent = [SimpleNamespace(time_ns=round(1e6 * (1_000.0 + ms))) for ms in after_ms]
    state = SimpleNamespace(dcd=dcd)
    return cast(VirtualPad, SimpleNamespace(host=SimpleNamespace(notifications=sent, serial_state=state)))


def test_a_note_is_reported_once_at_a_time_that_follows_from_its_first_touch() -> None:
    written = structured(1, 0)
    first = written.first_ms
    assert misreported(pad_that_sent(-500.0, first + 30.0), written, 1_000.0) == ""
    assert "2 messages" in misreported(pad_that_sent(first + 30.0, first + 90.0), written, 1_000.0)
    assert "0 messages" in misreported(pad_that_sent(), written, 1_000.0)
    assert misreported(pad_that_sent(first + DCD_MS + 5.0), written, 1_000.0)
    assert misreported(pad_that_sent(first - 5.0), written, 1_000.0)
    assert misreported(pad_that_sent(first + 30.0, dcd=False), written, 1_000.0)
    assert misreported(pad_that_sent(), notes.note("digits", 1), 1_000.0) == ""
