"""demands: required contents of a run, computed from profile, seed and image alone.

A run that lacks any of it is INCOMPLETE; `kesu evidence check` computes it again, and rejects contents that
no run of the profile can have.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from kesu.emulator.chips.boards import BOARDS
from kesu.emulator.core.facts import Facts
from kesu.emulator.panel.contrast import CLEAN_LIGHTNESS
from kesu.spec.panels import DEFAULT_PANEL
from kesu.verify import mutants, plan
from kesu.verify.bounds import READY_BOUND_MS, RESOURCES, STEP_OF, STEPS, bound_of, bounds_ms
from kesu.verify.evidence import benches
from kesu.verify.evidence.fault_values import unexplained
from kesu.verify.evidence.image import manifest_of
from kesu.verify.faults import bounded
from kesu.verify.noninterference import compare
from kesu.verify.noninterference.families import DICTIONARY
from kesu.verify.noninterference.instants import Instant, instants
from kesu.verify.noninterference.structures import STRUCTURE
from kesu.verify.outcome import HELD, Cell, MaskEntry, Pair
from kesu.verify.profile import REPORTED, Profile
from kesu.verify.results import Run
from kesu.verify.scenes.variants import USUAL
from kesu.verify.search import needles
from kesu.verify.structure.rules import ENUMERATED_RULES, RULES, RUN_RULES
from kesu.verify.trace import code

HASH = re.compile("[0-9a-f]{64}")
SAMPLED = {"R1": "R1", "R7": "R7", "clean": "R2", "R8": "R8"}
"""Steps whose times are also in a resource's cells; those of `legible` are in the cells of R8."""
CLOCK_SLACK = timedelta(days=1)
MOST_SHOWN = 3
MOST_TURNS = 100_000
DEFAULT_BOARD = "pico"

Key = tuple[object, ...]


def missing(run: Run) -> list[str]:
    """What the profile requires and the run did not do, one sentence for each kind."""
    profile = REPORTED.get(run.profile)
    if profile is None:
        return [f"{run.profile!r} is no profile: nothing says what it should have tried"]
    claimed = max(1, run.turns)
    turns = _turns_to_plan(run, profile, claimed)
    cells = Counter(_cell_key(cell) for cell in run.cells)
    lacking = [f"turns {turns + 1} to {claimed}, whole"] if turns < claimed else []
    lacking += [
        *_lacking("cell", _demanded_cells(run, profile, turns), cells),
        *_lacking("pair", _demanded_pairs(run, profile, turns), Counter(_pairs(run))),
        *_lacking(
            "rule", [(rule,) for rule in _rules(profile)], Counter((entry.rule,) for entry in run.findings)
        ),
    ]
    walked: Counter[Key] = Counter((walk.seed,) for walk in run.walks)
    lacking += _lacking("walk", [(seed,) for seed in plan.walks(run.seed, profile, turns)], walked)
    searched: Counter[Key] = Counter((search.seed,) for search in run.guided)
    lacking += _lacking("guided search", [(seed,) for seed in plan.guided(run.seed, profile)], searched)
    if run.walks:
        covered: Counter[Key] = Counter((entry.kind,) for entry in run.coverage)
        lacking += _lacking("kind of code", [(kind,) for kind in code.KINDS], covered)
    if run.turns < 1:
        lacking.append("no turn of it came to its end")
    if profile.mutants:
        known = [(definition.name,) for definition in mutants.load(_chip(run).board)]
        known += [(name,) for name in plan.drawn(run.seed, profile)]
        lacking += _lacking("seeded leak", known, Counter((entry.name,) for entry in run.mutants))
    if profile.faults:
        lacking += _lacking("fault", bounded.demanded(run.seed), Counter(_faults(run)))
    return lacking


def impossible(run: Run) -> list[str]:
    """Contents that no run of `kesu verify` with that profile, seed and image can have."""
    return [*_head(run), *_parts(run)]


def _head(run: Run) -> Iterator[str]:
    profile = REPORTED.get(run.profile)
    yield from benches.wrong(run, profile is not None and profile.by_rig)
    if profile is None:
        yield f"has no profile of kesu: {run.profile!r}"
    if not 0 <= run.seed < 2**31:
        yield f"has a seed that cannot be: {run.seed}"
    if not 0 <= run.turns <= MOST_TURNS or (profile and not profile.in_turns and run.turns > 1):
        yield f"has {run.turns} turns"
    if run.seconds < 0:
        yield "took less than no time"
    try:
        started = datetime.fromisoformat(run.started)
        if started.tzinfo is None or started > datetime.now(UTC) + CLOCK_SLACK:
            yield f"was started at a time that has not come: {run.started!r}"
    except ValueError:
        yield f"was started at {run.started!r}, which is no time"
    yield from _image(run)
    search = run.search
    constants = {
        "window_bytes": needles.WINDOW,
        "inked_bytes_at_least": needles.MIN_INKED,
        "different_values_at_least": needles.MIN_DISTINCT,
        "glass clean below L*": CLEAN_LIGHTNESS,
        "glass unless a scene names another": USUAL,
    }
    for name, value in constants.items():
        if search.get(name) != value:
            yield f"searched with {name} = {search.get(name)!r}; this version of kesu searches with {value}"


def _image(run: Run) -> Iterator[str]:
    image, manifest = run.image, manifest_of(run.image)
    file, digest = image.get("file"), image.get("uf2_sha256")
    outputs = manifest.get("outputs")
    if not isinstance(file, str) or not isinstance(digest, str) or not HASH.fullmatch(digest):
        yield "does not say which image was verified"
    elif run.verdict == "HOLDS":
        listed = outputs if isinstance(outputs, dict) else {}
        if listed.get(file) != digest:
            yield "has an image whose SHA-256 is not the one in its manifest"
        if listed.get(f"{file.removesuffix('.uf2')}.elf") != image.get("elf_sha256"):
            yield "has an ELF whose SHA-256 is not the one in its manifest"
        if manifest.get("profile") != "sealed":
            yield "says HOLDS of an image that is not sealed"
    if str(manifest.get("board", DEFAULT_BOARD)) not in BOARDS:
        yield f"was run on a board that no emulator runs: {manifest.get('board')!r}"
    if _panel(run) not in READY_BOUND_MS:
        yield f"has a panel without bounds: {_panel(run)!r}"


def _parts(run: Run) -> Iterator[str]:
    panel, profile = _panel(run), REPORTED.get(run.profile)
    if profile is None or panel not in READY_BOUND_MS or not 0 <= run.turns <= MOST_TURNS:
        return
    # The results of an interrupted turn count when they are broken.
    turns = _turns_to_plan(run, profile, max(1, run.turns + (profile.in_turns and run.interrupted)))
    demanded = _demanded_cells(run, profile, turns)
    yield from _strange("cell", demanded, map(_cell_key, run.cells))
    yield from _strange("pair", _demanded_pairs(run, profile, turns), _pairs(run))
    walked = [(seed,) for seed in plan.walks(run.seed, profile, turns)]
    yield from _strange("walk", walked, ((walk.seed,) for walk in run.walks))
    for walk in run.walks:
        if walk.notes > profile.walk_notes or walk.most_inked > len(_chip(run).sram):
            yield f"walk, seed {walk.seed}: more notes, or more ink, than a walk of this profile has"
        if list(walk.held) != [place for place in HELD if place in walk.held]:
            yield f"walk, seed {walk.seed}: ink in places that a trace does not distinguish, or twice"
        if walk.notes and not set(HELD) & set(walk.held):
            yield f"walk, seed {walk.seed}: had ink, and names no place of it"
    searched = [(seed,) for seed in plan.guided(run.seed, profile)]
    yield from _strange("guided search", searched, ((search.seed,) for search in run.guided))
    for search in run.guided:
        most = 0 <= search.kept <= search.trials and 0 <= search.first <= search.reached
        if search.trials != profile.trials or not most:
            yield f"guided search, seed {search.seed}: other trials than this profile has, or more kept than tried"
    yield from _strange(
        "kind of code", [(kind,) for kind in code.KINDS], ((one.kind,) for one in run.coverage)
    )
    for one in run.coverage:
        if (
            not 0 <= one.whole <= one.functions
            or not 0 <= one.ran <= one.places
            or one.functions > one.places
        ):
            yield f"{one.kind}: more ran than there is"
    yield from _strange("rule", [(rule,) for rule in _all_rules()], ((entry.rule,) for entry in run.findings))
    for cell in run.cells:
        known = cell.resource in RESOURCES
        bound = bound_of(cell.resource, panel, from_edge=profile.by_rig) if known else None
        if cell.bound_ms != bound:
            yield f"{_shown(_cell_key(cell))}: the bound is {bound} ms, not {cell.bound_ms} ms"
        if cell.resource not in STEP_OF and cell.at_ms is not None:
            yield f"{_shown(_cell_key(cell))}: has a time, which R6 and R10 do not have"
        if cell.resource != "R8" and cell.legible_ms is not None:
            yield f"{_shown(_cell_key(cell))}: has a time until ink is illegible, which only R8 has"
    yield from _masks(run)
    yield from _leaks(run, profile)
    faults = bounded.demanded(run.seed) if profile.faults else ()
    for trial in run.faults:
        if shown := unexplained(trial):
            yield f"fault {_shown((trial.campaign, trial.fault, trial.seed))}: gives no reason, but {shown}"
    yield from _strange("fault", faults, _faults(run))
    yield from _timings(run, profile, panel, turns)


def _masks(run: Run) -> Iterator[str]:
    mask = compare.read_mask()
    if run.mask != mask:
        yield "has another mask of allowed differences than this version of kesu"
    for pair in run.pairs:
        name = f"pair {_shown((pair.kind, pair.event, pair.seed))}"
        yield from (f"{name}: {what}" for what in _instants(run, pair, mask))


def _instants(run: Run, pair: Pair, mask: list[MaskEntry]) -> Iterator[str]:
    """Errors of the instants at which a pair was compared: each demanded one exactly once, in order."""
    demanded = instants(_panel(run), pair.event)
    if [one.instant for one in pair.instants] != [one.name for one in demanded]:
        if pair.instants or not pair.reason:
            yield "was not compared at the instants at which this version of kesu compares"
        return
    last_ms = 0.0
    for one, wanted in zip(pair.instants, demanded, strict=True):
        name = wanted.name
        if one.after_ms <= last_ms or wanted.after_ms not in (None, one.after_ms):
            yield f"{name}: compared {one.after_ms:g} ms after the event"
        last_ms = one.after_ms
        entries = compare.entries_for(pair.kind, pair.event, name, mask)
        if one.differences != compare.masked(one.differences, entries):
            yield f"{name}: differences are allowed that the mask does not allow, or the other way round"
        least = _least_compared(wanted, _chip(run))
        if one.compared_bytes < least:
            yield f"{name}: {one.compared_bytes} bytes compared; a pad has {least} at least"
        if any(part.length < 1 or part.differing < 1 or part.address < 0 for part in one.differences):
            yield f"{name}: a difference of no bytes, or nowhere"
        seen = any(part.resource == "glass" for part in one.differences)
        if (one.glass is None) == wanted.glass or (one.glass or 0.0) < 0.0:
            yield f"{name}: {one.glass} L* between the glasses"
        elif one.glass is not None and (one.glass >= wanted.glass_limit) != seen:
            yield f"{name}: {one.glass:g} L* between the glasses; {wanted.glass_limit:g} or more is a difference"


def _least_compared(wanted: Instant, chip: Facts) -> int:
    """Minimum number of bytes that a pair compares at an instant; at the end flash and RAM."""
    if wanted.after_ms is None:
        return chip.flash_bytes + len(chip.sram)
    return len(chip.sram) if wanted.machine else 1


def _chip(run: Run) -> Facts:
    """The chip of the image's board."""
    return BOARDS.get(str(manifest_of(run.image).get("board", DEFAULT_BOARD)), BOARDS[DEFAULT_BOARD])


def _leaks(run: Run, profile: Profile) -> Iterator[str]:
    wanted = mutants.load(_chip(run).board) if profile.mutants else []
    known = {definition.name: definition for definition in wanted}
    drawn = plan.drawn(run.seed, profile)
    names = [(name,) for name in (*known, *drawn)]
    yield from _strange("seeded leak", names, ((entry.name,) for entry in run.mutants))
    for entry in run.mutants:
        if entry.name in drawn:
            of_any = (plan.DRAWN_TEACHES, plan.DRAWN_EXPECTED)
            if (entry.teaches, entry.expected) != of_any or not set(entry.caught_by) <= set(
                plan.DRAWN_EXPECTED
            ):
                yield f"seeded leak {entry.name}: is not what a run says of a drawn leak"
        definition = known.get(entry.name)
        if definition is None:
            continue
        if (entry.change, entry.teaches, entry.expected) != (
            definition.change,
            definition.teaches,
            definition.expected,
        ):
            yield f"seeded leak {entry.name}: is not what its definition says"
        if not set(entry.caught_by) <= mutants.KNOWN_CHECKS:
            yield f"seeded leak {entry.name}: caught by a check that does not exist"


def _timings(run: Run, profile: Profile, panel: str, turns: int) -> Iterator[str]:
    """Errors of timings that differ from the cells they come from, or of READY from the scenes of an
    event."""
    bounds = bounds_ms(panel, from_edge=profile.by_rig)
    steps = {text: step for step, text in STEPS.items()}
    wanted: dict[tuple[str, str], list[float | None]] = {}
    judged = [cell for cell in run.cells if (cell.before, cell.after) != (None, None)]
    for step, resource in SAMPLED.items():
        for cell in judged:
            if cell.resource == resource:
                wanted.setdefault((cell.event, STEPS[step]), []).append(cell.at_ms)
    for cell in judged:
        if cell.resource == "R8":
            wanted.setdefault((cell.event, STEPS["legible"]), []).append(cell.legible_ms)
    played = {(cell.event, cell.scenario, cell.seed) for cell in judged}
    says_ready = Counter(
        scene.event.number
        for scene in plan.scenes(run.seed, profile, turns)
        if scene.says_ready and (scene.event.number, scene.label, scene.seed) in played
    )
    seen: Counter[tuple[str, str]] = Counter()
    for timing in run.timings:
        key = (timing.event, timing.step)
        seen[key] += 1
        name = f"times of {timing.step}, {timing.event}"
        if timing.step not in steps or seen[key] > 1:
            yield f"{name}: are not of this profile, or listed twice"
            continue
        if timing.bound_ms != bounds[steps[timing.step]]:
            yield f"{name}: the bound is {bounds[steps[timing.step]]} ms, not {timing.bound_ms} ms"
        if timing.step == STEPS["ready"]:
            if len(timing.samples_ms) != says_ready[timing.event]:
                yield f"{name}: {len(timing.samples_ms)} times of {says_ready[timing.event]} scenarios"
        elif list(timing.samples_ms) != wanted.get(key, []):
            yield f"{name}: are not those of the cells"
    ready = {(event, STEPS["ready"]) for event, count in says_ready.items() if count}
    for event, text in sorted((wanted.keys() | ready) - seen.keys()):
        yield f"times of {text}, {event}: are missing"


def _turns_to_plan(run: Run, profile: Profile, claimed: int) -> int:
    """The turns whose plans are compared with the run: those that its cells can fill and one more, so that a report
    that claims many turns costs no more to check than one that has them."""
    if not profile.in_turns:
        return 1
    demanded = 0
    for number in range(claimed):
        demanded += len(profile.resources) * sum(1 for _ in plan.scenes(run.seed + number, profile))
        if demanded > len(run.cells):
            return number + 1
    return claimed


def _demanded_cells(run: Run, profile: Profile, turns: int) -> list[Key]:
    return [
        (scene.event.number, resource, scene.label, scene.seed)
        for scene in plan.scenes(run.seed, profile, turns)
        for resource in profile.resources
    ]


def _demanded_pairs(run: Run, profile: Profile, turns: int) -> list[Key]:
    equal = sum(not pair.kind.startswith((STRUCTURE, DICTIONARY)) for pair in run.pairs)
    return list(plan.pairs(run.seed, profile, max(profile.pairs, equal), turns))


def _rules(profile: Profile) -> tuple[str, ...]:
    """A run with a rig repeats nothing in the emulator, and descriptors are read by `tests/hil`."""
    return RULES if profile.by_rig else (*RULES, *ENUMERATED_RULES, *RUN_RULES)


def _all_rules() -> tuple[str, ...]:
    """All rules, including those of a run that ended early."""
    return (
        *RULES,
        *ENUMERATED_RULES,
        *RUN_RULES,
        "manifest",
        "ELF readable",
        "pad says READY",
        "USB descriptors in the image",
    )


def _cell_key(cell: Cell) -> Key:
    return (cell.event, cell.resource, cell.scenario, cell.seed)


def _pairs(run: Run) -> list[Key]:
    return [(pair.kind, pair.event, pair.seed) for pair in run.pairs]


def _faults(run: Run) -> list[Key]:
    return [(trial.campaign, bounded.name_of(trial), trial.seed) for trial in run.faults]


def _panel(run: Run) -> str:
    return str(manifest_of(run.image).get("panel", DEFAULT_PANEL))


def _lacking(what: str, demanded: Iterable[Key], there: Counter[Key]) -> list[str]:
    lacking = Counter(demanded) - there
    return [f"{sum(lacking.values())} of {what}: {_some(lacking)}"] if lacking else []


def _strange(what: str, demanded: Iterable[Key], there: Iterable[Key]) -> Iterator[str]:
    strange = Counter(there) - Counter(demanded)
    if strange:
        yield f"has a {what} that this profile does not try, or has it twice: {_some(strange)}"


def _some(keys: Iterable[Key]) -> str:
    shown = [_shown(key) for key in list(keys)[: MOST_SHOWN + 1]]
    return "; ".join(shown[:MOST_SHOWN]) + (" and more" if len(shown) > MOST_SHOWN else "")


def _shown(key: Key) -> str:
    return ", ".join(str(part) for part in key)
