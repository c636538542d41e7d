"""test_evidence_recount: no edit of a report makes it claim more than its measurements show."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import evidence_runs
import pytest
from kesu.verify import plan
from kesu.verify.bounds import BOUNDS_MS
from kesu.verify.evidence import check, demands, write
from kesu.verify.evidence.checking import recount
from kesu.verify.evidence.folder import SUMS, report_json, sums
from kesu.verify.evidence.reading import NotAReport, run_of
from kesu.verify.outcome import COVERAGE, DRAWN, HELD, Cell, Difference, Timing, Trial
from kesu.verify.results import PARTS, Run

Path_ = tuple[Any, ...]
PROFILES = ("quick", "full", "faults", "soak")
WORDS: tuple[Any, ...] = (None, True, False, "", "1", "HOLDS", -1, 0, 1, 3, 5_000, 1e9, 10**18, 0.5, [], {})
"""Values that replace any value, besides those of its own type."""
SEED = 20_260
KNOWN_ONE_IN = 4
EDITED = [pytest.param(name, marks=pytest.mark.deep) if name == "full" else name for name in PROFILES]
"""The report of a full run takes most of the time; the others have what is in it, but for drawn leaks."""

pytestmark = pytest.mark.slow


@cache
def good(profile: str) -> str:
    return report_json(evidence_runs.holding(profile)).decode()


@cache
def report(profile: str) -> dict[str, Any]:
    """Read only: `edited` copies what it changes."""
    found: dict[str, Any] = json.loads(good(profile))
    return found


def places(value: Any, path: Path_ = ()) -> Iterator[Path_]:
    """Every place in a report, including lists and objects."""
    if path:
        yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, entry in inner:
        yield from places(entry, (*path, key))


def edited(content: Any, path: Path_, change: Callable[[Any, Any], object]) -> Any:
    """A report with one place changed; `change` gets the container and the key. All other places are shared."""
    made = copy.copy(content)
    holder = made
    for key in path[:-1]:
        holder[key] = copy.copy(holder[key])
        holder = holder[key]
    holder[path[-1]] = copy.copy(holder[path[-1]])
    change(holder, path[-1])
    return made


def at_place(content: Any, path: Path_) -> Any:
    """The value at a place; None if the place is gone."""
    holder = content
    for key in path[:-1]:
        holder = holder[key]
    if isinstance(holder, list):
        return holder[path[-1]] if path[-1] < len(holder) else None
    return holder.get(path[-1])


def edits(holder: Any, key: Any) -> Iterator[tuple[str, Callable[[Any, Any], object]]]:
    yield "removed", lambda at, key: at.pop(key)
    if isinstance(holder, list):
        yield "doubled", lambda at, key: at.insert(key, copy.deepcopy(at[key]))
    value = holder[key]
    if isinstance(value, list) and len(value) > 1:
        yield "emptied", lambda at, key: at[key].clear()
        yield "turned round", lambda at, key: at[key].reverse()
    if isinstance(value, dict):
        yield "with more", lambda at, key: at[key].update(holds=True, more=1)
    others = [word for word in WORDS if word != value or type(word) is not type(value)]
    if isinstance(value, bool):
        others.insert(0, not value)
    elif isinstance(value, int | float):
        others[:0] = [value + 1, -value - 1, value * 1_000 + 7_000, str(value)]
    elif isinstance(value, str):
        others[:0] = [value + "x", value[:-1]]
    for other in others:
        yield f"{other!r}", lambda at, key, other=other: at.__setitem__(key, other)  # type: ignore[misc]  # mypy infers no lambda with a default


FREE = {
    "cells": set[str](),
    "pairs": set[str](),
    "mutants": {"detail"},
    "findings": {"detail"},
    "timings": set[str](),
    "faults": {"seen", "ended", "figures"},
}
"""Texts of an entry that do not affect its verdict. `ended` must not say that it was not judged."""
FREE_OF_A_RUN = {"seconds", "started", "versions", "search", "image", "interrupted"}


def bears(path: Path_, now: Any) -> bool:
    """Whether the value at this place still supports HOLDS; written independently of kesu's code, from
    docs/evidence.md."""
    part = path[0]
    if len(path) == 1 and isinstance(now, list):  # the same entries in another order
        return any(sorted(now, key=str) == sorted(report(one)[part], key=str) for one in PROFILES)
    if part in FREE_OF_A_RUN:
        return now is not True
    field = path[2] if len(path) > 2 else None
    if field in FREE.get(part, ()):
        return now != "not judged"
    number = isinstance(now, int | float) and not isinstance(now, bool)
    if part == "cells":
        return number and {
            "before": now >= 0,
            "after": 0 <= now < 1,
            "at_ms": 0 <= now <= 5_000,
            "legible_ms": 0 <= now <= BOUNDS_MS["legible"],
        }.get(str(field), False)
    if part == "pairs" and len(path) > 4 and field == "instants":
        return number and {
            "compared_bytes": now > 0,
            "after_ms": now > 2_000.0,
            "glass": 0 <= now < 2.0,
            "differences": path[-1] in ("address", "length") and now >= 0,
        }.get(path[4], False)
    if part == "walks" and field == "held":
        return now in (None, [], *([place] for place in HELD), list(HELD)) or now in HELD
    if part == "walks":
        if field == "slowest_clean_ms" and now is None:
            return True  # a walk without an ending that wipes at once
        return number and {
            "notes": 1 <= now <= 6,
            "most_inked": 100 <= now <= 264 * 1024,
            "slowest_clean_ms": 0 <= now <= BOUNDS_MS["R1"] + BOUNDS_MS["clean"],
        }.get(str(field), False)
    if part == "guided":
        return number and field in ("kept", "first", "reached") and now >= 0
    if part == "coverage":
        return number and now >= 0
    if part == "timings" and field == "samples_ms":
        return number and 0 <= now <= BOUNDS_MS["ready"]
    if part == "faults" and field == "gone_ms":
        return number and 0 <= now <= 10_000
    if (
        part == "mutants" and field == "change"
    ):  # the text of a drawn leak depends on the image; it decides nothing
        return isinstance(now, str) and report("full")["mutants"][path[1]]["name"].startswith(DRAWN)
    return part == "mutants" and field == "caught_by"


def accepted(raw: bytes) -> bool:
    run, faults = recount(raw)
    return run is not None and not faults and run.verdict == "HOLDS"


def accepted_as_written(content: Any) -> bool:
    """Whether a report with this content is accepted, in the form that kesu writes.

    Written in one line, which is quicker, it has one fault more: the form."""
    run, faults = recount(json.dumps(content).encode())
    if run is None or [fault for fault in faults if not fault.startswith("is not what kesu writes")]:
        return False
    return accepted(json.dumps(content, indent=1, ensure_ascii=False).encode() + b"\n")


@cache
def kinds(profile: str) -> dict[Path_, list[Path_]]:
    """The places in a report by kind: their path without the number of an entry."""
    found: dict[Path_, list[Path_]] = {}
    for path in places(report(profile)):
        found.setdefault(tuple("*" if isinstance(key, int) else key for key in path), []).append(path)
    return found


def sample(profile: str, most: int) -> list[tuple[Path_, str, Callable[[Any, Any], object]]]:
    """Edits of one report: a random sample at each kind of place. The kinds of the short report of a quick run are all
    tried there; of them, the other reports have one in KNOWN_ONE_IN."""
    content, chosen = report(profile), random.Random(SEED)
    found = []
    for kind, paths in kinds(profile).items():
        if profile != "quick" and kind in kinds("quick") and chosen.randrange(KNOWN_ONE_IN):
            continue
        path = chosen.choice(paths)
        holder = content
        for key in path[:-1]:
            holder = holder[key]
        every = [(path, name, change) for name, change in edits(holder, path[-1])]
        found += chosen.sample(every, min(len(every), most))
    return found


@pytest.mark.parametrize("profile", PROFILES)
def test_what_kesu_writes_is_accepted(profile: str) -> None:
    assert accepted(good(profile).encode())


@pytest.mark.parametrize("profile", EDITED)
def test_any_edit_is_refused_or_supports_the_verdict(profile: str) -> None:
    """Only report.json is edited. The pages are not compared here: they would reveal most edits."""
    tried = refused = 0
    for path, name, change in sample(profile, 4 if profile == "quick" else 2):
        made = edited(report(profile), path, change)
        if made == report(profile):
            continue
        tried += 1
        if not accepted_as_written(made):
            refused += 1
            continue
        assert bears(path, at_place(made, path)) or path[0] in ("search", "versions", "image"), (path, name)
    assert tried > (300 if profile == "quick" else 30)
    assert refused > tried / 2


@pytest.mark.parametrize("profile", EDITED)
def test_edited_measurements_are_refused_or_support_the_verdict(profile: str) -> None:
    """An attacker edits measurements and lets kesu compute and write all conclusions from them."""
    written = 0
    for path, name, change in sample(profile, 3 if profile == "quick" else 2):
        if path[0] in ("search", "versions", "image", "verdict", "schema", "scenarios", "drawn"):
            continue
        try:
            run = run_of(edited(report(profile), path, change))
        except (NotAReport, KeyError, TypeError):
            continue
        run.missing = []  # and who claims that nothing is missing
        written += 1
        raw = report_json(run)
        if not accepted(raw):
            continue
        again = json.loads(raw)
        if again == report(profile):
            continue  # a conclusion was edited, and was recomputed
        assert bears(path, at_place(again, path)), (path, name)
    assert written > (3 if profile == "soak" else 10)  # it has no kind of place of its own


def forged(run: Run) -> bytes:
    """A failed run with every conclusion changed to HOLDS."""
    content = run.to_dict() | {"verdict": "HOLDS", "missing": []}
    for part in PARTS:
        for entry in content[part]:
            entry.update({word: True for word in ("holds", "caught") if word in entry})
            entry.update({word: "" for word in ("reason", "failure") if word in entry})
    return json.dumps(content, indent=1, ensure_ascii=False).encode() + b"\n"


def held(part: str = "cells") -> Run:
    """A run that holds, of the profile with the shortest report that has such entries."""
    return evidence_runs.holding({"faults": "faults", "mutants": "full"}.get(part, "quick"))


def spoilt(part: str, place: int, **values: Any) -> Run:
    run = held(part)
    entries = getattr(run, part)
    entries[place] = type(entries[place])(**{**entries[place].__dict__, **values})
    return run


HITS = 5_000.0


def figure(campaign: str, **values: Any) -> Run:
    """A run in which the first trial of that campaign that has these figures shows other ones."""
    run = held("faults")
    at = next(
        at
        for at, trial in enumerate(run.faults)
        if trial.campaign == campaign and values.keys() <= trial.figures.keys()
    )
    run.faults[at] = replace(run.faults[at], figures=run.faults[at].figures | values)
    return run


def fault(campaign: str, **values: Any) -> Run:
    """A run in which a trial of that campaign shows other values and gives no reason."""
    run = held("faults")
    at = next(
        at for at, trial in enumerate(run.faults) if trial.campaign == campaign and trial.fault != COVERAGE
    )
    run.faults[at] = replace(run.faults[at], **values)
    return run


def with_a_mask_of_its_own() -> Run:
    run = held()
    spot = Difference("sram", 0x2000_4000, 15_000, 15_000, "heap", "heap", "trust me")
    run.pairs[0] = evidence_runs.differing(run.pairs[0], spot)
    run.mask.append(type(run.mask[0])("trust me", "sram", "heap", 15_000, "it is fine"))
    return run


def on_hardware() -> Run:
    run = held()
    run.target = "HARDWARE"
    return run


def quick_as_full() -> Run:
    run = evidence_runs.holding("quick")
    run.profile = "full"
    return run


def two_notes_masked_as_one_against_none() -> Run:
    run = held()
    at, pair = next((at, pair) for at, pair in enumerate(run.pairs) if not pair.kind.endswith("no ink"))
    allowed = Difference(**{**evidence_runs.MASKED.__dict__, "mask": run.mask[0].name})
    run.pairs[at] = evidence_runs.differing(pair, allowed)
    return run


SPOT = Difference("sram", 0x2000_4000, 1, 1, "heap", "heap", None)


def at_an_instant(name: str, **values: Any) -> Run:
    """The first pair's comparison at that instant, with other values."""
    run = held()
    run.pairs[0] = replace(
        run.pairs[0],
        instants=tuple(
            replace(one, **values) if one.instant == name else one for one in run.pairs[0].instants
        ),
    )
    return run


def only_at_the_end() -> Run:
    """As runs of an earlier version: compared once, after READY."""
    run = held()
    run.pairs = [replace(pair, instants=pair.instants[-1:]) for pair in run.pairs]
    return run


def masked_as_after_another_event() -> Run:
    """The receive cells may hold the last points after a reset, not after the WIPE key."""
    run = held()
    at, pair = next((at, pair) for at, pair in enumerate(run.pairs) if pair.event == "E1")
    entry = next(entry for entry in run.mask if "E11" in entry.events and "receive" in entry.name)
    place = f"{entry.resource}+0x3"
    cell = Difference(entry.resource, 3, 1, 1, place, place, entry.name)
    run.pairs[at] = evidence_runs.differing(pair, cell, at="clean")
    return run


def later_bounds() -> Run:
    run = held()
    run.cells = [Cell(**{**cell.__dict__, "bound_ms": 90_000.0}) for cell in run.cells]
    run.timings = [Timing(**{**entry.__dict__, "bound_ms": 90_000.0}) for entry in run.timings]
    return run


def without(part: str, place: int) -> Run:
    run = held(part)
    getattr(run, part).pop(place)
    return run


def other_image() -> Run:
    run = held()
    run.image = run.image | {"uf2_sha256": "56" * 32}
    return run


def service_image() -> Run:
    run = held()
    run.image = run.image | {"manifest": run.image["manifest"] | {"profile": "service"}}
    return run


def with_seed(seed: int) -> Run:
    run = held()
    run.seed = seed
    return run


def tomorrow() -> Run:
    run = held()
    run.started = "2199-01-01T00:00:00+00:00"
    return run


FORGED: dict[str, Callable[[], Run]] = {
    "5,000 hits left at 90 s": lambda: spoilt("cells", 1, after=HITS, at_ms=90_000.0),
    "hits left in time": lambda: spoilt("cells", 1, after=HITS),
    "one hit": lambda: spoilt("cells", 0, after=1.0),
    "not measured": lambda: spoilt("cells", 0, after=None),
    "fewer than no hits": lambda: spoilt("cells", 0, after=-1.0),
    "never found before": lambda: spoilt("cells", 0, before=0.0),
    "late": lambda: spoilt("cells", 0, at_ms=5.1),
    "never clean": lambda: spoilt("cells", 0, at_ms=None),
    "clean before the event": lambda: spoilt("cells", 0, at_ms=-3.0),
    "glass legible for too long": lambda: spoilt("cells", 7, legible_ms=601.0),
    "glass not clean": lambda: spoilt("cells", 7, after=1.0),
    "flash changed": lambda: spoilt("cells", 5, after=1.0),
    "another event": lambda: spoilt("cells", 0, event="E2"),
    "another note": lambda: spoilt("cells", 0, seed=1),
    "mask trust me": with_a_mask_of_its_own,
    "masked where no mask holds": two_notes_masked_as_one_against_none,
    "pair of no bytes": lambda: at_an_instant("clean", compared_bytes=0),
    "pair that did not come back": lambda: spoilt("pairs", 0, reason="not READY", instants=()),
    "pair compared at no instant": lambda: spoilt("pairs", 0, instants=()),
    "pair compared after READY only": only_at_the_end,
    "pair compared later than the bound": lambda: at_an_instant("clean", after_ms=56.0),
    "ink at the bound only": lambda: at_an_instant("clean", differences=(SPOT,)),
    "ink at the bound, masked as after a reset": masked_as_after_another_event,
    "glass readable at its bound": lambda: at_an_instant("legible", glass=2.0),
    "glass not compared": lambda: at_an_instant("R8", glass=None),
    "glass less than equal": lambda: at_an_instant("R8", glass=-1.0),
    "leak that nothing noticed": lambda: spoilt("mutants", 0, caught_by=()),
    "leak found by a check that it names itself": lambda: spoilt("mutants", 0, expected=("my",), caught_by=("my",)),
    "rule twice, another missing": lambda: spoilt("findings", 0, rule="policy"),
    "step never reached": lambda: spoilt("timings", 0, samples_ms=(None,)),
    "times of other cells": lambda: spoilt("timings", 0, samples_ms=(1.0,)),
    "fault whose note never went": lambda: spoilt("faults", 0, gone_ms=None),
    "fault that was not judged": lambda: spoilt("faults", 0, ended="not judged"),
    "calls that left hits": lambda: fault("calls", figures=evidence_runs.CALLS | {"left": 3}),
    "calls without figures": lambda: fault("calls", figures={}),
    "calls on a shrinking heap": lambda: fault("calls", figures=evidence_runs.CALLS | {"free_bytes": [9, 8]}),
    "allocation after which the pad did not come back": lambda: fault("allocations", ended="fault"),
    "power cut that ended in a fault": lambda: fault("power", ended="wiping"),
    "part whose loss starved the watchdog": lambda: figure("parts", starved=1),
    "part whose loss left hits": lambda: figure("parts", left_hits=1.0),
    "part whose loss left a ghost": lambda: figure("parts", ghost_L=1.0),
    "part whose glass was not measured": lambda: figure("parts", ghost_L=None),
    "exception that left hits": lambda: figure("allocations", left_hits=2.0),
    "power cut after which the note came back": lambda: figure("power", rise_L=1.1),
    "power cut that left a ghost": lambda: figure("power", ghost_L=2.0),
    "ink taken on hold-up": lambda: fault(
        "power", ended="glass clean, power gone", figures={"ghost_L": 0.0, "ink_taken_px": 9}
    ),
    "late wipe in a flood": lambda: figure("USB", r1_ms=5.1),
    "restart in a flood": lambda: figure("USB", restarts=1),
    "fault under another name": lambda: spoilt("faults", 0, fault="nothing broke"),
    "hardware": on_hardware,
    "quick called full": quick_as_full,
    "bounds that the run chose itself": later_bounds,
    "another image": other_image,
    "service image": service_image,
    "another seed": lambda: with_seed(20_252),
    "seed below 0": lambda: with_seed(-1),
    "from the future": tomorrow,
    "a cell left out": lambda: without("cells", 77),
    "a pair left out": lambda: without("pairs", 2),
    "a leak left out": lambda: without("mutants", 3),
    "a rule left out": lambda: without("findings", 3),
    "times left out": lambda: without("timings", 3),
    "a fault left out": lambda: without("faults", 3),
    "a mask's entry left out": lambda: without("mask", 0),
}  # fmt: skip


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_holds_is_refused(name: str) -> None:
    run, faults = recount(forged(FORGED[name]()))
    assert run is not None
    assert faults
    honest = FORGED[name]()
    honest.missing = []
    assert not accepted(report_json(honest)), "nor after the conclusions are recomputed from it"


def test_the_forged_folder_with_new_sums_and_new_pages_is_refused(tmp_path: Path) -> None:
    """A folder that an earlier release accepted: 5,000 hits left at 90 s, 15,000 bytes masked, target HARDWARE."""
    run = with_a_mask_of_its_own()
    run.target = "HARDWARE"
    write(held(), tmp_path / "evidence")
    run.cells[0] = Cell(**{**run.cells[0].__dict__, "after": HITS, "at_ms": 90_000.0})
    (tmp_path / "evidence" / "report.json").write_bytes(forged(run))
    renew_sums(tmp_path / "evidence")
    said = " ".join(problem.what for problem in check(tmp_path / "evidence").problems)
    for part in ("HARDWARE", "another mask", "amounts to BROKEN", "times of R1 zero"):
        assert part in said


def renew_sums(place: Path) -> None:
    files = {
        path.relative_to(place).as_posix(): path.read_bytes()
        for path in place.rglob("*")
        if path.is_file() and path.name != SUMS
    }
    (place / SUMS).write_bytes(sums(files))


@pytest.mark.parametrize("name", ["report.html", "junit.xml", "letter-of-volatility.md"])
def test_a_page_that_claims_more_than_the_report_is_refused(tmp_path: Path, name: str) -> None:
    place = tmp_path / "evidence"
    write(evidence_runs.broken(), place)
    write(evidence_runs.holding(), tmp_path / "good")
    (place / name).write_bytes((tmp_path / "good" / name).read_bytes())
    renew_sums(place)
    (problem,) = check(place).problems
    assert problem.file == name
    assert "does not say what report.json says" in problem.what


@pytest.mark.parametrize(
    ("find", "put"),
    [
        ('"after": 0.0', '"after": NaN'),
        ('"after": 0.0', '"after": Infinity'),
        ('"after": 0.0', '"after": 1e999'),
        ('"after": 0.0', '"after": "0.0"'),
        ('"after": 0.0', '"after": false'),
        ('"after": 0.0', '"after": 5000.0, "after": 0.0'),
        ('"after": 0.0', '"after": 0.00'),
        ('"turns": 1', '"turns": 1.0'),
        ('"turns": 1', '"turns": ' + "9" * 400),
        ('"seed": 20251', '"seed": 20251.0'),
        ('"verdict": "HOLDS"', '"verdict": "BROKEN", "verdict": "HOLDS"'),
        ('"interrupted": false', '"interrupted": 0'),
        ('"schema": 5', '"schema": true'),
        ('"schema": 5', '"schema": 3.0'),
    ],
)
def test_ambiguous_json_is_refused(find: str, put: str) -> None:
    text = good("quick")
    assert find in text
    run, faults = recount(text.replace(find, put, 1).encode())
    assert run is None or faults


@pytest.mark.parametrize("most", [2, pytest.param(5, marks=pytest.mark.deep)])
def test_no_single_edit_makes_a_broken_report_hold(most: int) -> None:
    """The reverse: 3 hits left in one cell, and so many edits at each kind of place but that one."""
    run = evidence_runs.holding("quick")
    run.cells[0] = Cell(**{**run.cells[0].__dict__, "after": 3.0})
    content = json.loads(report_json(run))
    assert content["verdict"] == "BROKEN"
    for path, name, change in sample("quick", most):
        if path[:2] == ("cells", 0) or path == ("cells",):
            continue
        try:
            made = edited(content, path, change)
        except (KeyError, IndexError, AttributeError):
            continue
        assert not accepted(json.dumps(made, indent=1, ensure_ascii=False).encode() + b"\n"), (path, name)


def test_an_incomplete_run_names_its_missing_parts() -> None:
    run = held()
    removed = sum(cell.event == "E9" for cell in run.cells)
    run.cells = [cell for cell in run.cells if cell.event != "E9"]
    run.pairs.pop()
    (cells, pair) = demands.missing(run)
    assert removed >= 10
    assert cells.startswith(f"{removed} of cell: E9, R1, unplugged")
    assert pair.startswith("1 of pair: ")
    run.missing = demands.missing(run)
    assert run.verdict == "INCOMPLETE"


def test_turns_that_are_claimed_only_are_missing_and_cost_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    planned: list[int] = []
    scenes = plan.scenes

    def counted(seed: int, *of: Any) -> Iterator[plan.Scene]:
        planned.append(seed)
        return scenes(seed, *of)

    monkeypatch.setattr(plan, "scenes", counted)
    run = evidence_runs.holding("soak")
    run.turns = demands.MOST_TURNS
    assert demands.missing(run)[0] == f"turns 3 to {demands.MOST_TURNS}, whole"
    assert len(planned) < 10
    run.turns = 1
    assert demands.missing(run) == []


def test_a_trial_is_judged_by_its_measurements() -> None:
    held = Trial("power", "cut", 1, "VBUS", 480.0, "READY")
    assert held.holds
    for changed in ({"gone_ms": None}, {"gone_ms": float("inf")}, {"gone_ms": 4_101.0}, {"reason": "x"}):
        assert not Trial(**{**held.__dict__, **changed}).holds
