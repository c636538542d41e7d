"""test_verify_run: a few cells and pairs on the sealed image, and a leak that both checks must find."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from collections.abc import Callable

import pytest
from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.core.fork import fork_run
from kesu.images.toolchain.request import BuiltImage
from kesu.verify import notes, plan, structure
from kesu.verify.bounds import NEEDS_CONTROL
from kesu.verify.matrix import play as matrix
from kesu.verify.noninterference import compare, families, pairs, traffic
from kesu.verify.outcome import Pair
from kesu.verify.profile import FULL
from kesu.verify.runner import matrix_jobs
from kesu.verify.scenes import moments, scenario
from kesu.verify.scenes.events import Event, by_label
from kesu.verify.scenes.scenario import Policy, Written
from kesu.verify.structure.rules import ENUMERATED_RULES, RULES

pytestmark = pytest.mark.slow

DEADLINES = ("E3 idle", "E4 maximum age", "E10 touch bus silent")
"""Wipes that the main loop begins: at an instant that does not depend on ink (record 0033)."""
SRAM_UNUSED = 0x3F000
"""Unused offset in SRAM, for a leaked copy."""


@pytest.fixture(scope="module")
def ready(sealed: BuiltImage) -> VirtualPad:
    return scenario.boot(sealed, 3)


@pytest.fixture(scope="module")
def policy(sealed: BuiltImage) -> Policy:
    return Policy.of(sealed)


@pytest.fixture(scope="module")
def noted(sealed: BuiltImage) -> Written:
    return scenario.write(scenario.boot(sealed, 3), notes.note("scribble", 3), Policy.of(sealed))


@pytest.mark.parametrize(
    "event",
    [
        by_label("E1 WIPE key"),
        by_label("E3 idle"),
        by_label("E8 bus asleep"),
        by_label("E9 unplugged"),
        by_label("E10 touch bus silent"),
        by_label("E12 RUN"),
        moments.during_pulses(by_label("E7 DTR drops")),
    ],
    ids=lambda event: event.label,
)
def test_every_cell_of_an_event_holds(event: Event, noted: Written) -> None:
    played = fork_run(noted, lambda copy: matrix.play(copy, event, 3))
    assert len(played.cells) == 10
    assert [f"{cell.resource}: {cell.reason}" for cell in played.cells if not cell.holds] == []
    assert all(cell.before and cell.before > 0 for cell in played.cells if cell.resource in NEEDS_CONTROL)


def test_a_copy_that_returns_after_the_wipe_is_found(noted: Written) -> None:
    def scenario_with_leak(copy: Written) -> matrix.Played:
        kept = bytes(copy.pad.panel.bw)

        def leak() -> None:
            copy.pad.sram[SRAM_UNUSED - len(kept) : SRAM_UNUSED] = kept

        copy.pad.at(2_000.0, leak)
        return matrix.play(copy, by_label("E7 DTR drops"), 3)

    broken = {cell.resource for cell in fork_run(noted, scenario_with_leak).cells if not cell.holds}
    assert "R2" in broken
    assert not broken & {"R1", "R6", "R7", "R8"}


def back_for(copy: Written, from_ms: float, to_ms: float, where: str) -> matrix.Played:
    """End the call; between two times after it, put the note back."""
    pad = copy.pad
    kept = bytes(pad.panel.bw)

    def put(content: bytes) -> None:
        if where == "plane":
            pad.panel.bw[:] = content
        else:
            pad.sram[SRAM_UNUSED - len(kept) : SRAM_UNUSED] = content

    pad.at(from_ms, lambda: put(kept))
    pad.at(to_ms, lambda: put(b"\xff" * len(kept)))
    return matrix.play(copy, by_label("E7 DTR drops"), 3)


@pytest.mark.parametrize(
    ("from_ms", "to_ms", "where", "resource"),
    [(90.0, 150.0, "plane", "R7"), (300.0, 550.0, "sram", "R2"), (1_000.0, 1_300.0, "sram", "R2")],
)
def test_a_note_that_returns_briefly_after_the_wipe_is_found(
    noted: Written, from_ms: float, to_ms: float, where: str, resource: str
) -> None:
    played = fork_run(noted, lambda copy: back_for(copy, from_ms, to_ms, where))
    (cell,) = (cell for cell in played.cells if cell.resource == resource)
    assert not cell.holds
    assert cell.at_ms is not None
    assert cell.at_ms > from_ms


def test_evidence_requires_the_rules_of_the_audit(sealed: BuiltImage, ready: VirtualPad) -> None:
    found = structure.audit(sealed, structure.Enumerated.of(ready.host))
    assert [finding.rule for finding in found] == [*RULES, *ENUMERATED_RULES]


def test_a_matrix_without_an_event_is_broken(noted: Written) -> None:
    nothing = Event("E1", "nothing at all", lambda written: 0.0)
    played = fork_run(noted, lambda copy: matrix.play(copy, nothing, 3))
    broken = {cell.resource for cell in played.cells if not cell.holds}
    assert {"R1", "R2", "R7", "R8", "R9"} <= broken


def test_two_notes_leave_identical_pads(ready: VirtualPad, policy: Policy) -> None:
    family = families.family(0, 3, 1, ["E9 unplugged", "E12 RUN", *DEADLINES])
    for result in pairs.run(ready, policy, family, compare.read_mask()):
        assert result.pair.compared_bytes > 2_000_000
        assert result.pair.reason == ""
        assert result.pair.open_places == ()
        assert {d.resource for d in result.pair.differences} <= {"i2c receive cells"}


def test_usb_traffic_does_not_leak_ink(ready: VirtualPad, policy: Policy) -> None:
    family = families.family(1, 3, 1, ["E2 byte E"])
    assert family.talks
    (result,) = pairs.run(ready, policy, family, compare.read_mask())
    assert (result.pair.reason, result.pair.differences) == ("", ())


def test_messages_to_the_host_are_compared(ready: VirtualPad) -> None:
    def answers(ms: float) -> compare.State:
        def run(pad: VirtualPad) -> compare.State:
            asked = traffic.talk(pad, ms)
            pad.run_for(500.0)
            since = compare.Since(asked, pad.now_ms, pad.now_ms, pad.now_ms, b"")
            return compare.take(pad, since)

        return fork_run(ready, run)

    one, two = answers(20.0), answers(80.0)
    answer = b"\x01\x00" + b"\x00\xc2\x01\x00\x00\x00\x08"
    counts = [len(state.parts["answers to the host"]) // len(answer) for state in (one, two)]
    assert 0 < counts[0] < counts[1]
    for state, count in zip((one, two), counts, strict=True):
        assert state.parts["answers to the host"] == count * answer
    assert "answers to the host" in {d.resource for d in compare.differences(ready, one, two, [])}


def judged(
    ready: VirtualPad, policy: Policy, family: families.Family, leak: Callable[[VirtualPad], object]
) -> Pair:
    """The first pair of a family, with a leak on the pad that holds the ink."""
    flash = bytes(ready.flash)

    def taken(ink: notes.Note | None, leak: Callable[[VirtualPad], object]) -> pairs.Taken:
        def run(pad: VirtualPad) -> pairs.Taken:
            leak(pad)
            return pairs._play(pad, policy, ink, family, flash, (), lambda copy, index, states: states)[0]

        return fork_run(ready, run)

    (ink, *_) = family.inks
    one, other = taken(ink, leak), taken(family.reference, lambda pad: None)
    return pairs._judge(ready, family, ink, 0, one, other, compare.read_mask()).pair


def set_for(
    family: families.Family, from_ms: float, to_ms: float, put: Callable[[VirtualPad, bool], None]
) -> Callable[[VirtualPad], object]:
    """A leak between two times after the event."""
    caused_ms = family.inks[0].duration_ms + pairs.SETTLED_MS + family.rest_ms

    def leak(pad: VirtualPad) -> None:
        pad.at(caused_ms + from_ms, lambda: put(pad, True))
        pad.at(caused_ms + to_ms, lambda: put(pad, False))

    return leak


def in_ram(pad: VirtualPad, there: bool) -> None:
    pad.sram[SRAM_UNUSED] = there


def in_a_register(pad: VirtualPad, there: bool) -> None:
    pad.emulator.mcu.watchdog.scratch_data[3] = int(there)


def in_a_buffer(pad: VirtualPad, there: bool) -> None:
    pad.sram[pad.owners()[0].address - 0x20000000] = there


def in_a_plane(pad: VirtualPad, there: bool) -> None:
    pad.panel.red[1_000] ^= 0x10


def in_flash(pad: VirtualPad, there: bool) -> None:
    pad.flash[0x1F_F000] = 0x5A if there else 0xFF


@pytest.mark.parametrize(
    ("from_ms", "to_ms", "where", "instants"),
    [
        (50.0, 1_000.0, in_ram, ["clean", "legible"]),
        (10.0, 1_000.0, in_a_register, ["clean", "legible"]),
        (10.0, 1_000.0, in_flash, ["clean", "legible"]),
        (4.5, 5.5, in_a_buffer, ["R1"]),
        (24.5, 25.5, in_a_plane, ["R7"]),
        (54.5, 55.5, in_ram, ["clean"]),
        (1_900.0, 2_100.0, in_ram, ["R8"]),
        (2_400.0, 9_000.0, in_ram, ["asleep"]),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_byte_left_for_a_time_is_seen_at_the_instants_in_it(
    from_ms: float,
    to_ms: float,
    where: Callable[[VirtualPad, bool], None],
    instants: list[str],
    ready: VirtualPad,
    policy: Policy,
) -> None:
    """Until 1 s after the wipe, say: gone when the pads are compared after READY. RAM from after the
    second scrub, which follows the start of the glass at 40 ms."""
    family = families.family(0, 3, 1, ["E7 DTR drops"])
    pair = judged(ready, policy, family, set_for(family, from_ms, to_ms, where))
    assert [one.instant for one in pair.instants if not one.holds] == instants
    assert not pair.holds
    assert all(one.differing == 1 for one in pair.differences if one.resource != "flash")


def test_the_same_pair_without_a_leak_holds(ready: VirtualPad, policy: Policy) -> None:
    family = families.family(0, 3, 1, ["E7 DTR drops"])
    pair = judged(ready, policy, family, lambda pad: None)
    assert pair.holds
    assert [one.after_ms for one in pair.instants[:-1]] == [5.0, 25.0, 55.0, 600.0, 2_000.0]


def test_a_pad_never_written_on_differs_by_the_mask_only(ready: VirtualPad, policy: Policy) -> None:
    family = families.family(4, 3, 1, ["E7 DTR drops", "E12 RUN"])
    assert family.reference is None
    for result in pairs.run(ready, policy, family, compare.read_mask()):
        assert result.pair.reason == ""
        assert result.pair.open_places == ()


@pytest.mark.parametrize("place", plan.WRAP_PLACES)
def test_ticks_wrap_where_the_scene_says(
    sealed: BuiltImage, policy: Policy, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (scenes,) = (part for part in plan.wraps(3, FULL) if part[0].place == place)
    note = notes.note(plan.WRAP_KIND, 3)
    written = matrix_jobs.wrapped(sealed, 3, note, policy, scenes)
    cells = matrix.play(written, scenes[0].event, 3).cells
    assert [(cell.resource, cell.reason) for cell in cells if not cell.holds] == []
    monkeypatch.setattr(matrix_jobs, "WIPES_MS", matrix_jobs.WIPES_MS + 2_500.0)
    if place == plan.WRAP_PLACES[0]:
        with pytest.raises(RuntimeError, match="not about the wipe"):
            matrix_jobs.wrapped(sealed, 3, note, policy, scenes)
