"""test_attacks_input: UF2, JSON, TOML, CSV, signatures that somebody made up: taken or refused, no fault.

hypothesis changes good files and makes up bad ones, the same ones in each run (derandomize), so CI does not
fail by chance; HYPOTHESIS_PROFILE=long looks further.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import csv
import hashlib
import io
import json
import math
import os
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import certificates
import evidence_runs
import pytest
from attacks import attack, kesu, one_line
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from kesu.agent import config as agent_config
from kesu.agent.sources.hook import parse as parse_datagram
from kesu.build.policy import POLICY_CODE, read_policy
from kesu.devices.listing import images_in, policy_of
from kesu.documents import from_json
from kesu.errors import KesuError
from kesu.evidence import check, minisign, write
from kesu.flash.image import load_image
from kesu.flash.record import CANNOT_WRITE, COLUMNS, Entry, Record
from kesu.hil.pads import read_pads
from kesu.relay import config as relay_config
from kesu.uf2 import UNUSABLE, load, parse
from pad_images import uf2_bytes

CALM = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large]
settings.register_profile(
    "ci", max_examples=120, derandomize=True, database=None, deadline=None, suppress_health_check=CALM
)
settings.register_profile("long", settings.get_profile("ci"), max_examples=20_000, derandomize=False)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

DEEP = 200_000
GOOD_UF2 = uf2_bytes(bytes(range(256)) * 40)
POLICY = (Path(__file__).parents[2] / "firmware/policy.toml").read_bytes()
AGENT = b'[agent]\ncalls = "each"\n[pads.a]\nport = "auto"\n[sources.h]\nkind = "hook"\nlongest_call_s = 90\n'
NASTY_JSON = [
    b"[" * DEEP,
    b'{"a":' * DEEP,
    b"1" * 5000,
    b"NaN",
    b"-Infinity",
    b"1e999",
    b'"\\ud800"',
    b"\xff\xfe",
    b"",
    b"\x00",
]
NASTY_TOML = [
    b"a = " + b"[" * DEEP,
    b"a = " + b"1" * 5000,
    b"\xff",
    b"a = 1\na = 2",
    b"\x00",
    b'a = "\\ud800"',
]


@st.composite
def changed(draw: st.DrawFn, good: bytes) -> bytes:
    """A good file with bytes changed, cut, doubled or put in."""
    data = bytearray(good)
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        kind = draw(st.integers(0, 3))
        if kind == 0 and data:
            data[at] = draw(st.integers(0, 255))
        elif kind == 1:
            del data[at : at + draw(st.integers(1, 600))]
        elif kind == 2:
            data[at:at] = data[at : at + draw(st.integers(1, 600))]
        else:
            data[at:at] = draw(st.binary(max_size=40))
    return bytes(data)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)


def refused_by(read: Callable[[], object]) -> KesuError | None:
    try:
        read()
    except KesuError as error:
        return error
    return None


class Tally:
    """How often a reader took what it was given: a fuzzer whose every input is refused tries little."""

    def __init__(self) -> None:
        self.taken = self.refused = 0

    def __call__(self, read: Callable[[], object], code: int | None = None) -> None:
        refusal = refused_by(read)
        if refusal is None:
            self.taken += 1
            return
        self.refused += 1
        assert code is None or refusal.code == code, refusal.message
        assert len(refusal.message) < 600


@pytest.fixture
def tally() -> Tally:
    return Tally()


@attack(
    "`kesu flash`, `kesu seal`",
    "made-up and damaged UF2 files (hypothesis)",
    "taken whole or refused",
    UNUSABLE,
)
def test_hostile_uf2(tally: Tally, code: int) -> None:
    @given(
        changed(GOOD_UF2)
        | st.binary(max_size=1100)
        | st.builds(lambda n: GOOD_UF2[: 512 * n], st.integers(0, 40))
    )
    @example(GOOD_UF2)
    @example(GOOD_UF2[:8])
    @example(GOOD_UF2[512:])
    def run(data: bytes) -> None:
        tally(lambda: parse(data), code)

    run()
    assert tally.taken
    assert tally.refused > 60


@attack(
    "`kesu flash`, `kesu seal`",
    "a device without end, or a file larger than any image",
    "refused at once",
    UNUSABLE,
)
def test_an_image_without_end_is_refused(tmp_path: Path, code: int) -> None:
    with (tmp_path / "kesu.uf2").open("wb") as file:
        file.truncate(40 * 1024 * 1024)
    for path, reason in ((Path("/dev/zero"), "not a plain file"), (tmp_path / "kesu.uf2", "larger than")):
        done = kesu("flash", path)
        assert done.returncode == code
        assert reason in one_line(done)
    (tmp_path / "small.uf2").write_bytes(GOOD_UF2)
    assert load(tmp_path / "small.uf2") == GOOD_UF2, "the control"


def manifest_of(path: Path, data: bytes) -> bytes:
    outputs = {path.name: hashlib.sha256(path.read_bytes()).hexdigest()}
    known = {
        "board": "pico",
        "profile": "sealed",
        "outputs": outputs,
        "policy": {"IDLE_MS": 1},
        "language": "ja",
    }
    return data or json.dumps(known).encode()


@attack("`kesu flash`, `kesu devices`", "made-up manifests (hypothesis)", "taken or refused", UNUSABLE)
def test_hostile_manifests(tmp_path: Path, tally: Tally, code: int) -> None:
    path = tmp_path / "kesu-x.uf2"
    path.write_bytes(GOOD_UF2)
    good = manifest_of(path, b"")

    @given(changed(good) | JSON.map(lambda value: json.dumps(value).encode()) | st.sampled_from(NASTY_JSON))
    @example(good)
    def run(data: bytes) -> None:
        path.with_suffix(".json").write_bytes(data)
        tally(lambda: load_image(path), code)
        assert isinstance(policy_of(path), str)

    run()
    assert tally.taken
    assert tally.refused > 60


@attack("`kesu flash --public-key`", "made-up signatures (hypothesis)", "refused", UNUSABLE)
def test_hostile_signatures(tmp_path: Path, code: int) -> None:
    path, key = tmp_path / "kesu-x.uf2", tmp_path / "kesu.pub"
    path.write_bytes(GOOD_UF2)
    path.with_suffix(".json").write_bytes(manifest_of(path, b""))
    key.write_text("untrusted comment: x\nRWS4DdA5ZpEMsm+f79TWj17x3Nk4yfAwbUP5eOHd1D1pQAjrYiaVzaOH\n")
    assert load_image(path).signed is None, "the control: without a key it is taken"
    lines = st.lists(st.text(max_size=120) | st.just("trusted comment: x") | st.just("RWS4" * 25), max_size=5)

    @given(lines.map(lambda parts: "\n".join(parts).encode("utf-8", "replace")) | st.binary(max_size=300))
    @example("a\n署名\nb\nc".encode())  # base64 of what is not ASCII is a ValueError of its own
    def run(data: bytes) -> None:
        path.with_name(f"{path.name}.minisig").write_bytes(data)
        with pytest.raises(KesuError) as refused:
            load_image(path, key)
        assert refused.value.code == code

    run()


@attack("`kesu flash --public-key`", "made-up key files (hypothesis)", "refused", minisign.UNUSABLE)
def test_hostile_keys(tmp_path: Path, code: int) -> None:
    key = tmp_path / "kesu.pub"

    @given(changed(b"untrusted comment: x\nRWS4DdA5ZpEMsm+f79TWj17x3Nk4yfAwbUP5eOHd1D1pQAjrYiaVzaOH\n"))
    def run(data: bytes) -> None:
        key.write_bytes(data)
        refusal = refused_by(lambda: minisign.read_public(key))
        assert refusal is None or refusal.code == code

    run()
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(KesuError):
        minisign.read_public(tmp_path / "pipe")


@attack(
    "settings of `kesu agent`", "made-up TOML (hypothesis)", "taken or refused, without showing a value", 78
)
def test_hostile_agent_settings(tmp_path: Path, tally: Tally, code: int) -> None:
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
    "made-up TOML, credentials too (hypothesis)",
    "taken or refused, without showing a value",
)
def test_hostile_relay_settings(tmp_path: Path, tally: Tally) -> None:
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
        told = "" if refusal is None else refusal.message + refusal.hint
        assert "do-not-show-me" not in told
        assert "token-of-seat" not in told

    run()
    assert tally.taken
    assert tally.refused > 30


@attack("`kesu relay`", "settings larger than 1 MiB", "refused, not read in part", 78)
def test_relay_settings_are_read_whole(tmp_path: Path, code: int) -> None:
    path = tmp_path / "relay.toml"
    path.write_bytes(b"#" * 1_048_570 + b'\ncredentials = "x"\n')
    done = kesu("relay", "--config", path)
    assert done.returncode == code
    assert "larger than" in one_line(done)


@attack(
    "`kesu build --policy`, tests/hil's pads.toml",
    "made-up TOML (hypothesis)",
    "taken or refused",
    POLICY_CODE,
)
def test_hostile_policies_and_pads(tmp_path: Path, tally: Tally, code: int) -> None:
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


@attack("record of pads", "made-up CSV (hypothesis)", "read, or refused and kept as it is", CANNOT_WRITE)
def test_hostile_records(tmp_path: Path, tally: Tally, code: int) -> None:
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
    with pytest.raises(csv.Error):  # the control: a field too long is a fault of its own kind
        list(csv.reader(io.StringIO('"' + "x" * 140_000)))


@attack("record of pads", "any text in a note: quotes, line ends, commas", "comes back as it went in")
def test_any_note_comes_back(tmp_path: Path) -> None:
    record = Record(tmp_path / "pads.csv")

    @given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40))
    @example('"\r\n,\r')
    def run(note: str) -> None:
        record.path.unlink(missing_ok=True)
        entry = Entry(*COLUMNS[:-1], note=note)
        record.append(entry)
        assert record.entries() == [entry]

    run()


@attack(
    "`kesu evidence check`",
    "made-up report, sums and signature (hypothesis); pipes, links to folders",
    "said to be changed, or as written",
    1,
)
def test_hostile_evidence(tmp_path: Path, code: int) -> None:
    place = tmp_path / "evidence"
    write(evidence_runs.holding(), place)
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


@attack("`kesu evidence check`", "a pipe in place of the list of sums", "refused at once", 2)
def test_a_pipe_for_sums_is_refused(tmp_path: Path, code: int) -> None:
    os.mkfifo(tmp_path / "SHA256SUMS")
    done = kesu("evidence", "check", tmp_path)
    assert done.returncode == code
    one_line(done)


@attack("`kesu devices`", "pipes and huge files among the images", "passed over")
def test_what_is_no_image_is_passed_over(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "kesu-pipe.uf2")
    (tmp_path / "kesu-good.uf2").write_bytes(GOOD_UF2)
    with (tmp_path / "kesu-huge.uf2").open("wb") as file:
        file.truncate(2**40)
    assert [path.name for path in images_in(tmp_path)] == ["kesu-good.uf2"]


@attack("hook's socket", "made-up datagrams (hypothesis)", "one of our words, or nothing")
def test_hostile_datagrams() -> None:
    taken: list[bool] = []

    @given(changed(b"kesu1 start 12345") | st.binary(max_size=300))
    @example(b"kesu1 start 12345")
    def run(data: bytes) -> None:
        taken.append(parse_datagram(memoryview(data), b"", 10**6) is not None)

    run()
    assert {True, False} == set(taken)


def test_control_what_is_nasty_is_nasty() -> None:
    """The standard parsers raise other things than ValueError on these, or take them."""
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
