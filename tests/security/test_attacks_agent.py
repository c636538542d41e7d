"""test_attacks_agent: an agent on a bad PC: clock jumps, lost ports, a second agent, a read-only home."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
import os
import shutil
import signal
import struct
import subprocess
from pathlib import Path
from typing import Any

import evidence_runs
import pytest
from agent_runs import running
from attacks import attack, kesu, one_line, run_python, unprivileged
from fast_part import fast
from kesu.agent.private import read_private
from kesu.agent.secret import write_private
from kesu.common.errors import Exit
from kesu.devices.flash.image import load_image
from kesu.devices.flash.record import COLUMNS, Entry, Record
from kesu.images.toolchain.image import up_to_date
from kesu.images.toolchain.request import BuiltImage
from kesu.verify.evidence import check, write
from line_bench import LineBench

YEAR_S = 365 * 86400


class WallClock:
    """The wall clock of processes that are started later."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "clock"
        self.library = folder / "wall_clock.so"
        source = Path(__file__).with_name("wall_clock.c")
        build = [
            "gcc",
            "-O1",
            "-Wall",
            "-Wextra",
            "-Werror",
            "-shared",
            "-fPIC",
            "-o",
            str(self.library),
            str(source),
        ]
        subprocess.run(build, check=True)
        self.jump(0)

    def jump(self, seconds: int) -> None:
        """Set the offset from the true time. Written in place: the processes map the file."""
        with self.file.open("r+b" if self.file.exists() else "wb") as file:
            file.write(struct.pack("=q", seconds))


@pytest.fixture
def wall_clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WallClock:
    if shutil.which("gcc") is None:
        pytest.skip("no gcc")
    clock = WallClock(tmp_path)
    monkeypatch.setenv("KESU_TEST_CLOCK", str(clock.file))
    monkeypatch.setenv("LD_PRELOAD", str(clock.library))
    return clock


NAIVE_DEADLINE = """
import struct, sys, time
end = time.time() + 3600
began = time.monotonic()
with open(sys.argv[1], "r+b") as file:
    file.write(struct.pack("=q", 10 * 365 * 86400))
print(time.time() >= end, time.monotonic() - began < 60)
"""


def test_control_a_clock_jump_ends_a_naive_deadline(wall_clock: WallClock) -> None:
    assert run_python(NAIVE_DEADLINE, wall_clock.file).stdout.split() == [b"True", b"True"]


@pytest.mark.slow
@attack(
    "`kesu agent`, `kesu hook`",
    "the wall clock jumps ten years on, then fifty back, in a call",
    "the call continues; no wipe is added or missed",
    0,
)
def test_a_clock_jump_does_not_end_a_call(tmp_path: Path, wall_clock: WallClock, code: int) -> None:
    with running(tmp_path) as agent:
        assert agent.hook("start") == 0
        assert agent.pad.read() == b"T"
        for years in (10, -50, 0):
            wall_clock.jump(years * YEAR_S)
            assert agent.pad.is_silent(1.2)  # two turns of the agent's loop
            assert agent.hook("hold") == 0
            assert agent.pad.read() == b"H"
            assert agent.hook("start") == 0
            assert agent.pad.read() == b"T"
        status, found = agent.check()
        assert status == code
        assert 0 <= found["uptime_s"] < 600
        assert agent.hook("end") == 0
        assert agent.pad.read() == b"E"
    years_seen = {json.loads(line)["at"][:4] for line in agent.log.read_text().splitlines()}
    assert len(years_seen) == 3, "the control: the agent's wall clock did jump"


@pytest.mark.slow
@attack("files", "times of 1970 and 2099 on image, record, evidence, token", "no decision depends on them")
def test_file_times_decide_nothing(tmp_path: Path, sealed: BuiltImage) -> None:
    files = BuiltImage(*(tmp_path / path.name for path in (sealed.uf2, sealed.elf, sealed.manifest)))
    for source in (sealed.uf2, sealed.elf, sealed.manifest):
        shutil.copy(source, tmp_path / source.name)
    record = Record(tmp_path / "pads.csv")
    record.append(Entry(*COLUMNS))
    write(evidence_runs.holding("quick"), tmp_path / "evidence")
    write_private(tmp_path / "token", b"a-token-of-more-than-twenty-letters\n")
    wanted = json.loads(sealed.manifest.read_text(encoding="utf-8"))["input_hash"]
    for times in ((0, 0), (4_070_908_800, 4_070_908_800)):
        for path in [*tmp_path.rglob("*"), tmp_path]:
            os.utime(path, times)
        assert up_to_date(files, wanted)
        assert load_image(files.uf2).sealed
        assert record.entries() == [Entry(*COLUMNS)]
        assert check(tmp_path / "evidence").problems == ()
        assert read_private(tmp_path / "token")
    files.uf2.write_bytes(b"x")  # the control: content decides, with the same file time as before
    os.utime(files.uf2, (4_070_908_800, 4_070_908_800))
    assert not up_to_date(files, wanted)


@pytest.mark.slow
@attack(
    "`kesu agent`",
    "the port vanishes in a call (the other end of RFC 2217 gone), and comes back",
    "wiped when DTR drops; gets the state again",
)
def test_a_port_that_returns_gets_the_state_again(tmp_path: Path) -> None:
    with LineBench() as bench, running(tmp_path, line=bench.url) as agent:
        bench.until(lambda: bench.happened[-2:] == ["DTR on", "E"])
        agent.hook("start")
        bench.until(lambda: bench.happened[-1] == "T")
        bench.close()
        assert bench.happened[-1] == "DTR off"
        agent.wait_for_event("pad lost")
        assert agent.hook("hold") == 0, "while there is no pad"
        with LineBench(bench.tcp_port) as again:
            again.until(lambda: again.happened[-2:] == ["DTR on", "H"])


@pytest.mark.slow
@attack(
    "`kesu agent`",
    "a file, a pipe or another device in place of the port",
    "nothing is written to it; `--check` says so",
    3,
)
@pytest.mark.parametrize("kind", fast(["file", "pipe", "device"], "file"))
def test_nothing_is_written_to_what_is_not_a_port(tmp_path: Path, code: int, kind: str) -> None:
    place = tmp_path / "port"
    if kind == "file":
        place.write_bytes(b"kept")
    elif kind == "pipe":
        os.mkfifo(place)
    else:
        place.symlink_to("/dev/zero")
    with running(tmp_path, line=str(place)) as agent:
        # Both sources have reported, so a real port would receive bytes.
        lost = agent.wait_for_check(lambda found: all(one["here"] for one in found["sources"]))
        assert lost == code
        assert agent.check()[1]["pads"][0]["connected"] is False
    assert kind != "file" or place.read_bytes() == b"kept"
    assert "pad found" not in agent.events()


@pytest.mark.slow
@attack(
    "`kesu agent`",
    "a second agent on the same pad, from another runtime folder",
    "gets no port; the first keeps running",
    3,
)
def test_a_pad_has_one_agent(tmp_path: Path, code: int) -> None:
    with running(tmp_path) as first:
        other = tmp_path / "other"
        other.mkdir()
        with running(other, line=str(first.pad.link)) as second:
            refused = second.wait_for_check(lambda found: all(one["here"] for one in found["sources"]))
            assert refused == code
            assert second.hook("pay") == 0
            assert second.hook("end") == 0
            assert first.pad.is_silent(1.5), "several attempts to open it"
            assert first.hook("start") == 0
            assert first.pad.read() == b"T"
            assert second.check()[1]["pads"][0]["connected"] is False
            first.process.send_signal(signal.SIGTERM)
            assert first.pad.read() == b"K"
            second.wait_for_event("pad found")  # the control: once the first is gone


@pytest.mark.slow
@attack(
    "`kesu agent`",
    "read-only home: no log, no token file",
    "follows calls; `--check` says what is missing",
    3,
)
def test_an_agent_works_in_a_read_only_home(tmp_path: Path, code: int) -> None:
    home = tmp_path / "home"
    home.mkdir()
    home.chmod(0o500)
    more = '[pads.second]\nport = "auto"\nsources = ["gate"]\n[sources.gate]\nkind = "http"\n' + (
        f'port = 1\ntoken = "{home}/token"\n'
    )
    where: dict[str, Any] = {"log": home / "agent.log", "runtime": tmp_path / "run", "prefix": unprivileged()}
    sources = 'sources = ["hook"]\n'
    folder = tmp_path / "work"
    folder.mkdir()
    with running(folder, more=more, desk=sources, **where) as agent:
        assert agent.hook("start") == 0
        assert agent.pad.read() == b"T"
        missing = agent.wait_for_check(lambda found: found["sources"][2]["loss"] == "local")
        assert missing == code
        assert agent.check()[1]["log"]["failing"]
    assert list(home.iterdir()) == []


@attack("`kesu agent`", "no runtime folder can be made", "refused", Exit.CANNOT_CREATE)
def test_an_agent_without_a_runtime_folder_says_so(tmp_path: Path, code: int) -> None:
    (tmp_path / "closed").mkdir(mode=0o500)
    for where, expected in ((tmp_path / "closed" / "run", code), (Path("/proc/kesu"), code)):
        done = kesu("agent", environment={"KESU_RUNTIME_DIR": str(where)}, prefix=unprivileged())
        assert done.returncode == expected
        assert "cannot be used" in one_line(done)


@attack("`kesu agent`", "settings that may not be read", "refused", Exit.NO_PERMISSION)
def test_settings_that_may_not_be_read_are_no_wish_for_the_defaults(tmp_path: Path, code: int) -> None:
    home = tmp_path / "kesu"
    home.mkdir()
    (home / "agent.toml").write_text("[pads.a]\n")
    (home / "agent.toml").chmod(0)
    places = {"XDG_CONFIG_HOME": str(tmp_path), "KESU_RUNTIME_DIR": str(tmp_path / "run")}
    done = kesu("agent", environment=places, prefix=unprivileged())
    assert done.returncode == code
    assert "Permission denied" in one_line(done)
    (home / "agent.toml").chmod(0o600)
    home.chmod(0)
    done = kesu("agent", environment=places, prefix=unprivileged())
    home.chmod(0o700)
    assert done.returncode == code
    assert "Permission denied" in one_line(done)


@attack(
    "record of pads",
    "in a folder that may not be written",
    "refused before any pad is touched",
    Exit.CANNOT_CREATE,
)
def test_a_record_in_a_read_only_folder_is_refused(tmp_path: Path, sealed: BuiltImage, code: int) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    tool = "from kesu.devices.flash import going; going.has_picotool = lambda host: True"
    done = kesu(
        "seal", sealed.uf2, "--all", "--record", closed / "pads.csv", prefix=unprivileged(), before=tool
    )
    assert done.returncode == code
    assert "Permission denied" in one_line(done)
