"""checks: runs only the checks that can report given names, on one image."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.core.fork import Failed, ForkError, fork_run
from kesu.emulator.scenario import NotReady
from kesu.images.toolchain.request import BuiltImage
from kesu.verify import notes, structure
from kesu.verify.matrix import play as matrix
from kesu.verify.matrix.play import Played
from kesu.verify.noninterference import families, pairs
from kesu.verify.noninterference.compare import read_mask
from kesu.verify.outcome import MaskEntry
from kesu.verify.scenes import invalid_policy, moments, scenario
from kesu.verify.scenes.events import EVENTS, Event, by_label, pages_of
from kesu.verify.scenes.scenario import Policy, Written
from kesu.verify.subject import on_copy
from kesu.verify.trace import code, walk
from kesu.verify.uses.judge import NOT_ALLOWED

USUAL = "E7 DTR drops"
WALK_NOTES = 10
PAIR_EVENTS = ("E7 DTR drops",)
SILENT_FAMILY, TALKING_FAMILY = 0, 1
"""Host behaviour by family number (families.HOSTS)."""


def quick_checks(
    image: BuiltImage,
    seed: int,
    wanted: Collection[str],
    mask: Sequence[MaskEntry] | None = None,
    scene: str = "",
) -> tuple[list[str], str]:
    """Run the checks that can report a name of `wanted`, cheapest first, until one does.

    scene: the scene of moments.SCENES to use.

    Returns the names of all checks that reported something ("matrix:R2", "matrix:E5", "timing:R7", "pairs",
    "uses", "trace", "structure", "policy", "liveness") and one line on the first.
    """
    reported: dict[str, str] = {}

    def report(name: str, detail: str) -> None:
        reported.setdefault(name, detail)

    def done() -> bool:
        return bool(reported.keys() & set(wanted))

    if "structure" in wanted:
        for finding in structure.audit(image, None):
            if not finding.holds:
                report("structure", f"{finding.rule}: {finding.detail}")
    if "policy" in wanted:
        finding = invalid_policy.finding(image, seed)
        if not finding.holds:
            report("policy", f"{finding.rule}: {finding.detail}")
    if not done() and set(wanted) - {"structure", "policy"}:
        try:
            pad = scenario.boot(image, seed)
            at = moments.SCENES[scene] if scene else _anywhere
            events = [at(event) for event in events_for(wanted)]
            allowed = read_mask() if mask is None else mask
            _on_pad(pad, Policy.of(image), seed, wanted, events, allowed, report, done)
        except (NotReady, ForkError) as error:
            report("liveness", str(error).strip().splitlines()[-1])
    detail = next((f"{name}: {text}" for name, text in reported.items() if name in wanted), "")
    return list(reported), detail or next((f"{name}: {text}" for name, text in reported.items()), "")


def _on_pad(
    pad: VirtualPad,
    policy: Policy,
    seed: int,
    wanted: Collection[str],
    events: Sequence[Event],
    mask: Sequence[MaskEntry],
    report: Callable[[str, str], None],
    done: Callable[[], bool],
) -> None:
    scenarios = any(name.startswith(("matrix", "timing", "liveness", "uses")) for name in wanted)
    if scenarios:

        def play_all(copy: VirtualPad) -> list[tuple[str, str]]:
            written = scenario.write(copy, notes.note("scribble", seed), policy, pages_of(events))
            names: list[tuple[str, str]] = []
            for event in events:
                names += _names(written, event, seed)
                if {name for name, _ in names} & set(wanted):
                    break
            return names

        for name, text in fork_run(pad, play_all):
            report(name, text)
    if not done() and "trace" in wanted:
        walked, ran = fork_run(
            pad,
            lambda copy: walk.walk(copy, policy, seed, WALK_NOTES, lambda now: not walk.so_far(now).holds),
        )
        if not walked.holds:
            report("trace", walked.reason)
        elif opened := [name for kind in code.coverage(pad, ran) for name in kind.open]:
            report("trace", f"not reviewed, and did not run whole with ink: {opened[0]}")
    for family in (SILENT_FAMILY, TALKING_FAMILY):
        if done() or "pairs" not in wanted:
            break
        for result in pairs.run(pad, policy, families.family(family, seed, 1, PAIR_EVENTS), mask):
            pair = result.pair
            if pair.reason.startswith(NOT_ALLOWED):
                report("uses", pair.reason)
            if pair.open_places or (not pair.holds and not pair.reason.startswith(NOT_ALLOWED)):
                report(
                    "pairs",
                    "differs: " + ", ".join(pair.open_places[:4]) if pair.open_places else pair.reason,
                )


def _anywhere(event: Event) -> Event:
    return event


def events_for(wanted: Collection[str]) -> list[Event]:
    """The events named in `wanted`, or the end of a call if there are none."""
    numbers = {name.partition(":")[2] for name in wanted}
    return [event for event in EVENTS if event.number in numbers] or [by_label(USUAL)]


def _names(written: Written, event: Event, seed: int) -> list[tuple[str, str]]:
    played = on_copy(
        event.label,
        written,
        lambda copy: names_of(matrix.play(copy, event, seed)),
        lambda why: [("liveness", f"{event.label}: {why}")],
    )
    return [("liveness", f"{event.label}: {played.why}")] if isinstance(played, Failed) else played


def names_of(played: Played) -> list[tuple[str, str]]:
    """Names and details of the checks that found something in one scenario."""
    names: list[tuple[str, str]] = []
    for judged in played.cells:
        cell = judged
        if cell.failure.startswith(NOT_ALLOWED):
            names.append(("uses", f"{cell.scenario}: {cell.failure}"))
            cell = replace(cell, failure="")
        if cell.holds:
            continue
        names.append((f"matrix:{cell.resource}", f"{cell.scenario}: {cell.reason}"))
        names.append((f"matrix:{cell.event}", f"{cell.resource}: {cell.reason}"))
        if not cell.left:
            names.append((f"timing:{cell.resource}", f"{cell.scenario}: {cell.reason}"))
        if "READY" in cell.reason:
            names.append(("liveness", cell.reason))
    if "ready" in played.times and played.times["ready"] is None:
        names.append(("liveness", "READY never came back"))
    return names
