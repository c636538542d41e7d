"""test_attacks_full: full disks: a small file system, a limit on file size, and /dev/full."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import evidence_runs
import pytest
from agent_runs import running
from attacks import attack, full_after, kesu, naive_write, one_line, run_python
from flash_runs import run
from kesu.common.errors import Exit, KesuError
from kesu.devices.flash.record import COLUMNS, Entry, Record
from kesu.images.toolchain.request import BuiltImage
from kesu.verify.evidence import check, write
from pad_bench import Bench

pytestmark = pytest.mark.slow

ENTRY = replace(Entry(*COLUMNS), note="x" * 200)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 256 KiB."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k,mode=700", "none", str(place)]
    if shutil.which("mount") is None or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("only root mounts a disk")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def fill(disk: Path, spare: int = 0) -> None:
    """Leave `spare` pages of 4 KiB."""
    with (disk / "filling").open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            file.truncate(file.tell() - 4096 * spare)


def test_control_a_naive_writer_leaves_half_a_file_on_a_full_disk(small_disk: Path) -> None:
    fill(small_disk, 1)
    with pytest.raises(OSError, match="No space left"):
        naive_write(small_disk / "pads.csv", "x" * 10_000)
    assert (small_disk / "pads.csv").stat().st_size == 4096


@attack(
    "record of pads",
    "disk full (256 KiB disk)",
    "refused, the old record whole, nothing beside it",
    Exit.CANNOT_CREATE,
)
def test_a_full_disk_leaves_the_record_unchanged(small_disk: Path, code: int) -> None:
    record = Record(small_disk / "pads.csv")
    for _ in range(60):
        record.append(ENTRY)
    before = record.path.read_bytes()
    fill(small_disk, 1)  # room for part of the new one
    with pytest.raises(KesuError, match="No space left") as refused:
        record.append(ENTRY)
    assert refused.value.code == code
    assert record.path.read_bytes() == before
    assert {path.name for path in small_disk.iterdir()} == {".pads.csv.lock", "filling", "pads.csv"}
    (small_disk / "filling").unlink()
    record.append(ENTRY)
    assert len(record.entries()) == 61


@attack("evidence", "disk full (256 KiB disk)", "one line, no folder, nothing beside it", Exit.CANNOT_CREATE)
def test_evidence_on_a_full_disk_is_not_there(small_disk: Path, code: int) -> None:
    fill(small_disk, 10)
    with pytest.raises(KesuError, match="No space left") as refused:
        write(evidence_runs.incomplete(), small_disk / "evidence")
    assert refused.value.code == code
    assert [path.name for path in small_disk.iterdir()] == ["filling"]
    (small_disk / "filling").unlink()
    write(evidence_runs.incomplete(), small_disk / "evidence")
    assert check(small_disk / "evidence").problems == ()


@attack(
    "`kesu agent`: log",
    "disk full (256 KiB disk) in a call",
    "pads wiped once, only complete lines, keeps running, `--check` reports it",
    3,
)
def test_a_full_log_wipes_once_and_the_agent_keeps_running(
    small_disk: Path, tmp_path: Path, code: int
) -> None:
    with running(tmp_path, log=small_disk / "agent.log") as agent:
        fill(small_disk)
        sent = b""
        while b"K" not in sent:  # until the log's last page is full
            assert agent.hook("start") == 0
            assert agent.hook("end") == 0
            sent += agent.pad.read(2)
            assert len(sent) < 400, sent
        assert agent.wait_for_check(lambda found: found["log"]["failing"]) == code
        assert agent.hook("hold") == 0
        while not sent.endswith(b"H"):
            more = agent.pad.read()
            assert more, "the agent does not keep running"
            sent += more
        assert sent.count(b"K") == 1
    lines = agent.log.read_bytes().splitlines(keepends=True)
    assert len(lines) > 5
    assert all(json.loads(line) for line in lines), "no partial line"


@attack("`kesu agent`: log", "no file may grow beyond 700 bytes", "the partial line is removed")
def test_a_partial_log_line_is_removed(tmp_path: Path) -> None:
    code = f"""
{full_after(700)}
import sys
from pathlib import Path
from kesu.agent.log import Kind, Log
log = Log(Path(sys.argv[1]), 65536, lambda: print("wipe"))
for _ in range(20):
    log.write(Kind.STARTED, pads=1)
print(log.failing, log.lost_lines)
"""
    done = run_python(code, tmp_path / "agent.log")
    failing, lost = done.stdout.decode().split()[-2:]
    assert done.stdout.decode().count("wipe") == 1
    assert failing == "True"
    whole = [json.loads(line) for line in (tmp_path / "agent.log").read_text().splitlines()]
    assert len(whole) + int(lost) == 20
    # The control: 700 bytes are not a whole number of these lines, so one was cut.
    assert 700 % len((tmp_path / "agent.log").read_bytes().splitlines(keepends=True)[0])


@attack("`kesu seal`", "no room for its temporary file", "that pad fails before anything is erased", 1)
def test_a_full_disk_fails_the_pad_before_the_erase(
    bench: Bench, sealed: BuiltImage, tmp_path: Path, code: int
) -> None:
    pad = bench.add(1)
    pad.flash.content[0:4] = b"kept"
    host = (
        f"Host(root=Path({str(bench.root)!r}), platform='linux', picotool=({str(bench.server.command)!r},))"
    )
    program = (
        f"{full_after(100_000)}\nimport sys\nfrom pathlib import Path\nfrom kesu.cli.commands import main\n"
        f"from kesu.devices.discovery.host import Host\nmain(sys.argv[1:], obj={host})"
    )
    done = run_python(program, "seal", sealed.uf2, "--record", tmp_path / "pads.csv")
    assert done.returncode == code, done.stderr
    assert b"File too large" in done.stdout
    assert [call[0] for call in bench.server.calls] == ["info"]
    assert pad.flash.content[0:4] == b"kept"
    assert [entry.result for entry in Record(tmp_path / "pads.csv").entries()] == ["tool failed"]
    assert run(bench, "seal", sealed.uf2, "--record", tmp_path / "pads.csv").exit_code == 0, "the control"


@attack("image in dist/", "no room for it", "one line, no file half-written, no manifest", 74)
def test_a_full_disk_leaves_no_partial_image(tmp_path: Path, sealed: BuiltImage, code: int) -> None:
    before = f"""
{full_after(100_000)}
import shutil
from pathlib import Path
import kesu.images.toolchain.command as command
from kesu.images.toolchain import image
from kesu.images.toolchain.request import BuiltImage
def build(request):
    out = Path({str(tmp_path)!r})
    files = BuiltImage(*(out / ("x." + name) for name in ("uf2", "elf", "json")))
    image._deliver(out / "built", files, {{"input_hash": "1"}})
command.build = build
"""
    (tmp_path / "built").mkdir()
    for path in (sealed.uf2, sealed.elf):
        shutil.copy(path, tmp_path / "built" / f"firmware{path.suffix}")
    done = kesu("dev", "build", before=before)
    assert done.returncode == code
    assert "File too large" in one_line(done)
    assert [path.name for path in tmp_path.iterdir()] == ["built"]


@attack("any command", "standard output on a full disk", "one line", 74)
def test_lost_output_is_reported_in_one_line(tmp_path: Path, code: int) -> None:
    with Path("/dev/full").open("wb") as full:
        done = kesu("devices", "--json", stdout=full.fileno())
    assert done.returncode == code
    assert "No space left on device" in one_line(done)


@attack("any command", "standard output and errors on a full disk", "the exit status alone", 74)
def test_lost_output_and_errors_leave_the_exit_status(code: int) -> None:
    with Path("/dev/full").open("wb") as full:
        command = [sys.executable, "-m", "kesu", "devices", "--json"]
        assert subprocess.run(command, stdout=full, stderr=full, check=False).returncode == code


@attack("any command", "nobody reads its output any more", "ends without a word", Exit.IO)
def test_a_closed_pipe_is_no_fault(code: int) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = kesu("devices", "--json", stdout=writer)
    os.close(writer)
    assert (done.returncode, done.stderr) == (code, b"")


@attack("`kesu relay`", "its stderr on a full disk", "keeps following the calls")
def test_a_relay_survives_a_full_stderr() -> None:
    ours = "from kesu.relay.command import _say; _say('main: here')"
    naive = "import click; click.echo('main: here', err=True)"  # the control
    for program, status in ((ours, 0), (naive, 1)):
        with Path("/dev/full").open("wb") as full:
            done = subprocess.run([sys.executable, "-c", program], stderr=full, check=False)
        assert done.returncode == status, program
