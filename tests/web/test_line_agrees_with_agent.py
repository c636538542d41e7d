"""test_line_agrees_with_agent: @kesu/line and the agent send the same bytes for the same reports."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from fast_part import fast
from kesu.agent.calls import ANONYMOUS, PHASES, Bounds, Event, Report, SourceView, State, WrapUp
from kesu.agent.merge import PadCalls, Several
from kesu.spec import calls
from node_tests import answer, bundled

STORIES = 400
STEPS = 80
CALLS = ("", "", "a", "b", "c")  # often the call of a phone that knows only one


@pytest.fixture(scope="module")
def player(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bundled("test/line_play.ts", tmp_path_factory.mktemp("play") / "play.mjs")


def story(draw: random.Random) -> dict[str, Any]:
    """Reports of one to three sources, drawn; many at once, others so far apart that bounds expire."""
    names = ["phone", "seat", "browser"][: draw.randint(1, 3)]
    sources = {
        name: {
            "bounds": {
                "idleS": draw.choice([5, 90, 10_000]),
                "callS": draw.choice([5, 90, 10_000]),
                "wrapUpS": draw.choice([3, 300]),
            },
            "wrapUp": draw.choice([each.value for each in WrapUp]),
        }
        for name in names
    }
    at, stamp, steps = 100.0, 0, []
    for name in names:
        steps.append({"at": at, "source": name, "report": {"word": "alive"}})
    for _ in range(STEPS):
        at += draw.choice([0, 0.25, 0.5, 0.5, 1, 2, 6, 95])
        if draw.random() < 0.15:
            steps.append({"at": at})
            continue
        word = draw.choice(["ring", "start", "start", "hold", "end", "wrapup", "ready", *calls.EVENTS])
        report: dict[str, Any] = {"word": word}
        if call := draw.choice(CALLS):
            report["call"] = call
        if draw.random() < 0.3:
            stamp = max(0, stamp + draw.choice([-1, 0, 1, 1, 2]))
            report["stamp"] = stamp
        steps.append({"at": at, "source": draw.choice(names), "report": report})
    return {"several": draw.choice([each.value for each in Several]), "sources": sources, "steps": steps}


def by_agent(drawn: dict[str, Any]) -> list[str]:
    views = {
        name: SourceView(
            Bounds(one["bounds"]["idleS"], one["bounds"]["callS"], one["bounds"]["wrapUpS"]),
            WrapUp(one["wrapUp"]),
        )
        for name, one in drawn["sources"].items()
    }
    pad = PadCalls(views, Several(drawn["several"]))
    numbers = {call: number for number, call in enumerate(sorted(set(CALLS)))}
    assert numbers[""] == ANONYMOUS
    lines = []
    for step in drawn["steps"]:
        if "report" in step:
            given = step["report"]
            report = Report(Event(given["word"]), numbers[given.get("call", "")], given.get("stamp"))
            sent = pad.take(step["source"], report, step["at"])
        else:
            sent = pad.tick(step["at"])
        dtr = "true" if pad.dtr else "false"
        lines.append(f"{sent.decode()} {pad.state.name.lower()} {dtr} {pad.again().decode()}")
    return lines


@pytest.mark.slow
@pytest.mark.parametrize("seed", fast([1, 2, 3], 1))
def test_the_same_reports_lead_to_the_same_bytes(player: Path, seed: int) -> None:
    draw = random.Random(seed)
    stories = [story(draw) for _ in range(STORIES)]
    wanted = [by_agent(one) for one in stories]
    found = json.loads(answer(player, json.dumps(stories)))
    for drawn, agent, line in zip(stories, wanted, found, strict=True):
        for at, (one, other) in enumerate(zip(agent, line, strict=True)):
            assert one == other, json.dumps(drawn | {"steps": drawn["steps"][: at + 1]})
    states = {line.split(" ")[1] for lines in wanted for line in lines}
    assert states == set(calls.STATES), "every state was reached"
    sent = {byte for lines in wanted for line in lines for byte in line.split(" ")[0]}
    assert {byte.decode() for byte in calls.STATES.values()} - {""} < sent


@pytest.mark.slow
def test_another_table_is_noticed(player: Path, tmp_path: Path) -> None:
    """The control: one transition more in the bundle, and the bytes differ."""
    text = player.read_text(encoding="utf-8")
    assert text.count("hold: {\n    start:") == 1
    changed = tmp_path / "play.mjs"
    changed.write_text(text.replace("hold: {\n    start:", "hold: {\n    away:"), encoding="utf-8")
    draw = random.Random(1)
    stories = [story(draw) for _ in range(STORIES)]
    found = json.loads(answer(changed, json.dumps(stories)))
    assert found != [by_agent(one) for one in stories]


def test_the_agents_names_are_those_of_the_specification() -> None:
    assert [event.value for event in Event] == list(calls.EVENTS)
    assert {state.name.lower(): state.byte for state in State} == calls.STATES
    assert [state.name.lower() for state in State] == list(calls.STATES), "in order of precedence"
    assert {(phase.value, event.value): following.value for (phase, event), following in PHASES.items()} == {
        (phase, event): following
        for phase, by_event in calls.PHASES.items()
        for event, following in by_event.items()
    }
