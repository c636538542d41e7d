"""test_agent_examples: docs/examples, docs/agent.md and the phases in docs/phones.md agree with the code."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pytest
from kesu.agent import config
from kesu.agent.calls import PHASES, Event, Phase, Report, SourceView, State
from kesu.agent.hook import WORDS
from kesu.agent.merge import PadCalls

DOCS = Path(__file__).resolve().parents[2] / "docs"
EXAMPLES = DOCS / "examples"


@pytest.mark.slow
def test_the_example_configuration_is_valid_and_shows_the_defaults() -> None:
    whole = config.load(EXAMPLES / "agent.toml")
    assert [source.kind for source in whole.sources] == ["hook", "seat", "http"]
    table = tomllib.loads((EXAMPLES / "agent.toml").read_text())
    bare = config.parse({"pads": {"desk": {}}, "sources": {"phone": {"kind": "hook"}}}, "bare")
    assert (bare.several, bare.log_bytes, bare.log_states) == (
        whole.several,
        whole.log_bytes,
        whole.log_states,
    )
    assert bare.pads[0].blank_within_s == whole.pads[0].blank_within_s
    assert bare.pads[0].port == table["pads"]["desk"]["port"]
    assert bare.sources[0].source.bounds == whole.sources[0].source.bounds
    assert bare.sources[0].wrap_up is whole.sources[0].wrap_up


@pytest.mark.slow
def test_the_systemd_unit_is_valid() -> None:
    path = EXAMPLES / "kesu-agent.service"
    text = path.read_text()
    assert "Type=notify" in text
    assert re.search(r"^WatchdogSec=\d+$", text, re.M)
    if shutil.which("systemd-analyze") is not None:
        done = subprocess.run(
            ["systemd-analyze", "--user", "verify", str(path)], check=False, capture_output=True, text=True
        )
        complaints = [line for line in done.stderr.splitlines() if "kesu-agent.service" in line]
        assert [line for line in complaints if "not executable" not in line] == []


def test_the_windows_task_is_valid() -> None:
    space = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"
    root = ElementTree.parse(EXAMPLES / "kesu-agent-task.xml").getroot()
    assert root.findtext(f"{space}Actions/{space}Exec/{space}Arguments") == "agent"
    settings = root.find(f"{space}Settings")
    assert settings is not None
    # With the defaults, Windows stops the task on battery and after three days, and never restarts it.
    assert settings.findtext(f"{space}StopIfGoingOnBatteries") == "false"
    assert settings.findtext(f"{space}ExecutionTimeLimit") == "PT0S"
    assert settings.find(f"{space}RestartOnFailure") is not None


def test_the_userscript_runs_on_every_address_of_amazon_connect() -> None:
    text = (EXAMPLES / "amazon-connect.user.js").read_text()
    matches = re.findall(r"^// @match +(\S+)$", text, re.M)
    for address in (
        "https://example.my.connect.aws/ccp-v2/",
        "https://example.awsapps.com/connect/ccp-v2/",
    ):
        assert any(re.fullmatch(one.replace(".", r"\.").replace("*", ".*"), address) for one in matches)
    assert not any(
        re.fullmatch(one.replace("*", ".*"), "https://example.awsapps.com/start") for one in matches
    )


@pytest.mark.skipif(shutil.which("node") is None, reason="no node")
def test_the_userscript_sends_nothing_before_login(tmp_path: Path) -> None:
    bench = Path(__file__).with_name("userscript_bench.js").read_text()
    assert bench.count("agent: (callback) => callback(agent),") == 1
    late = tmp_path / "bench.js"
    late.write_text(
        bench.split("function contact(id")[0].replace(
            "agent: (callback) => callback(agent),", "agent: () => 0,"
        )
        + "setImmediate(() => console.log(JSON.stringify(said)));"
    )
    done = subprocess.run(
        ["node", str(late), str(EXAMPLES / "amazon-connect.user.js")], check=True, capture_output=True
    )
    assert json.loads(done.stdout) == []


@pytest.mark.skipif(shutil.which("node") is None, reason="no node")
def test_the_userscript_sends_the_right_events_in_order() -> None:
    done = subprocess.run(
        [
            "node",
            str(Path(__file__).with_name("userscript_bench.js")),
            str(EXAMPLES / "amazon-connect.user.js"),
        ],
        check=True,
        capture_output=True,
    )
    said = json.loads(done.stdout)
    assert {(one["method"], one["token"]) for one in said} == {("POST", "Bearer TOKEN")}
    parts = [urlsplit(one["url"]) for one in said]
    queries = [parse_qs(part.query) for part in parts]
    stamps = [int(query["stamp"][0]) for query in queries]
    assert stamps == sorted(set(stamps))
    assert all(set(query) <= {"call", "stamp"} for query in queries)
    words = [
        (part.path.rpartition("/")[2], query.get("call", [""])[0])
        for part, query in zip(parts, queries, strict=True)
    ]
    assert words == [
        ("alive", ""),
        ("ring", "first"),
        ("start", "first"),
        ("hold", "first"),
        ("start", "first"),
        ("mute", ""),
        ("wrapup", "first"),
        ("away", ""),
        ("end", "first"),
        ("ready", ""),
        ("away", ""),
        ("ready", ""),
        ("ring", "second"),
        ("busy", "second"),
        ("end", "second"),
        ("ready", ""),
    ]
    calls = {"first": 1, "second": 2, "": 0}
    pad = PadCalls({"browser": SourceView(config.load(EXAMPLES / "agent.toml").sources[2].source.bounds)})
    sent = b"".join(
        pad.take("browser", Report(Event(word), calls[call], stamp), float(stamp))
        for (word, call), stamp in zip(words, range(100), strict=False)
    )
    assert sent == b"ERTHTMWmEAERE"


def rows(heading: str, page: str = "agent.md") -> list[list[str]]:
    """The cells of the first table below a heading of a page, without its head."""
    text = (DOCS / page).read_text(encoding="utf-8")
    section = text[text.index(heading) :]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    table: list[list[str]] = []
    for line in section.splitlines()[1:]:
        if line.startswith("|"):
            table.append([cell.strip().replace("`", "") for cell in line.strip("|").split("|")])
        elif table:
            break
    assert lines
    return table[2:]


def test_the_table_of_calls_in_the_page_is_the_one_in_the_code() -> None:
    shown = {}
    for event, *cells in rows("## The phases of a call", "phones.md"):
        for phase, cell in zip(("none", "ring", "talk", "hold", "ended"), cells, strict=True):
            for each in event.split(", "):
                if cell != "-":
                    shown[Phase(phase), Event(each)] = Phase(cell)
    assert shown == PHASES


def test_the_table_of_states_in_the_page_is_the_one_in_the_code() -> None:
    shown = [(name, byte) for name, byte, *_ in rows("### States")]
    assert shown == [(state.name, state.byte.decode() or "DTR low") for state in State]


def test_every_word_is_explained_in_the_page() -> None:
    explained = {word for cell, *_ in rows("### Words") for word in cell.split(", ")}
    assert explained == set(WORDS)
