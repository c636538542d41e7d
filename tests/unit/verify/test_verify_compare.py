"""test_verify_compare: differences are named, masked only where the list allows it, and minimised."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from kesu.common.errors import KesuError
from kesu.spec import call_line
from kesu.spec.panels import FILMS
from kesu.verify import notes
from kesu.verify.bounds import bounds_ms
from kesu.verify.noninterference import compare, families, pairs, shrink
from kesu.verify.noninterference.compare import State
from kesu.verify.noninterference.instants import instants
from kesu.verify.outcome import Compared, Difference, MaskEntry, Pair
from kesu.verify.scenes.events import EVENTS

MASKED_BYTES = 2
"""Allowed at every instant, as in docs/guarantee.md; may only become smaller."""
MASKED_US = 250
"""Of times of outputs, against a pad that was never written on."""
NOT_USED: Any = None
PAD: Any = SimpleNamespace(memory_map=SimpleNamespace(name=lambda address: f"thing+0x{address & 0xFF:x}"))


def state(sram: bytes, tone: float = 60.0) -> State:
    return State({"sram": sram}, np.full((4, 4), tone, np.float32), ())


def differing(one: bytes, other: bytes, mask: list[MaskEntry] | None = None) -> list[Difference]:
    return list(compare.differences(PAD, state(one), state(other), mask or []))


def test_equal_states_have_no_difference() -> None:
    assert differing(bytes(64), bytes(64)) == []


def test_a_differing_byte_is_named() -> None:
    (found,) = differing(bytes(64), bytes(9) + b"x" + bytes(54))
    assert (found.address, found.length, found.place, found.mask) == (0x20000009, 1, "thing+0x9", None)


def test_bytes_far_apart_are_two_differences() -> None:
    assert len(differing(bytes(64), b"x" + bytes(62) + b"y")) == 2


def test_the_mask_allows_a_place_only_up_to_its_size() -> None:
    entry = MaskEntry("counter", "sram", "thing*", 2, "counts turns")
    assert differing(bytes(8), b"ab" + bytes(6), [entry])[0].mask == "counter"
    assert differing(bytes(8), b"abc" + bytes(5), [entry])[0].mask is None
    assert differing(bytes(8), b"ab" + bytes(6), [MaskEntry("x", "dpram", "*", 9, "")])[0].mask is None


def test_an_entry_allows_its_size_once_and_no_byte_beyond_its_place() -> None:
    """Distant differences share the entry's size; a run that ends in another object is not allowed."""
    entry = MaskEntry("counter", "sram", "thing*", 2, "counts turns")
    far = bytes(20) + b"b"
    assert [d.mask for d in differing(bytes(21), b"a" + far[1:], [entry])] == ["counter", "counter"]
    assert [d.mask for d in differing(bytes(21), b"aa" + far[2:], [entry])] == ["counter", None]
    first = MaskEntry("first byte", "sram", "thing+0x0", 2, "")
    assert [d.mask for d in differing(bytes(4), b"a\0\0\0", [first])] == ["first byte"]
    assert [d.mask for d in differing(bytes(4), b"ab\0\0", [first])] == [None]


def test_memories_of_different_size_differ_completely() -> None:
    assert differing(bytes(8), bytes(9))[0].length == 9


def test_glass_differences_start_at_the_stated_contrast() -> None:
    below = compare.differences(PAD, state(b"", 60.0), state(b"", 60.5), [])
    above = compare.differences(PAD, state(b"", 60.0), state(b"", 61.0), [])
    assert below == ()
    assert above[0].resource == "glass"


def test_between_two_notes_nothing_is_masked_after_ready() -> None:
    """At the bounds only the receive cells of the I2C block, which no code can read, after a reset or a fault."""
    allowed: dict[str, list[str]] = {}
    for event in sorted({label.split()[0] for label in families.EVENTS}):
        for instant in instants("4in2", event):
            entries = compare.entries_for("kanji against digits", event, instant.name, compare.read_mask())
            if entries:
                assert {entry.resource for entry in entries} == {"i2c receive cells"}
                allowed.setdefault(event, []).append(instant.name)
    reset = ["clean", "legible"]
    assert allowed == {"E10": [*reset, "R8"], "E11": reset, "E12": reset, "E13": reset}


def test_the_mask_is_short_and_gives_reasons() -> None:
    entries = compare.read_mask()
    times = [entry for entry in entries if entry.resource.startswith("times of ")]
    others = [entry for entry in entries if entry not in times]
    assert sum(entry.size for entry in others if not entry.instants) == MASKED_BYTES
    assert all(entry.reason and entry.size <= 16 for entry in others)
    assert all(
        entry.reason
        and entry.size <= MASKED_US
        and entry.name.startswith(("no ink:", "structure:", "rested:"))
        for entry in times
    )
    names = {one.name for one in instants("4in2", "E1")}
    assert {name for entry in entries for name in entry.instants} <= names


@pytest.mark.slow
def test_families_rest_and_may_differ_in_times_then() -> None:
    found = families.families(7, 400)
    rested = [one for one in found if one.rest_ms]
    assert {one.rest_ms > 0 for one in families.structures(7, 9)} == {True}
    assert len(rested) > 0.99 * len(found)
    assert max(one.rest_ms for one in rested) > 20_000
    assert min(one.rest_ms for one in rested) < 4_000
    for one in found:
        entries = compare.entries_for(one.kind(one.inks[0]), "E1", "R8", compare.read_mask())
        assert any(entry.name.startswith("rested:") for entry in entries) == (one in rested)


@pytest.mark.parametrize("panel", FILMS)
def test_a_pair_is_compared_at_every_bound_and_asleep(panel: str) -> None:
    found = {one.name: one for one in instants(panel, "E1")}
    assert list(found) == ["R1", "R7", "clean", "legible", "R8", "asleep"]
    times = [one.after_ms for one in found.values()]
    assert times == [5.0, 25.0, 55.0, 600.0, bounds_ms(panel)["R8"], None]
    assert [name for name, one in found.items() if one.machine] == ["clean", "legible", "R8", "asleep"]


def test_a_pad_without_power_is_not_compared() -> None:
    """The hold-up ends before the slow panel's last bound."""
    assert [one.name for one in instants("2in9-v2", "E9")] == ["R1", "R7", "clean", "legible", "asleep"]


def test_the_mask_does_not_cover_heap_or_stack() -> None:
    """The firmware's own memory is never masked."""
    places = ("heap 0x20010000", "stack core 0 0x20041f00", "owner 1 (kind 2)+0x10", "kesu_owner_table+0x4")
    assert not [entry for entry in compare.read_mask() for place in places if fnmatchcase(place, entry.place)]


def test_a_broken_mask_is_refused(tmp_path: Path) -> None:
    broken = tmp_path / "mask.toml"
    broken.write_text('[[allowed]]\nname = "x"\nsize = 1\n', encoding="utf-8")
    with pytest.raises(KesuError):
        compare.read_mask(broken)


def test_a_failing_pair_is_reduced_to_the_relevant_stroke() -> None:
    one, other = notes.family("digits", ["kanji"], 3)
    guilty = one.beats[2]

    def judge(_pad: object, _policy: object, group: families.Family, _mask: object) -> list[pairs.Result]:
        (ink,) = group.inks
        leak = (Difference("sram", 1, 1, 1, "leak+0x1", "leak+0x1", None),) if guilty in ink.beats else ()
        return [pairs.Result(Pair(ink.kind, "E1", ink.seed, (Compared("clean", 55.0, 1, None, leak),)), 0.0)]

    single = families.Family(other, (one,), ("E1 WIPE key",))
    small = shrink.shrink(NOT_USED, NOT_USED, single, [], judge)
    assert "stroke(s) [2] " in small.reason
    assert "leak+0x1" in small.reason


def test_notes_of_a_family_have_the_same_rhythm_and_different_ink() -> None:
    for first, others in families.KINDS:
        family = notes.family(first, others, 7)
        assert len(family) == 1 + len(others)
        assert {note.beats for note in family} == {family[0].beats}
        assert len({note.paths for note in family}) == len({note.seed for note in family}) == len(family)


@pytest.mark.parametrize("kind", notes.KINDS)
def test_a_note_replays_from_its_seed_and_stays_on_the_glass(kind: notes.Kind) -> None:
    assert notes.note(kind, 5) == notes.note(kind, 5) != notes.note(kind, 6)
    assert all(0 <= x < 400 and 0 <= y < 277 for path in notes.note(kind, 5).paths for x, y in path)


@pytest.mark.parametrize("count", [1, 3, 6, 50, 200])
def test_families_give_the_requested_number_of_distinct_pairs(count: int) -> None:
    found = families.families(1, count)
    singles = [single for family in found for single in family.singles()]
    assert count <= len(singles) < count + families.EVENTS_EACH
    distinct = {(single.inks[0].seed, single.inks[0].kind, single.events) for single in singles}
    assert len(distinct) == len(singles)


def test_full_tries_every_event_with_usb_traffic_and_against_no_ink() -> None:
    found = families.families(1, 200)
    talking = [family for family in found if family.talks]
    blank = [family for family in found if family.reference is None]
    silent = [family for family in found if family not in talking and family not in blank]
    impossible: tuple[tuple[list[families.Family], tuple[str, ...]], ...] = (
        (silent, ()),
        (talking, families.OUTSIDE_CALLS),
        (blank, families.OF_A_NOTE),
    )
    for chosen, left_out in impossible:
        missing = set(families.EVENTS) - {event for family in chosen for event in family.events}
        assert missing == set(left_out)
    assert families.OUTSIDE_CALLS == ("E3 idle", "E4 maximum age"), "the traffic says that a call is on"
    assert not [family for family in blank if family.talks]


def test_every_byte_that_wipes_is_an_event_of_the_matrix() -> None:
    named = {event.name.partition(" ")[2][:1] for event in EVENTS if event.name.startswith("byte ")}
    assert named == set(call_line.MAY_WIPE.decode())
    assert all(event.by_byte for event in EVENTS if event.name.startswith("byte "))


def test_quick_has_one_pair_with_usb_traffic() -> None:
    assert [single.talks for family in families.families(1, 3) for single in family.singles()] == [
        False,
        False,
        True,
    ]


@pytest.mark.parametrize(
    ("one", "other", "allowed"),
    [
        ("900 us: pin 25 HIGH\n1000 us: pin 25 LOW", "900 us: pin 25 HIGH\n1008 us: pin 25 LOW", True),
        ("900 us: pin 25 HIGH\n1000 us: pin 25 LOW", "900 us: pin 25 HIGH\n1009 us: pin 25 LOW", False),
        ("1000 us: pin 25 LOW", "1000 us: pin 25 HIGH", False),
        ("1000 us: pin 16 LOW", "1001 us: pin 16 LOW", False),
        ("1000 us: pin 25 LOW", "1000 us: pin 25 LOW\n1004 us: pin 25 HIGH", False),
    ],
    ids=["the LED 8 us later", "9 us later", "another level", "another pin", "one edge more"],
)
@pytest.mark.parametrize("kind", ["digits against kanji, rested 20 s", "digits against no ink, rested 3 s"])
def test_only_the_time_of_the_led_may_differ(kind: str, one: str, other: str, allowed: bool) -> None:
    entries = compare.entries_for(kind, "E4", "ready", compare.read_mask())
    (found,) = compare.masked(
        [compare._of_records("pins during the note", one.encode(), other.encode())], entries
    )
    assert bool(found.mask) == allowed
