"""test_agent_config: the agent's configuration, log and hook datagrams."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from kesu.agent.calls import Event, WrapUp
from kesu.agent.config import DEFAULT, load, parse
from kesu.agent.log import Kind, Log, Name
from kesu.agent.merge import Several
from kesu.agent.sources import hook
from kesu.common.errors import KesuError

WHOLE = """
[agent]
calls = "each"
[log]
path = "/nowhere/agent.log"
max_kib = 64
[pads.left]
port = "usb:1-2"
sources = ["phone"]
[pads.right]
port = "rfc2217://127.0.0.1:2217"
blank_within_s = 30
[sources.phone]
kind = "hook"
wrap_up = "always"
longest_call_s = 3600
[sources.web]
kind = "http"
port = 7413
origin = "https://example.my.connect.aws"
silent_in_call_s = 30
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "agent.toml"
    path.write_text(text)
    return path


def test_a_complete_file_is_read(tmp_path: Path) -> None:
    config = load(written(tmp_path, WHOLE))
    assert config.several is Several.EACH
    assert config.log_bytes == 64 * 1024
    left, right = config.pads
    assert (left.name, left.port, left.sources) == ("left", "usb:1-2", ("phone",))
    assert right.sources == ("phone", "web")
    phone, web = config.sources
    assert phone.wrap_up is WrapUp.ALWAYS
    assert phone.source.bounds.call_s == 3600
    assert web.source.bounds.call_s == 30


def test_the_default_is_a_pad_with_hook_and_seat() -> None:
    config = parse(DEFAULT, "built-in")
    assert [pad.port for pad in config.pads] == ["auto"]
    assert [one.kind for one in config.sources] == ["hook", "seat"]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("[agent]", "[agnt]", "`[agnt]` is not a section"),
        ('calls = "each"', 'calls = "some"', "`calls` must be one of last, each"),
        ("max_kib = 64", "max_kib = 1", "`max_kib` must be a number from 16"),
        ("[pads.left]", "[pads.'0 9']", "`0 9` is not a name"),
        ('sources = ["phone"]', 'sources = ["tel"]', "`sources` names a source that has no"),
        ('sources = ["phone"]', "sources = []", "`sources` must be a list"),
        ('port = "usb:1-2"', 'port = "rfc2217://127.0.0.1:2217"', "two pads have the same port"),
        ('port = "usb:1-2"', 'prt = "usb:1-2"', "`prt` is not a setting here"),
        ('kind = "hook"', 'kind = "hok"', "`kind` must be one of"),
        ('kind = "hook"', "", "`kind` is missing"),
        ("port = 7413", "port = true", "`port` must be a port"),
        ("connect.aws", "connect.aws/ccp", "`origin` must be like"),
        ("[agent]", "[agent", "is not TOML (at line 2"),
        ("blank_within_s = 30", "blank_within_s = 1e9", "must be a number from 2 to 600"),
        ("longest_call_s = 3600", "longest_call_s = nan", "must be a number"),
    ],
)
def test_errors_in_the_settings_are_named(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert old in WHOLE
    with pytest.raises(KesuError) as caught:
        load(written(tmp_path, WHOLE.replace(old, new, 1)))
    assert says.replace("`[", "[").replace("]`", "]") in caught.value.message
    assert caught.value.code == 78


def test_a_secret_in_a_broken_file_is_not_shown(tmp_path: Path) -> None:
    with pytest.raises(KesuError) as caught:
        load(written(tmp_path, 'password = "hunter2" x'))
    assert "hunter2" not in caught.value.message


@pytest.mark.parametrize("data", [b"\xff\xfe", b"[" * 100_000, b"#" * 300_000])
def test_settings_that_are_not_text_are_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "agent.toml"
    path.write_bytes(data)
    with pytest.raises(KesuError):
        load(path)


@pytest.mark.parametrize("seed", range(3))
def test_any_damaged_file_gives_a_clear_error(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    refused = 0
    for _ in range(200):
        data = bytearray(WHOLE.encode())
        for _ in range(rng.randrange(1, 6)):
            at = rng.randrange(len(data))
            data[at : at + rng.randrange(4)] = rng.randbytes(rng.randrange(4))
        path = tmp_path / "agent.toml"
        path.write_bytes(data)
        try:
            load(path)
        except KesuError:
            refused += 1
    assert refused > 100


def test_the_log_is_bounded_and_has_complete_lines(tmp_path: Path) -> None:
    path = tmp_path / "log" / "agent.log"
    log = Log(path, 4096, lambda: None)
    for number in range(500):
        log.write(Kind.STATE, pad=Name("desk"), number=number)
    files = [path.with_name("agent.log.1"), path]
    assert sum(file.stat().st_size for file in files) <= 4096
    lines = [json.loads(line) for file in files for line in file.read_text().splitlines()]
    assert [line["number"] for line in lines] == list(range(500 - len(lines), 500))
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_log_that_cannot_be_written_is_reported_once(tmp_path: Path) -> None:
    failures: list[str] = []
    blocked = tmp_path / "file"
    blocked.touch()
    log = Log(blocked / "agent.log", 4096, lambda: failures.append("x"))
    for _ in range(5):
        log.write(Kind.STARTED)
    assert failures == ["x"]
    assert log.failing
    assert log.lost_lines == 5
    assert not Log(None, 4096, lambda: None).failing


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_full_disk_is_reported_as_a_failing_log() -> None:
    failures: list[str] = []
    log = Log(Path("/dev/full"), 4096, lambda: failures.append("x"))
    log.write(Kind.STARTED)
    assert failures == ["x"]
    assert log.failing


@pytest.mark.parametrize(
    ("datagram", "token", "event"),
    [
        (b"kesu1 ring 17", b"", Event.RING),
        (b"kesu1 end 20", b"", Event.END),
        (b"kesu1 end 21", b"", None),  # from the future
        (b"kesu1 end 99999999999999999999", b"", None),
        (b"kesu1 ring 17 secret", b"secret", Event.RING),
        (b"kesu1 ring 17", b"secret", None),
        (b"kesu1 ring 17 secreT", b"secret", None),
        (b"kesu1 ring 17 secret", b"", None),
        (b"kesu1 ring", b"", None),
        (b"kesu1 ring 17 ", b"", None),
        (b"kesu1 ring x", b"", None),
        (b"kesu1 ring 999999999999999999999", b"", None),
        (b"kesu1 lost 17", b"", None),
        (b"kesu2 ring 17", b"", None),
        (b"", b"", None),
        (b"kesu1 ", b"", None),
        (b"\x00" * 200, b"", None),
    ],
)
def test_hook_datagrams(datagram: bytes, token: bytes, event: Event | None) -> None:
    report = hook.parse(memoryview(datagram), token, 20)
    assert (report and report.event) is event
