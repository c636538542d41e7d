"""test_attacks_input: generated settings, records, evidence, datagrams: accepted or refused, no crash."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import csv
import io
import json
import math
import os
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import certificates
import evidence_runs
import pytest
from attacks import attack, kesu, one_line
from hil.pads import read_pads
from hypothesis import example, given
from hypothesis import strategies as st
from kesu.agent import config as agent_config
from kesu.agent.sources.hook import parse as parse_datagram
from kesu.common.documents import from_json
from kesu.common.errors import Exit, KesuError
from kesu.devices.flash.record import COLUMNS, Entry, Record
from kesu.images.policy.document import read_policy
from kesu.relay import config as relay_config
from kesu.verify.evidence import check, write
from made_up import AGENT, JSON, NASTY_JSON, NASTY_TOML, POLICY, Tally, changed, refused_by


@attack(
    "settings of `kesu agent`",
    "generated TOML (hypothesis)",
    "accepted or refused, without showing a value",
    78,
)
def test_hostile_agent_settings(tmp_path: Path, code: int) -> None:
    tally = Tally()
    path = tmp_path / "agent.toml"

    @given(
        changed(AGENT) | st.sampled_from(NASTY_TOML) | st.binary(max_size=60).map(lambda text: AGENT + text)
    )
    @example(AGENT)
    @example(AGENT + b'[log]\npath = "a\\u0000b"\n')
    def run(data: bytes) -> None:
        path.write_bytes(data)
        tally(lambda: agent_config.load(path), code)

    run()
    assert tally.taken
    assert tally.refused > 30


@attack(
    "settings of `kesu relay`",
    "generated TOML, credentials too (hypothesis)",
    "accepted or refused, without showing a value",
)
def test_hostile_relay_settings(tmp_path: Path) -> None:
    tally = Tally()
    certificates.make(tmp_path)
    pbx = '[pbx.m]\nkind = "freeswitch"\n[pbx.m.seats]\na = "1001"\n'
    good = f'credentials = "{tmp_path}/c.toml"\n{pbx}'.encode()
    secret = b'[pbx.m]\nsecret = "do-not-show-me"\n[seats]\na = "token-of-seat-a-0001"\n'
    path, credentials = tmp_path / "relay.toml", tmp_path / "c.toml"

    @given(changed(good) | st.sampled_from(NASTY_TOML), changed(secret) | st.sampled_from(NASTY_TOML))
    @example(good, secret)
    @example(good, secret.replace(b'"\n[', b"\n["))
    def run(data: bytes, hidden: bytes) -> None:
        path.write_bytes(data)
        credentials.write_bytes(hidden)
        credentials.chmod(0o600)
        tally(lambda: relay_config.load(path))
        refusal = refused_by(lambda: relay_config.load(path))
        message = "" if refusal is None else refusal.message + refusal.hint
        assert "do-not-show-me" not in message
        assert "token-of-seat" not in message

    run()
    assert tally.taken
    assert tally.refused > 30


@attack("`kesu relay`", "settings larger than 1 MiB", "refused, not read in part", 78)
def test_relay_settings_are_not_read_in_part(tmp_path: Path, code: int) -> None:
    path = tmp_path / "relay.toml"
    path.write_bytes(b"#" * 1_048_570 + b'\ncredentials = "x"\n')
    done = kesu("relay", "--config", path)
    assert done.returncode == code
    assert "larger than" in one_line(done)


@attack(
    "`kesu dev build --policy`, tests/hil's pads.toml",
    "made-up TOML (hypothesis)",
    "taken or refused",
    Exit.CONFIG,
)
def test_hostile_policies_and_pads(tmp_path: Path, code: int) -> None:
    tally = Tally()
    path = tmp_path / "policy.toml"

    @given(changed(POLICY) | st.sampled_from(NASTY_TOML))
    @example(POLICY)
    def run(data: bytes) -> None:
        path.write_bytes(data)
        tally(lambda: read_policy(path), code)
        with pytest.raises(KesuError):
            read_pads(path)

    run()
    assert tally.taken
    assert tally.refused > 30


@attack("record of pads", "made-up CSV (hypothesis)", "read, or refused and kept as it is", Exit.DATA)
def test_hostile_records(tmp_path: Path, code: int) -> None:
    tally = Tally()
    record = Record(tmp_path / "pads.csv")
    record.append(Entry(*COLUMNS))
    good = record.path.read_bytes()

    @given(changed(good) | st.text(max_size=80).map(lambda text: good + text.encode("utf-8", "replace")))
    @example(good + b'"' + b"x" * 140_000)
    @example(good + b"\x00" * len(COLUMNS))
    def run(data: bytes) -> None:
        record.path.write_bytes(data)
        before = tally.refused
        tally(lambda: record.append(Entry(*COLUMNS)), code)
        if tally.refused > before:
            assert record.path.read_bytes() == data

    run()
    assert tally.taken
    assert tally.refused > 20
    with pytest.raises(csv.Error):  # the control: a field that is too long raises csv.Error
        list(csv.reader(io.StringIO('"' + "x" * 140_000)))


@attack("record of pads", "any text in a note: quotes, line ends, commas", "is read back unchanged")
def test_any_note_is_read_back_unchanged(tmp_path: Path) -> None:
    record = Record(tmp_path / "pads.csv")

    @given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40))
    @example('"\r\n,\r')
    def run(note: str) -> None:
        record.path.unlink(missing_ok=True)
        entry = replace(Entry(*COLUMNS), note=note)
        record.append(entry)
        assert record.entries() == [entry]

    run()


@pytest.mark.slow
@attack(
    "`kesu evidence check`",
    "generated report, sums and signature (hypothesis); pipes, links to folders",
    "reported as changed, or unchanged",
    1,
)
def test_hostile_evidence(tmp_path: Path, code: int) -> None:
    place = tmp_path / "evidence"
    write(evidence_runs.holding("quick"), place)
    files = {name: (place / name).read_bytes() for name in ("report.json", "SHA256SUMS")}
    given_any = {
        "report.json": JSON.map(lambda value: json.dumps(value).encode()) | st.sampled_from(NASTY_JSON),
        "SHA256SUMS": st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")),
    }
    seen = {"whole": 0, "changed": 0}

    @given(
        st.sampled_from(sorted(files)).flatmap(
            lambda name: st.tuples(st.just(name), given_any[name] | changed(files[name]))
        )
    )
    def run(change: tuple[str, bytes]) -> None:
        name, data = change
        (place / name).write_bytes(data)
        seen["changed" if check(place).problems else "whole"] += 1
        (place / name).write_bytes(files[name])

    run()
    assert seen["changed"] > 60
    assert check(place).problems == ()
    for name in ("report.json", "SHA256SUMS.minisig", "more"):
        path = place / name
        kept = path.read_bytes() if path.exists() else b""
        path.unlink(missing_ok=True)
        os.mkfifo(path)
        assert kesu("evidence", "check", place).returncode == code
        path.unlink()
        if kept:
            path.write_bytes(kept)
    (place / "elsewhere").symlink_to(tmp_path)
    assert kesu("evidence", "check", place).returncode == code


@pytest.mark.slow
@attack("`kesu evidence check`", "a pipe in place of the list of sums", "refused at once", Exit.NO_INPUT)
def test_a_pipe_for_sums_is_refused(tmp_path: Path, code: int) -> None:
    os.mkfifo(tmp_path / "SHA256SUMS")
    done = kesu("evidence", "check", tmp_path)
    assert done.returncode == code
    one_line(done)


@attack("hook's socket", "generated datagrams (hypothesis)", "a defined event, or nothing")
def test_hostile_datagrams() -> None:
    taken: list[bool] = []

    @given(changed(b"kesu1 start 12345") | st.binary(max_size=300))
    @example(b"kesu1 start 12345")
    def run(data: bytes) -> None:
        taken.append(parse_datagram(memoryview(data), b"", 10**6) is not None)

    run()
    assert {True, False} == set(taken)


def test_control_the_standard_parsers_mishandle_these_inputs() -> None:
    """The standard parsers raise something other than ValueError on these inputs, or accept them."""
    with pytest.raises(RecursionError):
        json.loads(NASTY_JSON[0])
    with pytest.raises(RecursionError):
        tomllib.loads(NASTY_TOML[0].decode())
    assert math.isnan(json.loads("NaN"))
    assert math.isinf(json.loads("1e999"))
    for data in NASTY_JSON:
        value: Any = None
        try:
            value = from_json(data)
        except ValueError:
            continue
        assert value == "\ud800"
