"""`kesu verify --target rig-virtual`: the rig's part of the matrix on two emulated chips, and a leak that it finds."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
import os
import random
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner
from drawn import commit
from kesu.cli.commands import main
from kesu.common.errors import Exit
from kesu.images.toolchain import ensure
from kesu.images.toolchain.kit import kit
from kesu.images.toolchain.request import BuildRequest
from kesu.spec.panels import DEFAULT_PANEL
from kesu.verify import mutants, plan
from kesu.verify.evidence.checking import check
from kesu.verify.mutants.apply import build
from kesu.verify.profile import RIG
from kesu.verify.runner import targets

pytestmark = pytest.mark.slow

BOARDS = ("pico", "pico2")
FEW = ("E1 WIPE key", "E3 idle")
"""What a finger causes, and a deadline of the pad's timer."""
DRAWN = 3
"""Events that a run with deep tests plays on each board."""
ALL = "KESU_RIG_MATRIX"
"""Environment variable: with the value "all", every event is played on each board."""
LEAKS = {"buffers-not-zeroed": "R1", "one-plane-only": "R7", "glass-driven-half-way": "R8"}
"""Seeded leaks, and where the rig finds them."""


def _verify(image: Path, out: Path, target: str = "rig-virtual") -> tuple[int, str]:
    done = CliRunner().invoke(
        main, ["verify", str(image), "--target", target, "--seed", "3", "--out", str(out)]
    )
    return done.exit_code, done.output


@pytest.mark.long
def test_some_events_hold_and_the_evidence_says_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "BY_RIG", FEW)
    code, output = _verify(ensure("sealed").uf2, tmp_path / "evidence")
    assert code == Exit.OK, output
    assert "HOLDS (EMULATED)" in output
    assert check(tmp_path / "evidence").problems == ()
    report = json.loads((tmp_path / "evidence" / "report.json").read_text(encoding="utf-8"))
    assert report["versions"]["bench"] == "rig-virtual"
    assert {cell["resource"] for cell in report["cells"]} == set(RIG.resources)


@pytest.mark.long
@pytest.mark.parametrize("name", LEAKS)
def test_a_leak_is_found_on_the_rig(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "BY_RIG", FEW[:1])
    (leak,) = (one for one in mutants.load("pico") if one.name == name)
    image = build(leak, tmp_path / name, None, DEFAULT_PANEL, "pico", kit(BuildRequest()))
    code, output = _verify(image.uf2, tmp_path / "evidence")
    assert code == Exit.NO, output
    report = json.loads((tmp_path / "evidence" / "report.json").read_text(encoding="utf-8"))
    found = {cell["resource"] for cell in report["cells"] if not cell["holds"]}
    assert LEAKS[name] in found
    assert "R6" not in found


def events_of(board: str, seed: str, environment: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """The events for a board: others on each, drawn anew for each commit."""
    if environment.get(ALL) == "all":
        return plan.BY_RIG
    drawn = random.Random(seed).sample(plan.BY_RIG, len(plan.BY_RIG))
    first = DRAWN * BOARDS.index(board)
    return tuple(drawn[first : first + DRAWN])


def test_every_event_is_drawn_on_each_board_within_a_few_commits() -> None:
    usual: dict[str, str] = {}
    assert events_of("pico", "a commit", usual) == events_of("pico", "a commit", usual)
    assert not {*events_of("pico", "a commit", usual)} & {*events_of("pico2", "a commit", usual)}
    for board in BOARDS:
        drawn = {event for seed in range(60) for event in events_of(board, str(seed), usual)}
        assert drawn == {*plan.BY_RIG}
        assert events_of(board, "a commit", {ALL: "all"}) == plan.BY_RIG


@pytest.mark.deep
@pytest.mark.parametrize("board", BOARDS)
def test_events_that_the_commit_draws_hold(
    board: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "BY_RIG", events_of(board, commit()))
    code, output = _verify(ensure("sealed", board=board).uf2, tmp_path / "evidence")
    assert code == Exit.OK, output
    assert check(tmp_path / "evidence").verdict == "HOLDS"


def test_without_a_checkout_there_is_no_rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(targets, "MODULES", {})
    code, output = _verify(ensure("sealed").uf2, tmp_path / "evidence")
    assert (code, "needs a checkout" in output) == (Exit.UNAVAILABLE, True)


def test_an_unknown_pad_and_a_profile_are_refused(tmp_path: Path) -> None:
    code, output = _verify(ensure("sealed").uf2, tmp_path / "evidence", "rig:no-such-pad")
    assert (code, "gives no pad" in output) == (Exit.CONFIG, True)
    done = CliRunner().invoke(
        main, ["verify", str(ensure("sealed").uf2), "--target", "rig-virtual", "--profile", "full"]
    )
    assert (done.exit_code, "not for a rig" in done.output) == (Exit.USAGE, True)
    assert _verify(ensure("sealed").uf2, tmp_path / "evidence", "nowhere")[0] == Exit.USAGE
