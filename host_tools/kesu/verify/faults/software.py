"""software: an exception at every statement of the firmware, and a failure of every allocation during start.

The image is the one that is flashed, unmodified (kesu.verify.faults.injection). One pad plays a tour of all
functions; just before a statement runs for the first time, the pad is forked, and the statement raises in the copy.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field

from kesu.emulator.board.pad import EmulationTimeout, VirtualPad
from kesu.emulator.core.fork import Failed, Pool
from kesu.emulator.scenario import ready
from kesu.images.toolchain.request import BuiltImage
from kesu.verify import notes
from kesu.verify.faults import injection, moves
from kesu.verify.faults.statements import Statement, statements
from kesu.verify.faults.tour import SCENES, Scene
from kesu.verify.faults.trial import at_end, dirty, left_in_memory, legible
from kesu.verify.outcome import COVERAGE, NOT_JUDGED, Trial
from kesu.verify.scenes import scenario
from kesu.verify.scenes.scenario import Policy, Written
from kesu.verify.search import measure

CAMPAIGN = "software"
ALLOCATIONS = "allocations"
STROKES = 5
SERIAL_STATE, RI_BIT = 0x20, 0x08
ZERO_MS, ZERO_STEP_MS = 60.0, 2.5
STEP_MS = 20.0
GONE_MS = 1_000.0
"""Bound from the exception to no note in memory and on the glass: an aborted waveform plus the wipe."""
RESTART_MS = 9_000.0
"""Slowest recovery: the watchdog's 4 s, or a fault page shown for 3 s that could not be drawn at once."""
BY_RESTART_MS = 6_500.0
"""Bound for a failure in the fault handling itself, or before it is set up: the next boot clears the glass."""
WAY_OUT = "kesu_pad/faults.py"


@dataclass
class Coverage:
    """Coverage of a run of the campaign. unreached: statements that no scene of the tour ran.

    allocations, sites: successful allocations during start, and their call sites. asked_later, given_later:
    allocations tried and successful from READY on. The interpreter tries to allocate large frames and uses the
    stack if that fails.
    """

    statements: int = 0
    reached: int = 0
    unreached: list[Statement] = field(default_factory=list)
    allocations: int = 0
    sites: int = 0
    asked_later: int = 0
    given_later: int = 0

    def as_trial(self, campaign: str, seed: int) -> Trial:
        """An entry for the table of trials: it does not hold if memory was given while a note may be on the pad."""
        if campaign == ALLOCATIONS:
            seen = (
                f"{self.allocations} in a start, from {self.sites} sites; later, with a note, "
                f"{self.asked_later} asked for and {self.given_later} given"
            )
            reason = "memory was given while a note was on the pad" if self.given_later else ""
            return Trial(campaign, COVERAGE, seed, seen, None, "counted", reason)
        rest = "; ".join(statement.name for statement in self.unreached)
        seen = f"{self.reached} of {self.statements} statements reached; not: {rest}"
        return Trial(campaign, COVERAGE, seed, seen, None, "counted")


def kind_of(statement: Statement, seed: int) -> str:
    """The type of exception for a statement, chosen by the seed."""
    return random.Random(f"{statement.name} {seed}").choice(injection.KINDS)


def sample(found: list[Statement], seed: int, count: int) -> set[int]:
    """Addresses of `count` statements, all of them if there are no more."""
    addresses = sorted({statement.address for statement in found})
    return set(random.Random(seed).sample(addresses, min(count, len(addresses))))


def prepared(image: BuiltImage, seed: int) -> Written:
    """A pad with a short note on it."""
    pad = scenario.boot(image, seed)
    short = notes.note("digits", seed).only(list(range(STROKES)))
    return scenario.write(pad, short, Policy.of(image))


def exceptions(
    image: BuiltImage,
    seed: int,
    count: int,
    processes: int,
    tell: Callable[[Trial, int], None],
    found: list[Statement] | None = None,
    scenes: tuple[Scene, ...] = SCENES,
) -> Coverage:
    """An exception at `count` statements, each where the tour reaches it first; `tell` is called with each trial
    and the number of statements.

    found: the statements to choose from (default: those of the checkout's firmware).
    """
    everything = statements(image) if found is None else found
    chosen = sample(everything, seed, count)
    written = prepared(image, seed)
    pad = written.pad
    seen: set[Statement] = set()
    forked: set[int] = set()
    state = {"scene": scenes[0]}

    def take(answers: Iterable[tuple[str, Trial | Failed]]) -> None:
        for name, answer in answers:
            tell(_trial(CAMPAIGN, name, answer, seed), len(chosen))

    with Pool[str, Trial](processes) as pool:

        def met(statement: Statement) -> None:
            seen.add(statement)
            if statement.address not in chosen or statement.address in forked:
                return
            forked.add(statement.address)
            scene, kind = state["scene"], kind_of(statement, seed)
            name = f"{statement.name}: {kind} while {scene.name}"
            take(pool.place())
            pool.fork(name, name, lambda send: send(_raised(written, statement, kind, scene, name, seed)))

        injection.on_first(pad, everything, met)
        for scene in scenes:
            state["scene"] = scene
            if scene.noted and left_in_memory(written) == 0:
                moves.note_again(written)
            scene.play(written)
        take(pool.rest())
    rest = [statement for statement in everything if statement not in seen]
    return Coverage(len(everything), len(seen), rest)


def allocations(
    image: BuiltImage, seed: int, count: int, processes: int, tell: Callable[[Trial, int], None]
) -> Coverage:
    """A failure of each allocation of a start, or of `count` of them, with an old note still on the glass.

    Then a note and its wipe, during which no allocation may succeed.
    """
    written = prepared(image, seed)
    pad = written.pad
    given: list[bool] = []
    _power_cut(pad)
    injection.on_allocation(pad, lambda site: None, given.append)
    ready(pad)
    injection.core_of(pad).watch_instruction(0)
    useful = [number for number, gave in enumerate(given) if gave]
    # Always include the first: it happens before there is an interpreter that could catch an exception.
    chosen = {useful[0], *random.Random(seed).sample(useful[1:], min(count, len(useful)) - 1)}
    moves.note_again(written)
    _power_cut(pad)
    sites: list[str] = []
    later: list[bool] = []

    def take(answers: Iterable[tuple[str, Trial | Failed]]) -> None:
        for name, answer in answers:
            tell(_trial(ALLOCATIONS, name, answer, seed), len(chosen))

    with Pool[str, Trial](processes) as pool:

        def asked(site: str) -> None:
            number = len(sites)
            sites.append(site)
            if number in chosen:
                name = f"allocation {number} in {site}"
                take(pool.place())
                pool.fork(name, name, lambda send: send(_refused(written, name, seed)))

        injection.on_allocation(pad, asked)
        ready(pad)
        take(pool.rest())
    injection.on_allocation(pad, lambda site: None, later.append)
    moves.note_again(written)
    pad.host.write(b"E")
    pad.run_for(3_000.0)
    return Coverage(
        allocations=len(useful),
        sites=len({sites[number] for number in useful if number < len(sites)}),
        asked_later=len(later),
        given_later=sum(later),
    )


def _power_cut(pad: VirtualPad) -> None:
    pad.unplug()
    pad.run_for(300.0)
    pad.power_on()


def _trial(campaign: str, name: str, answer: Trial | Failed, seed: int) -> Trial:
    if isinstance(answer, Trial):
        return answer
    return Trial(campaign, name, seed, "", None, NOT_JUDGED, f"the trial broke: {answer.why}")


def _raised(written: Written, statement: Statement, kind: str, scene: Scene, name: str, seed: int) -> Trial:
    injection.raise_at(written.pad, statement.address, kind)
    late = scene.breaks_a_part or statement.module == WAY_OUT
    return judged(written, CAMPAIGN, name, seed, scene.repair, late)


def _refused(written: Written, name: str, seed: int) -> Trial:
    injection.fail_allocation(written.pad)
    # The interpreter can run some frames without memory: then the start continues, and must end clean.
    return judged(written, ALLOCATIONS, name, seed, lambda pad: None, late=True, must_fail=False)


def judged(
    written: Written,
    campaign: str,
    name: str,
    seed: int,
    repair: Callable[[VirtualPad], None],
    late: bool,
    must_fail: bool = True,
) -> Trial:
    """Judge note and pad after a failure of the firmware that happens now.

    repair: repairs the broken part, which the next start needs. late: the glass may be cleared by that start.
    must_fail: the pad must not continue without a fault or restart.
    """
    pad = written.pad
    began, resets, notified = pad.now_ms, pad.emulator.watchdog_resets, len(pad.host.notifications)
    zero = _zeroed(written)
    gone, restart = None, None
    while pad.now_ms - began < RESTART_MS and (gone is None or (must_fail and restart is None)):
        if restart is None and pad.emulator.watchdog_resets > resets:
            restart = pad.now_ms - began
            repair(pad)
        if gone is None and not legible(written) and left_in_memory(written) == 0:
            gone = pad.now_ms - began
        pad.run_for(STEP_MS)
    faulted = any(
        note.request == SERIAL_STATE and note.payload[0] & RI_BIT
        for note in pad.host.notifications[notified:]
    )
    seen = f"{'fault reported, ' if faulted else ''}{'restart' if restart is not None else 'no restart'}"
    reason = _reason(zero, gone, late)
    if must_fail and restart is None:
        reason = "the exception was swallowed: the pad neither failed nor started again"
    ended = _comes_back(pad)
    if not reason and ended != "READY":
        reason = "the pad did not come back to READY"
    figures = at_end(written)
    if not reason and figures["left_hits"]:
        reason = "the note is in memory after the next start"
    if not reason and dirty(written):
        reason = "READY is shown over a ghost of the note"
    return Trial(campaign, name, seed, seen, gone, ended, reason, figures)


def _zeroed(written: Written) -> float | None:
    """Emulated ms until every owner is zero or a blank page; None if never."""
    pad = written.pad
    began = pad.now_ms
    while pad.now_ms - began <= ZERO_MS:
        pad.run_for(ZERO_STEP_MS)
        # While owners are missing, the pad is starting, and all memory was cleared before the first is registered.
        starting = len(pad.owners()) < len(written.reference.owners)
        if starting or measure.owners_blank(pad, written.reference):
            return pad.now_ms - began
    return None


def _reason(zero: float | None, gone: float | None, late: bool) -> str:
    if gone is None:
        return "the note was never gone"
    if zero is None and gone > ZERO_MS:
        return f"the note's buffers were not zero after {ZERO_MS:.0f} ms"
    if gone > (BY_RESTART_MS if late else GONE_MS):
        return f"the note was gone after {gone:.0f} ms only"
    return ""


def _comes_back(pad: VirtualPad) -> str:
    if not pad.vbus and pad.powered:
        pad.replug()
    if pad.host.suspended:
        pad.host.resume()
    with suppress(EmulationTimeout):
        ready(pad)
        return "READY"
    return "not READY"
