"""test_agent_load: short versions of the load and fuzz runs in tests/support."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import json
from pathlib import Path

import pytest
from agent_runs import free_port, running
from scripts import load_script

pytestmark = pytest.mark.slow

LOAD = Path(__file__).resolve().parents[1] / "support"


def test_fifty_pads_receive_only_their_own_calls(tmp_path: Path) -> None:
    load = load_script(LOAD / "agent_load.py")
    out = tmp_path / "figures.json"
    arguments = ["--seconds", "5", "--calls-per-second", "20", "--sample-s", "1", "--port", str(free_port())]
    assert load.main([*arguments, "--json", str(out)]) == 0
    figures = json.loads(out.read_text())
    assert figures["pads"] == 50
    assert figures["calls"] > 50
    assert figures["resident_mib"][2] < figures["resident_mib"][0] + 20


def test_a_wrong_byte_on_one_pad_fails_the_load() -> None:
    load = load_script(LOAD / "agent_load.py")
    wire = load.Wire("pad", 0, 0, bytearray(b"RTERTE"), 2)
    assert load.wrong_wires([wire]) == []
    wire.received += b"E"
    assert load.wrong_wires([wire]) == ["pad"]


def test_a_site_of_agents_gets_each_call_before_and_after_a_restart_of_the_relay(tmp_path: Path) -> None:
    load = load_script(LOAD / "fleet_load.py")
    out = tmp_path / "figures.json"
    assert load.main(["--agents", "20", "--seconds", "4", "--json", str(out)]) == 0
    figures = json.loads(out.read_text())
    assert figures["calls"] > 10
    assert figures["restart"]["calls_after"] > 2
    assert figures["resident_mib"][1] < figures["resident_mib"][0] + 20
    page, metrics = figures["page_and_metrics_bytes"]
    assert page > 20 * 100
    assert metrics > 20 * 500, "the counts of each seat have come"


def test_a_byte_too_many_fails_the_load_of_the_site(tmp_path: Path) -> None:
    load = load_script(LOAD / "fleet_load.py")
    site = load.Site(tmp_path, 2)
    with site.pbx:
        site.seats[0].sent += b"RTE"
        site.seats[0].ended = 1
        assert site.wrong() == []
        site.seats[1].sent += b"E"
        assert site.wrong() == [site.seats[1].name]


@pytest.mark.parametrize("seed", [1])
def test_hostile_messages(tmp_path: Path, seed: int) -> None:
    fuzz = load_script(LOAD / "agent_fuzz.py")
    with running(tmp_path) as run:
        figures = fuzz.attack(run, 2000, seed)
    assert figures["configurations_refused"] > 20
    assert figures["bytes_to_the_pad"] > 10
