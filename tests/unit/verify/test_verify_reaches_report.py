"""test_verify_reaches_report: a run that fails in any way writes its findings, and its verdict is not HOLDS."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import errno
import json
import os
import signal
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import evidence_runs
import pytest
from click.testing import CliRunner, Result
from fast_part import fast
from kesu.cli.commands import main
from kesu.common.atomic import new_folder
from kesu.common.errors import Exit
from kesu.emulator.board.pad import EmulationTimeout
from kesu.emulator.core.fork import Failed, ForkError, ForkLost, Job, Send, fork_run
from kesu.images.toolchain.request import BuiltImage
from kesu.verify import evidence
from kesu.verify.bounds import STEPS
from kesu.verify.evidence import check
from kesu.verify.found import Found, NoteFacts
from kesu.verify.matrix.play import Played, unjudged
from kesu.verify.noninterference import pairs
from kesu.verify.outcome import Cell, Finding, Guided, Mutant, Trial, Walk
from kesu.verify.plan import scenes
from kesu.verify.profile import PROFILES, QUICK
from kesu.verify.results import Run
from kesu.verify.runner import command, jobs, runner
from kesu.verify.scenes import scenario
from kesu.verify.scenes.scenario import Policy
from kesu.verify.trace import code

SEED = 20_251
NEVER, LATE = None, 9_000.0
NAN, INF = float("nan"), float("inf")


def played(run: Run) -> list[Played]:
    """The scenes of a run as the matrix sends them."""
    steps = {text: step for step, text in STEPS.items()}
    samples = {(entry.event, entry.step): iter(entry.samples_ms) for entry in run.timings}
    found = []
    for scene in scenes(run.seed, PROFILES[run.profile]):
        cells, run.cells = run.cells[:10], run.cells[10:]
        times = {
            steps[step]: next(of)
            for (event, step), of in samples.items()
            if event == scene.event.number and (step != STEPS["ready"] or scene.says_ready)
        }
        found.append(Played(scene.event.number, cells, times))
    return found


def results(profile: str) -> dict[str, list[Any]]:
    """What the jobs of each kind send in a good run."""
    run = evidence_runs.holding(profile, SEED)
    parts: dict[str, list[Any]] = {
        "pairs, family 1": [pairs.Result(pair, 0.0) for pair in run.pairs],
        "structure": [run.findings],
        "walk, seed 1": list(run.walks),
        "matrix, kanji": [NoteFacts("kanji", SEED, 9, 0), dict(run.pictures)],
    }
    if run.guided:
        parts["guided walks"] = list(run.guided)
    if run.mutants:
        parts["mutants from one"] = list(run.mutants)
    for campaign in dict.fromkeys(trial.campaign for trial in run.faults):
        parts[f"faults, {campaign}"] = [trial for trial in run.faults if trial.campaign == campaign]
    parts["matrix, kanji"] += played(run)
    return parts


def found_of(result: Any) -> Found:
    """A result as a job sends it."""
    match result:
        case Played():
            return result.found()
        case pairs.Result():
            return Found(scenarios=1, pairs=[result.pair], glass=result.glass, answer_us=result.answer_us)
        case Walk():
            return Found(scenarios=1, walks=[result])
        case Guided():
            return Found(scenarios=1, guided=[result])
        case Mutant():
            return Found(scenarios=1, mutants=[result])
        case Trial():
            return Found.trial(result)
        case NoteFacts():
            return Found(notes=[result])
        case dict():
            return Found(pictures=result)
        case _:
            return Found(scenarios=1, findings=result)


def job(name: str, sent: list[Any], then: Callable[[Send[Any]], None] = lambda tell: None) -> Job[Any]:
    """A job that sends half of its results, calls `then`, and sends the rest."""

    def run(tell: Send[Any]) -> None:
        for result in sent[: len(sent) // 2]:
            tell(found_of(result))
        then(tell)
        for result in sent[len(sent) // 2 :]:
            tell(found_of(result))

    return Job(name, run, len(sent), 1.0)


@pytest.fixture
def verify(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Result]:
    """`kesu verify` with these jobs, without a pad."""

    def begin(
        work: list[Job[Any]] | Callable[[], list[Job[Any]]], profile: str = "quick", *more: str
    ) -> Result:
        image = evidence_runs.holding("quick").image
        pad = SimpleNamespace(memory_map=None, fitted="4in2")
        monkeypatch.setattr(command, "built_files", lambda image: BuiltImage(*[Path("pad.uf2")] * 3))
        monkeypatch.setattr(runner, "describe_image", lambda of: image)
        monkeypatch.setattr(code, "coverage", lambda pad, ran: evidence_runs.holding("quick").coverage)
        monkeypatch.setattr(Policy, "of", lambda image: None)
        monkeypatch.setattr(scenario, "boot", lambda image, seed: pad)
        monkeypatch.setattr(jobs, "of", lambda *_: work() if callable(work) else work)
        out = [] if "--json" in more else ["--out", str(tmp_path / "out")]
        arguments = ["verify", "--profile", profile, "--seed", str(SEED), *out, *more, __file__]
        return CliRunner().invoke(main, arguments)

    return begin


def reported(tmp_path: Path, done: Result) -> dict[str, Any]:
    """The written report; it must be complete, and its verdict must match the exit code."""
    checked = check(tmp_path / "out")
    assert checked.problems == ()
    found: dict[str, Any] = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    incomplete = Exit.INTERRUPTED if found["interrupted"] else Exit.INCOMPLETE
    expected = {"HOLDS": Exit.OK, "BROKEN": Exit.NO, "INCOMPLETE": incomplete}
    assert done.exit_code == expected[found["verdict"]], done.output
    assert found["verdict"] in done.output
    return found


@pytest.mark.slow
@pytest.mark.parametrize("profile", ["quick", "full", "faults"])
def test_a_run_of_good_jobs_holds(verify: Callable[..., Result], tmp_path: Path, profile: str) -> None:
    done = verify([job(name, sent) for name, sent in results(profile).items()], profile)
    assert reported(tmp_path, done)["verdict"] == "HOLDS"


def killed(_: Send[Any]) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def left(_: Send[Any]) -> None:
    os._exit(3)


def left_without_a_word(_: Send[Any]) -> None:
    os._exit(0)


def raised(kind: type[BaseException]) -> Callable[[Send[Any]], None]:
    def fail(_: Send[Any]) -> None:
        raise kind("on purpose")

    return fail


def unpicklable(tell: Send[Any]) -> None:
    tell(lambda: None)


ENDS: dict[str, Callable[[Send[Any]], None]] = {
    "killed, as when memory is short": killed,
    "left with a status": left,
    "left without a word": left_without_a_word,
    "exception": raised(ValueError),
    "MemoryError": raised(MemoryError),
    "emulator timeout": raised(EmulationTimeout),
    "Ctrl-C in the job": raised(KeyboardInterrupt),
    "SystemExit": raised(SystemExit),
    "a result that cannot be sent": unpicklable,
}
KINDS = {
    "quick": ("matrix, kanji", "pairs, family 1", "walk, seed 1", "structure"),
    "full": ("mutants from one",),
}
KINDS["faults"] = tuple(f"faults, {name}" for name in ("power", "parts", "USB", "allocations", "calls"))


@pytest.mark.slow
@pytest.mark.parametrize("end", fast(ENDS, "killed, as when memory is short", "exception"))
@pytest.mark.parametrize(
    ("profile", "kind"),
    fast(
        [(profile, kind) for profile, kinds in KINDS.items() for kind in kinds],
        ("quick", "structure"),
        ("faults", "faults, power"),
    ),
)
def test_a_job_that_ends_early_makes_the_run_incomplete(
    verify: Callable[..., Result], tmp_path: Path, profile: str, kind: str, end: str
) -> None:
    parts = results(profile)
    work = [job(name, sent, ENDS[end] if name == kind else lambda tell: None) for name, sent in parts.items()]
    found = reported(tmp_path, verify(work, profile))
    assert found["verdict"] == "INCOMPLETE"
    assert found["missing"]
    assert [failure["job"] for failure in found["failures"]] == [kind]


def test_a_process_that_cannot_be_started_is_in_the_report(
    verify: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = results("quick")

    def full() -> int:
        raise OSError(errno.EAGAIN, "Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", full)
    found = reported(tmp_path, verify([job(name, sent) for name, sent in parts.items()]))
    assert found["verdict"] == "INCOMPLETE"
    assert len(found["failures"]) == len(parts)
    assert "Resource temporarily" in found["failures"][0]["reason"]


def test_a_fault_of_the_bench_itself_is_in_the_report(verify: Callable[..., Result], tmp_path: Path) -> None:
    def none() -> list[Job[Any]]:
        raise LookupError("no stroke data")

    found = reported(tmp_path, verify(none))
    assert found["verdict"] == "INCOMPLETE"
    assert found["failures"] == [{"job": "the run", "reason": "LookupError: no stroke data"}]


def test_ctrl_c_writes_what_was_found(
    verify: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts, seen = results("quick"), []
    add = Found.add

    def counted(whole: Found, part: Found) -> None:
        add(whole, part)
        seen.append(part)
        if len(seen) == 20:
            raise KeyboardInterrupt

    monkeypatch.setattr(Found, "add", counted)
    done = verify([job(name, sent, lambda tell: time.sleep(0.01)) for name, sent in parts.items()])
    found = reported(tmp_path, done)
    assert (found["verdict"], found["interrupted"]) == ("INCOMPLETE", True)
    assert found["cells"]
    assert f"replay with --seed {SEED}" in done.output


def spoil(sent: list[Any], kind: type, change: Callable[[Any], Any]) -> None:
    at = next(place for place, result in enumerate(sent) if isinstance(result, kind))
    sent[at] = change(sent[at])


def cell(**values: Any) -> Callable[[Played], Played]:
    def change(was: Played) -> Played:
        resource = values.get("resource", "R1")
        cells = [replace(one, **values) if one.resource == resource else one for one in was.cells]
        times = dict(was.times)
        if "at_ms" in values:
            times[resource] = values["at_ms"]
        if "legible_ms" in values:
            times["legible"] = values["legible_ms"]
        return Played(was.event, cells, times)

    return change


def never_ready(was: Played) -> Played:
    return Played(was.event, was.cells, was.times | {"ready": None})


def not_judged(was: Played) -> Played:
    first = next(scene for scene in scenes(SEED, QUICK) if scene.label == was.cells[0].scenario)
    return unjudged(first.event, first.kind, first.seed, "4in2", "EmulationTimeout: not READY")


def differs(was: pairs.Result, glass: float = 0.0) -> pairs.Result:
    spot = replace(evidence_runs.MASKED, place="heap", until="heap")
    return replace(was, pair=evidence_runs.differing(was.pair, spot), glass=glass)


def unanswered(was: pairs.Result) -> pairs.Result:
    return replace(was, pair=replace(was.pair, reason="not READY", instants=()))


def endless(was: Trial) -> Trial:
    figures = {"ready": [INF, NAN, {"x": -INF}], "odd": {1: object}}
    return replace(was, reason="READY never came", gone_ms=INF, figures=figures)


FOUND: dict[str, tuple[str, str, type, Callable[[Any], Any]]] = {
    "hits left": ("quick", "matrix, kanji", Played, cell(after=3.0)),
    "not a number": ("quick", "matrix, kanji", Played, cell(after=NAN)),
    "no end of hits": ("quick", "matrix, kanji", Played, cell(after=INF)),
    "late": ("quick", "matrix, kanji", Played, cell(at_ms=LATE)),
    "never": ("quick", "matrix, kanji", Played, cell(at_ms=NEVER)),
    "never, as infinity": ("quick", "matrix, kanji", Played, cell(at_ms=INF)),
    "legible": ("quick", "matrix, kanji", Played, cell(resource="R8", legible_ms=LATE)),
    "legible until the end": ("quick", "matrix, kanji", Played, cell(resource="R8", legible_ms=NEVER)),
    "READY never": ("quick", "matrix, kanji", Played, never_ready),
    "scenario not judged": ("quick", "matrix, kanji", Played, not_judged),
    "did not come back": ("quick", "matrix, kanji", Played, cell(failure="did not come back")),
    "pair differs": ("quick", "pairs, family 1", pairs.Result, differs),
    "pair of other glass": ("quick", "pairs, family 1", pairs.Result, lambda was: differs(was, NAN)),
    "pair without an answer": ("quick", "pairs, family 1", pairs.Result, unanswered),
    "rule": ("quick", "structure", list, lambda was: [Finding(was[0].rule, False, "no"), *was[1:]]),
    "leak not caught": ("full", "mutants from one", Mutant, lambda was: replace(was, caught_by=())),
    "fault": ("faults", "faults, power", Trial, lambda was: replace(was, reason="the note stayed")),
    "fault without an end": ("faults", "faults, power", Trial, lambda was: replace(was, gone_ms=INF)),
    "fault, no number": ("faults", "faults, parts", Trial, lambda was: replace(was, gone_ms=NAN)),
    "fault, never": ("faults", "faults, USB", Trial, lambda was: replace(was, gone_ms=None)),
    "calls, figures without end": ("faults", "faults, calls", Trial, endless),
}  # fmt: skip


@pytest.mark.parametrize("what", fast(FOUND, *list(FOUND)[:3]))
def test_every_kind_of_finding_is_written_as_broken(
    verify: Callable[..., Result], tmp_path: Path, what: str
) -> None:
    profile, name, kind, change = FOUND[what]
    parts = results(profile)
    spoil(parts[name], kind, change)
    found = reported(tmp_path, verify([job(name, sent) for name, sent in parts.items()], profile))
    assert found["verdict"] == "BROKEN"


def test_json_output_is_valid_with_any_finding(verify: Callable[..., Result]) -> None:
    parts = results("quick")
    spoil(parts["matrix, kanji"], Played, cell(after=NAN, at_ms=INF))
    done = verify([job(name, sent) for name, sent in parts.items()], "quick", "--json")
    report = json.loads(done.stdout[done.stdout.index("{") :], parse_constant=pytest.fail)
    assert (report["verdict"], done.exit_code) == ("BROKEN", 1)


@pytest.mark.slow
def test_a_report_much_larger_than_usual_is_written_and_checked(
    verify: Callable[..., Result], tmp_path: Path
) -> None:
    parts = results("quick")
    many = tuple(
        replace(evidence_runs.MASKED, address=0x2000_0000 + 16 * at, place=f"heap 0x{at:x}", until="heap")
        for at in range(20_000)
    )

    def grown(was: pairs.Result) -> pairs.Result:
        first, *others = was.pair.instants
        return replace(was, pair=replace(was.pair, instants=(replace(first, differences=many), *others)))

    spoil(parts["pairs, family 1"], pairs.Result, grown)
    found = reported(tmp_path, verify([job(name, sent) for name, sent in parts.items()]))
    assert found["verdict"] == "BROKEN"
    assert max(len(pair["instants"][0]["differences"]) for pair in found["pairs"]) == 20_000


def test_evidence_is_written_elsewhere_when_its_folder_fails(
    verify: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(other))

    def disk_full(target: Path) -> Any:
        if target == tmp_path / "out":
            raise OSError(errno.ENOSPC, "No space left on device")
        return new_folder(target)

    monkeypatch.setattr(evidence.folder, "new_folder", disk_full)
    done = verify([job(name, sent) for name, sent in results("quick").items()])
    (place,) = other.iterdir()
    assert check(place).problems == ()
    assert done.exit_code == Exit.INCOMPLETE, "not where it was asked for"
    for part in ("HOLDS", "No space left", str(place)):
        assert part in done.output


def test_a_result_that_cannot_be_written_is_printed(
    verify: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    def disk_full(target: Path) -> Any:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(evidence.folder, "new_folder", disk_full)
    parts = results("quick")
    spoil(parts["matrix, kanji"], Played, cell(after=3.0))
    done = verify([job(name, sent) for name, sent in parts.items()])
    assert "3 of the note left" in done.output
    assert done.exit_code != 0


def test_lost_results_are_distinguished_from_failures() -> None:
    with pytest.raises(ForkLost, match="SIGKILL"):
        fork_run(None, lambda _: os.kill(os.getpid(), signal.SIGKILL))
    with pytest.raises(ForkLost, match="too little memory"):
        fork_run(None, lambda _: raised(MemoryError)(print))
    with pytest.raises(ForkError) as failed:
        fork_run(None, lambda _: raised(EmulationTimeout)(print))
    assert not isinstance(failed.value, ForkLost)
    assert Failed("job", "").why == "no reason is known"


def test_this_test_covers_all_parts_of_a_run() -> None:
    covered = [kind for profile in ("quick", "full", "faults") for kind in results(profile)]
    assert set(covered) >= {kind for kinds in KINDS.values() for kind in kinds}
    assert isinstance(results("quick")["matrix, kanji"][2].cells[0], Cell)
