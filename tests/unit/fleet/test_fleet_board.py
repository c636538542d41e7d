"""test_fleet_board: the Grafana board has whole panels, and asks only for metrics and labels that are exported."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from fleet_text import drawn
from kesu.fleet.board import WIDTH, board
from kesu.fleet.metrics import OF_AGENT, OF_RELAY, RELAY_INFO, samples

KINDS = {"stat", "timeseries", "table"}
METRIC = re.compile(r"\bkesu_[a-z_]+")
SELECTOR = re.compile(r"(kesu_[a-z_]+)\{([^}]*)\}")
LABEL = re.compile(r'([a-z_]+)(=~|=)"([^"]*)"')
BY_NAME = {family.name: family for family in (*OF_AGENT, *OF_RELAY)}
VALUES = {
    (sample.family.name, name): {
        other.labels[name] for other in samples(drawn(1), "A12") if other.family is sample.family
    }
    for sample in samples(drawn(1), "A12")
    for name in sample.labels
}


def faults(found: dict[str, Any]) -> Iterator[str]:
    """What Grafana or Prometheus could not use."""
    variables = {one["name"] for one in found["templating"]["list"]}
    panels = found["panels"]
    if len({panel["id"] for panel in panels}) != len(panels):
        yield "an id twice"
    taken: dict[tuple[int, int], str] = {}
    for panel in panels:
        place, title = panel["gridPos"], panel["title"]
        if panel["type"] not in KINDS or not panel["targets"] or "options" not in panel:
            yield f"{title}: no panel"
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                if x >= WIDTH:
                    yield f"{title}: too wide"
                if (x, y) in taken:
                    yield f"{title}: over {taken[x, y]}"
                taken[x, y] = title
        if len({target["refId"] for target in panel["targets"]}) != len(panel["targets"]):
            yield f"{title}: a refId twice"
        for target in panel["targets"]:
            yield from (f"{title}: {fault}" for fault in _expression(target["expr"], variables))
            if target["datasource"] != {"type": "prometheus", "uid": "${source}"}:
                yield f"{title}: another data source"
    for one in found["templating"]["list"]:
        if one["type"] == "query":
            yield from _expression(one["definition"], variables)


def _expression(text: str, variables: set[str]) -> Iterator[str]:
    names = METRIC.findall(text)
    if not names or any(
        text.count(opening) != text.count(closing) for opening, closing in ("()", "[]", "{}")
    ):
        yield f"no expression: {text}"
    for name in names:
        if name not in BY_NAME:
            yield f"no metric {name}"
        elif BY_NAME[name].is_counter != ("increase(" in text):
            yield f"{name}: a counter is shown by its increase, a gauge as it is"
    for name, inside in SELECTOR.findall(text):
        for label, sign, value in LABEL.findall(inside):
            if sign == "=~" and value.removeprefix("$") not in variables:
                yield f"no variable {value}"
            known = VALUES.get((name, label), set())
            if sign == "=" and value not in known:
                yield f"{name} has no {label}={value}"
            if sign == "=~" and not known and BY_NAME.get(name) not in OF_RELAY:
                yield f"{name} has no label {label}"


def test_the_board_is_whole() -> None:
    assert list(faults(json.loads(json.dumps(board())))) == []
    asked = set(METRIC.findall(json.dumps(board()["panels"])))
    left = set(BY_NAME) - asked
    assert left == {RELAY_INFO.name, "kesu_agent_uptime_seconds", "kesu_seat_report_age_seconds"} | {
        "kesu_log_lines_lost_total"
    }, "what is exported and not on the board"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda b: b["panels"][0]["targets"][0].update(expr="sum(kesu_padz)"), "no metric kesu_padz"),
        (
            lambda b: b["panels"][0]["targets"][0].update(expr='sum(kesu_pads{line="talk"})'),
            "has no line=talk",
        ),
        (lambda b: b["panels"][0]["targets"][0].update(expr="sum(kesu_wipes_total)"), "a counter"),
        (lambda b: b["panels"][0]["targets"][0].update(expr="sum(kesu_pads"), "no expression"),
        (lambda b: b["panels"][0]["targets"][0].update(expr='kesu_pads{seat=~"$desk"}'), "no variable"),
        (lambda b: b["panels"][1]["gridPos"].update(x=0), "over Lines up"),
        (lambda b: b["panels"][1].update(id=1), "an id twice"),
        (lambda b: b["panels"][1].update(targets=[]), "no panel"),
    ],
)
def test_control_a_broken_board_is_found(change: Any, said: str) -> None:
    broken = copy.deepcopy(board())
    change(broken)
    assert any(said in fault for fault in faults(broken))
