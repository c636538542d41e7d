"""test_agent_modem_lines: a real agent on a line with DTR and modem bits: when DTR drops, what it reads."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import signal
from pathlib import Path

import pytest
from agent_runs import WITHIN_S, AgentRun, running
from line_bench import LineBench


def start_a_note(bench: LineBench, run: AgentRun) -> None:
    """A call with a note on the pad, DTR high."""
    bench.until(lambda: bench.happened[-2:] == ["DTR on", "E"])
    run.wait_for_event("pad blank")  # ink before that makes the agent wipe again
    run.hook("start")
    bench.until(lambda: bench.happened[-1] == "T")
    bench.pad.ink()


@pytest.mark.slow
def test_dtr_stays_high_in_a_call_and_the_wipe_is_confirmed(tmp_path: Path) -> None:
    with LineBench() as bench, running(tmp_path, line=bench.url) as run:
        start_a_note(bench, run)
        bench.until(lambda: run.check()[1]["pads"][0]["note"])
        run.hook("end")
        bench.until(lambda: bench.happened[-1] == "E")
        run.wait_for_check(lambda found: found["pads"][0]["blank"])
        found = run.check()[1]["pads"][0]
        assert (found["note"], found["blank"], found["fault"]) == (False, True, False)
        assert bench.happened[-4:] == ["DTR on", "E", "T", "E"]
        assert bench.pad.dtr


def test_dtr_drops_when_the_agent_is_killed(tmp_path: Path) -> None:
    with LineBench() as bench, running(tmp_path, line=bench.url) as run:
        start_a_note(bench, run)
        assert not bench.pad.serial_state.dsr
        run.process.send_signal(signal.SIGKILL)
        bench.until(lambda: bench.happened[-1] == "DTR off")
        assert bench.pad.serial_state.dsr


def test_the_agent_drops_dtr_before_it_ends(tmp_path: Path) -> None:
    with LineBench() as bench, running(tmp_path, line=bench.url) as run:
        start_a_note(bench, run)
        run.process.send_signal(signal.SIGTERM)
        bench.until(lambda: bench.happened[-1] == "DTR off")
        assert run.process.wait(WITHIN_S) == 0


@pytest.mark.slow
def test_a_silent_source_drops_dtr_until_it_reports_again(tmp_path: Path) -> None:
    more = "silent_in_call_s = 5\n"
    with LineBench() as bench, running(tmp_path, line=bench.url, more=more) as run:
        start_a_note(bench, run)
        assert run.post("/v1/state/start?call=a") == 204
        bench.until(lambda: bench.happened[-1] == "DTR off")
        assert run.check()[0] == 3
        assert run.post("/v1/state/alive") == 204
        bench.until(lambda: bench.happened[-2:] == ["DTR on", "T"])  # the hook's call continues


@pytest.mark.slow
def test_an_unconfirmed_wipe_is_retried_by_dtr(tmp_path: Path) -> None:
    with LineBench() as bench:
        bench.pad.write = lambda data: None  # type: ignore[method-assign]
        with running(tmp_path, line=bench.url, desk="blank_within_s = 2\n") as run:
            start_a_note(bench, run)
            run.hook("end")
            bench.until(lambda: bench.happened[-3:] == ["DTR off", "DTR on", "E"])
            assert "pad not blank" in run.events()
