"""test_attacks_kill: SIGKILL while a file is written: it is complete or absent, and the next run recovers."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import os
import signal
from pathlib import Path

import evidence_runs
import pytest
from attacks import KILLED_AT_FSYNC, attack, kesu, run_python
from kesu.agent.private import read_private
from kesu.common.errors import Exit
from kesu.devices.flash.record import COLUMNS, Entry, Record
from kesu.images.toolchain.request import BuiltImage
from kesu.verify.evidence import check

pytestmark = pytest.mark.slow

ENTRY = Entry(*COLUMNS)
WRITES_A_RECORD = """
from kesu.devices.flash.record import COLUMNS, Entry, Record
from pathlib import Path
import sys
Record(Path(sys.argv[1])).append(Entry(*COLUMNS))
"""
NAIVE = f"""
import sys
{KILLED_AT_FSYNC}
with open(sys.argv[1], "w") as file:
    file.write("a,b,c\\n1,2")
    file.flush()
    os.fsync(file.fileno())
    file.write(",3\\n")
"""


def test_control_a_naive_writer_killed_leaves_half_a_file(tmp_path: Path) -> None:
    (tmp_path / "pads.csv").write_text("a,b,c\n")
    assert run_python(NAIVE, tmp_path / "pads.csv").returncode == -signal.SIGKILL
    assert (tmp_path / "pads.csv").read_text() == "a,b,c\n1,2"


@attack(
    "record of pads",
    "kill -9 while a line is written",
    "the old record, complete; the next write removes the leftover",
)
def test_a_killed_writer_leaves_the_old_record(tmp_path: Path) -> None:
    record = Record(tmp_path / "pads.csv")
    record.append(ENTRY)
    before = record.path.read_bytes()
    died = run_python(KILLED_AT_FSYNC + WRITES_A_RECORD, record.path)
    assert died.returncode == -signal.SIGKILL
    assert record.path.read_bytes() == before
    assert len(list(tmp_path.glob(".*.new"))) == 1, "the control: it was killed during the write"
    record.append(ENTRY)
    assert len(record.entries()) == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == [".pads.csv.lock", "pads.csv"]


@attack("token", "kill -9 while it is made", "no token; the next start makes one")
def test_a_killed_writer_leaves_no_partial_token(tmp_path: Path) -> None:
    makes = (
        "from kesu.agent.secret import token; from pathlib import Path; import sys; token(Path(sys.argv[1]))"
    )
    path = tmp_path / "kesu" / "token"
    assert run_python(f"{KILLED_AT_FSYNC}\n{makes}", path).returncode == -signal.SIGKILL
    assert not path.exists()
    assert all(left.stat().st_mode & 0o077 == 0 for left in path.parent.iterdir())
    assert run_python(makes, path).returncode == 0
    assert len(read_private(path)) > 20


@attack("evidence", "kill -9 while it is written", "no folder of that name; the next run writes it")
def test_a_killed_writer_leaves_no_partial_evidence(tmp_path: Path) -> None:
    writes = (
        f"import sys; sys.path.insert(0, {os.path.dirname(evidence_runs.__file__)!r})\n"
        "import evidence_runs\nfrom kesu.verify.evidence import write\nfrom pathlib import Path\n"
        "write(evidence_runs.holding(), Path(sys.argv[1]))"
    )
    place = tmp_path / "evidence"
    assert run_python(f"{KILLED_AT_FSYNC}\n{writes}", place).returncode == -signal.SIGKILL
    assert not place.exists()
    (left,) = tmp_path.iterdir()
    (left / "SHA256SUMS").unlink()
    done = kesu("evidence", "check", left)
    assert (done.returncode, b"not an evidence folder" in done.stderr) == (Exit.NO_INPUT, True), (
        "nor is what is left one"
    )
    assert run_python(writes, place).returncode == 0
    assert check(place).problems == ()


@attack(
    "image in dist/", "kill -9 while it is copied there", "no manifest, so it is refused and built again", 65
)
def test_an_image_without_its_manifest_is_refused(tmp_path: Path, sealed: BuiltImage, code: int) -> None:
    delivers = """
import os, shutil, signal, sys
from pathlib import Path
from kesu.images.toolchain import image
from kesu.images.toolchain.request import BuiltImage
source, place = Path(sys.argv[1]), Path(sys.argv[2])
(place / "built").mkdir()
for name in ("uf2", "elf"):
    shutil.copy(source.with_suffix("." + name), place / "built" / ("firmware." + name))
synced, count = os.fsync, 0
def fsync(handle):
    global count
    count += 1
    if count == int(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)
    synced(handle)
os.fsync = fsync
files = BuiltImage(*(place / (source.stem + "." + name) for name in ("uf2", "elf", "json")))
image._deliver(place / "built", files, {"board": "pico", "profile": "sealed", "input_hash": "1"})
"""
    for steps, killed in ((3, True), (99, False)):
        place = tmp_path / str(steps)
        place.mkdir()
        died = run_python(delivers, sealed.uf2, place, steps)
        assert died.returncode == (-signal.SIGKILL if killed else 0), died.stderr
        assert (place / sealed.uf2.name).read_bytes() == sealed.uf2.read_bytes()
        done = kesu("flash", place / sealed.uf2.name, "--pad", "none")
        # With its manifest it is refused for want of a pad only.
        assert done.returncode == (code if killed else Exit.UNAVAILABLE), done.stderr
