"""test_verify_soak: a stopped soak names the seed to resume with, and resumes there."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner
from kesu.cli.commands import main
from kesu.common.errors import Exit
from kesu.emulator.core.fork import Job
from kesu.images.toolchain.request import BuiltImage
from kesu.verify import notes, plan
from kesu.verify.found import Found
from kesu.verify.noninterference import families
from kesu.verify.profile import SOAK
from kesu.verify.results import Run
from kesu.verify.runner import command, jobs, matrix_jobs, runner
from kesu.verify.scenes import scenario
from kesu.verify.scenes.events import EVENTS
from kesu.verify.scenes.scenario import Policy
from kesu.verify.subject import Subject

IMAGE = BuiltImage(Path("pad.uf2"), Path("pad.elf"), Path("pad.json"))


@pytest.fixture
def stopped_after(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], list[int]]:
    """Run no scenario; record the seed of each turn, and press Ctrl-C after so many turns."""
    seeds: list[int] = []

    def begin(turns: int) -> list[int]:
        def turn_jobs(of: Subject, _turn: int = 0) -> list[Job[Found]]:
            seeds.append(of.seed)
            return []

        def work(*_: Any) -> list[Any]:
            if len(seeds) > turns:
                raise KeyboardInterrupt
            return []

        pad = SimpleNamespace(memory_map=None, fitted="4in2")
        monkeypatch.setattr(jobs, "of", turn_jobs)
        monkeypatch.setattr(runner, "run_jobs", work)
        monkeypatch.setattr(runner, "describe_image", lambda image: {})
        monkeypatch.setattr(Policy, "of", lambda image: None)
        monkeypatch.setattr(scenario, "boot", lambda image, seed: pad)
        return seeds

    return begin


def verify(seed: int, minutes: float) -> Run:
    return runner.verify(IMAGE, SOAK, seed, 1, lambda done, total, doing: None, minutes)


def test_soak_resumes_with_the_interrupted_turn(
    stopped_after: Callable[[int], list[int]],
) -> None:
    seeds = stopped_after(3)
    run = verify(40, 60.0)
    assert (run.interrupted, run.turns, run.verdict) == (True, 3, "INCOMPLETE")
    resume_seed = run.search["seed to resume this soak"]
    assert seeds == [40, 41, 42, 43]
    assert resume_seed == 43
    seeds.clear()
    verify(resume_seed, 60.0)
    assert seeds == [43, 44, 45, 46], "the turn that was cut short is played whole, none is left out"


def test_a_finished_soak_names_the_next_seed(stopped_after: Callable[[int], list[int]]) -> None:
    seeds = stopped_after(1)
    run = verify(40, 0.0)
    assert seeds == [40]
    assert run.search["seed to resume this soak"] == 41


def test_interrupted_soak_names_seed_and_scenario_to_resume(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, stopped_after: Callable[[int], list[int]]
) -> None:
    stopped_after(3)
    monkeypatch.setattr(command, "built_files", lambda image: IMAGE)
    out = tmp_path / "evidence"
    arguments = [
        "verify",
        "--profile",
        "soak",
        "--minutes",
        "5",
        "--seed",
        "40",
        "--out",
        str(out),
        __file__,
    ]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == Exit.INTERRUPTED
    assert "interrupted after 3 whole turns" in result.output
    assert "--seed 43 resumes at E1 WIPE key; full page, note 43" in result.output
    assert "INCOMPLETE" in (out / "report.html").read_text(encoding="utf-8"), "what was found is written"


def test_the_named_scenario_is_the_first_of_that_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    played: list[str] = []

    def write(_pad: object, note: notes.Note, _policy: object, _ends: object) -> Any:
        facts = SimpleNamespace(needles=SimpleNamespace(count=0))
        return SimpleNamespace(note=note, searcher=facts, dropped=0)

    def play(written: Any, scene: plan.Scene) -> Found:
        played.append(f"{scene.event.label}; {written.note.kind}, note {written.note.seed}")
        return Found()

    monkeypatch.setattr(scenario, "write", write)
    monkeypatch.setattr(matrix_jobs, "_played", play)
    monkeypatch.setattr(matrix_jobs, "fork_run", lambda written, scenario: {})
    matrix, *others = jobs.of(Subject(IMAGE, None, None, SOAK, 43, 0, []), 3)  # type: ignore[arg-type]  # no pad is played
    assert [job.part for job in others] == ["pairs", "walk", "chance", "tick"]
    matrix.run(lambda result: None)
    assert played[0] == plan.first_scenario(43, SOAK)
    assert len(played) == matrix.scenarios > len(EVENTS)


@pytest.mark.slow
def test_neighbouring_turns_differ_and_together_cover_all_events() -> None:
    turns = [families.turn(seed) for seed in range(40, 40 + families.AROUND)]
    assert len({turn.inks[0].paths for turn in turns}) == len(turns)
    assert {event for turn in turns for event in turn.events} == set(families.EVENTS)
    assert [plan.note_seeds(seed, SOAK)[0][0] for seed in range(4)] == list(notes.KINDS)
