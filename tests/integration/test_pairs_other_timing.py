"""test_pairs_other_timing: a pen that wrote faster, later or with other pauses leaves no more than the time of DCD.

The pairs of `kesu verify` have equal timing. Here the timing differs: with the same ink, and with other ink. The event
comes at the same instant on both pads, later than the end of either note. Or the timing is equal, and the ink decides
whether a refresh that cleans the note runs when the event comes.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import replace

import pytest
from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.core.fork import fork_run
from kesu.images import toolchain
from kesu.images.toolchain.request import BuiltImage
from kesu.verify import notes
from kesu.verify.noninterference import compare, families, pairs
from kesu.verify.notes import Beat, Note
from kesu.verify.outcome import Pair
from kesu.verify.scenes import scenario
from kesu.verify.scenes.scenario import Policy

pytestmark = pytest.mark.slow

WHEN = "modem bits during the note"
SENT = "times of USB during the note"
"""DCD: that something was written, and when (docs/guarantee.md)."""
EVENTS = ("E1 WIPE key", "E2 byte E", "E7 DTR drops", "E8 bus asleep", "E12 RUN")
TURN_US = 100
"""What the loop did last, and what of it is in the flash cache, as for pads that rest."""
LATER_MS, SLOWER, LONGER_PAUSE_MS = 137.3, 1.37, 41.7
"""Not whole milliseconds, and not multiples of the time between two reports of the touch chip."""


def other_rhythm(note: Note) -> Note:
    """The same strokes, begun later, drawn more slowly, with longer pauses."""
    beats, start_ms = [], LATER_MS
    for at, beat in enumerate(note.beats):
        end_ms = beat.start_ms + beat.duration_ms
        pause_ms = note.beats[at + 1].start_ms - end_ms if at + 1 < len(note.beats) else 0.0
        beats.append(Beat(start_ms, beat.duration_ms * SLOWER))
        start_ms += beat.duration_ms * SLOWER + pause_ms + LONGER_PAUSE_MS
    return replace(note, beats=tuple(beats))


FIRST, SECOND = notes.family("kanji", ("digits",), 11)
KINDS = {"same ink": other_rhythm(FIRST), "other ink": other_rhythm(SECOND)}


def judged(pad: VirtualPad, policy: Policy, ink: Note) -> list[Pair]:
    """`ink` against FIRST after each event; the event follows the longer note on both pads."""
    assert ink.duration_ms > FIRST.duration_ms + 500.0
    family = families.Family(FIRST, (ink,), EVENTS)
    return [result.pair for result in pairs.run(pad, policy, family, compare.read_mask())]


@pytest.mark.parametrize("kind", KINDS)
def test_after_the_wipe_only_the_time_of_dcd_differs(
    kind: str, blank_pad: VirtualPad, sealed: BuiltImage
) -> None:
    for pair in judged(blank_pad, Policy.of(sealed), KINDS[kind]):
        assert pair.reason == ""
        found = {
            (one.instant, difference.resource, difference.place)
            for one in pair.instants
            for difference in one.differences
            if not difference.mask
            and difference.resource not in (WHEN, SENT)
            and not (difference.resource.startswith("times of") and difference.length <= TURN_US)
        }
        assert found == set(), pair.event
        seen = {one.instant for one in pair.instants for part in one.differences if part.resource == WHEN}
        assert seen == {"clean", "legible", "R8", "asleep"}, (
            "the pads must differ in when they were written on"
        )


@pytest.mark.parametrize("kind", KINDS)
def test_while_the_note_is_there_the_timing_shows(kind: str, blank_pad: VirtualPad) -> None:
    """The positive control: before the event the pads differ, in RAM too, although the ink may be the same."""
    ink = KINDS[kind]

    def written(note: Note) -> compare.State:
        def run(pad: VirtualPad) -> compare.State:
            began = pad.now_ms
            notes.play(pad, note)
            pad.run_for(ink.duration_ms + pairs.SETTLED_MS)
            return compare.take(pad, compare.Since([], began, pad.now_ms, pad.now_ms, b""))

        return fork_run(blank_pad, run)

    found = compare.differences(blank_pad, written(ink), written(FIRST), [])
    assert {"sram", WHEN} <= {difference.resource for difference in found}
    assert any(place.place.startswith(("heap", "owner")) for place in found)


CLEANING_MS = 3_600
"""The page is shown again about then, 4.5 s after the last stroke."""
CLEANED = notes.family("digits", ("kanji",), 5)


@pytest.mark.parametrize("event", ["E1 WIPE key", "E6 byte K"])
def test_no_pair_shows_which_note_has_more_ink_when_a_page_is_cleaned(event: str) -> None:
    """Both are cleaned: that depends on how long the pen wrote."""
    image = toolchain.ensure("sealed", panel="2in9")
    pad = scenario.boot(image, 7)
    family = families.Family(CLEANED[0], (CLEANED[1],), (event,), rest_ms=CLEANING_MS)
    (result,) = pairs.run(pad, Policy.of(image), family, compare.read_mask())
    assert (result.pair.reason, result.pair.open_places, result.answer_us) == ("", (), 0.0)
