"""All benches play the same scenarios and agree; `kesu dev agree` plays them all."""

# SPDX-License-Identifier: MIT
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from kesu.spec.panels import FILMS
from kesu_dev.crosscheck.answer import Answer, Check
from kesu_dev.crosscheck.command import CORES, Row, agree, differences, totals
from kesu_dev.crosscheck.compare import compare
from kesu_dev.crosscheck.node_bench import PAGE, RP2040JS
from kesu_dev.crosscheck.suite import folder, ink_file, load, load_ink
from kesu_dev.crosscheck.unicorn_windows import Compared
from schema import ValidationError, validate

# Power-on, the bus, a note, the search, all steps of a wipe, an interrupted waveform; both panels, both boards.
IN_CI = [
    ("boot", "pico", "2in9"),
    pytest.param(
        "dtr-drop", "pico", "2in9", marks=pytest.mark.deep
    ),  # the one on the other panel and board stays
    ("wipe-mid-refresh", "pico", "4in2"),
    ("dtr-drop", "pico2", "4in2"),
    ("reset-watchdog", "pico2", "2in9"),
]


@pytest.mark.parametrize("path", sorted((folder() / "scenarios").glob("*.json")), ids=lambda path: path.stem)
def test_scenarios_follow_their_schema(path: Path) -> None:
    schema = json.loads((folder() / "scenario.schema.json").read_text(encoding="utf-8"))
    scenario = json.loads(path.read_text(encoding="utf-8"))
    validate(scenario, schema)
    assert set(scenario.get("panels", [])) <= set(FILMS)
    written = {step["ink"] for step in scenario["steps"] if step["do"] == "write"}
    assert written <= set(load_ink().strokes), "ink that ink.json does not have"
    with pytest.raises(ValidationError):
        validate({**scenario, "steps": [*scenario["steps"], {"do": "shake"}]}, schema)


def test_ink_of_the_scenarios_stays_on_the_glass() -> None:
    points = [point for strokes in load_ink().strokes.values() for stroke in strokes for point in stroke]
    assert len(points) > 100, ink_file()
    assert all(0 <= x < 1000 and 0 <= y < 1000 for x, y in points)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "board", "panel"), IN_CI)
def test_benches_agree(name: str, board: str, panel: str) -> None:
    rows = list(agree(load((name,)), (panel,), boards=(board,)))
    assert tuple(one.core for one in rows) == CORES[board]
    assert all(one.agreement.agrees for one in rows), differences(rows)
    assert all(one.agreement.checks for one in rows)
    row = rows[0]
    assert row.windows.windows
    assert not row.windows.differences
    assert row.windows.instructions >= row.windows.windows
    assert row.python.refreshes
    assert row.python.modem
    found = [check.found for check in row.python.checks if check.found is not None]
    if name != "boot":
        held = any(any(check.values()) for check in found)
        for one in rows:
            assert any(check.inked for check in one.node.checks) == (held and one.core == PAGE)
        wiped = found[-1]
        assert not any(wiped.values())
        assert all(moment is not None for wipe in row.python.wipes for moment in wipe)
    if board == "pico":
        # Of the cores only the one in C traces ink.
        played = {
            one.core: replace(
                one.node,
                real_ms=0.0,
                checks=[replace(check, inked=None) for check in one.node.checks],
            )
            for one in rows
        }
        assert played[PAGE] == played[RP2040JS], "the core in C changes the run"
    if name == "dtr-drop":
        assert found[0]["sram"]
        assert found[0]["plane-new"]
        assert found[0]["glass"]


def _answer() -> Answer:
    check = Check(
        "written", 100.0, "DCD", True, True, b"\xff\x0f", b"\xff\xff", bytes([240, 41]), {"sram": True}, 900
    )
    return Answer(
        modem=[(10.0, "DSR")],
        refreshes=[(20.0, 358.0, "partial", False)],
        waits=[("ready", 10.0)],
        wipes=[(2.0, 12.0, 1800.0)],
        checks=[check],
    )


def _changed(**change: Any) -> Answer:
    answer = _answer()
    return replace(answer, checks=[replace(answer.checks[0], **change)])


def test_equal_answers_agree() -> None:
    assert compare(_answer(), _answer()).agrees
    assert compare(_answer(), _changed(grey=bytes([230, 50]))).agrees
    assert compare(_changed(grey=bytes([150, 41])), _changed(grey=bytes([180, 41]))).agrees  # in a waveform
    assert compare(_answer(), _changed(ms=100.4)).agrees
    assert compare(_answer(), _changed(inked=None)).agrees
    assert compare(_changed(powered=False), _changed(powered=False, bw=b"noise")).agrees


@pytest.mark.parametrize(
    "other",
    [
        _changed(bw=b"\xff\x0e"),
        _changed(red=b"\xff"),
        _changed(grey=bytes([240, 75])),
        _changed(grey=bytes([41, 41])),
        _changed(found={"sram": False}),
        _changed(bits=""),
        _changed(led=False),
        _changed(inked=899),
        _changed(powered=False),
        _changed(ms=102.0),
        replace(_answer(), modem=[]),
        replace(_answer(), modem=[(12.0, "DSR")]),
        replace(_answer(), refreshes=[(20.0, 357.0, "partial", False)]),
        replace(_answer(), refreshes=[(20.0, 358.0, None, False)]),
        replace(_answer(), wipes=[(2.0, None, 1800.0)]),
        replace(_answer(), checks=[]),
        replace(_answer(), bulk_in=1),
        replace(_answer(), panel_errors=["20h: command while BUSY"]),
        replace(_answer(), failed='no "ready"'),
    ],
)
def test_every_kind_of_difference_is_found(other: Answer) -> None:
    assert not compare(_answer(), other).agrees


def test_what_unicorn_finds_is_a_difference_and_is_added_up() -> None:
    row = Row(
        load(("boot",))[0],
        "pico2",
        "4in2",
        PAGE,
        _answer(),
        _answer(),
        compare(_answer(), _answer()),
        Compared(),
    )
    other = replace(row, windows=Compared(3, 700, 1, ["12 from 0x10000200: r3"]))
    assert differences([row]) == ""
    assert "boot, pico2, 4in2, page: 12 from" in differences([row, other])
    assert totals([other, row, other]) == (
        "unicorn, pico2: 6 windows, 1,400 instructions; differences 2; not compared 2"
    )
