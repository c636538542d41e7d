"""test_attacks_kill_runs: SIGKILL to a run that others depend on: a pad being written, workers, a line, seats."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from agent_runs import WITHIN_S, free_port, running
from attacks import attack, kesu
from flash_runs import results, words
from kesu.devices.flash.record import Record
from kesu.devices.rehearsal import picotool_stand_in
from kesu.images.toolchain.request import BuiltImage
from line_bench import LineBench
from live_pbx import LiveAsterisk
from pad_bench import Bench


@pytest.mark.slow
@attack(
    "`kesu seal`",
    "kill -9 during the write",
    "no line in the record; the next run with `--resume` finishes the pad",
)
def test_the_next_run_seals_a_pad_after_a_killed_run(
    bench: Bench, sealed: BuiltImage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pad = bench.add(1)
    record = tmp_path / "pads.csv"
    writing, gone = threading.Event(), threading.Event()
    load = picotool_stand_in._ACTIONS["load"]

    def held(*arguments: object) -> Iterator[str]:
        steps = load(*arguments)
        yield next(steps)
        writing.set()
        assert gone.wait(WITHIN_S)
        yield from steps  # picotool finishes even if its parent is gone

    monkeypatch.setitem(picotool_stand_in._ACTIONS, "load", held)
    host = (
        f"Host(root=Path({str(bench.root)!r}), platform='linux', picotool=({str(bench.server.command)!r},))"
    )
    code = (
        "import sys\nfrom pathlib import Path\nfrom kesu.cli.commands import main\n"
        "from kesu.devices.discovery.host import Host\n"
        f"main(sys.argv[1:], obj={host})"
    )
    killed = subprocess.Popen(
        [sys.executable, "-c", code, "seal", str(sealed.uf2), "--record", str(record)],
        env={**os.environ, "TMPDIR": str(tmp_path)},  # a killed run leaves its temporary files there
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    assert writing.wait(WITHIN_S)
    killed.kill()
    killed.wait()
    gone.set()
    assert not record.exists()
    monkeypatch.undo()
    end = time.monotonic() + WITHIN_S
    while pad.rom.exclusive:  # the killed run's picotool
        assert time.monotonic() < end
        time.sleep(0.01)
    code_after, found = results(bench, "seal", sealed.uf2, "--record", record, "--resume")
    assert (code_after, words(found)) == (0, {"1-1.1": "done"})
    assert [entry.result for entry in Record(record).entries()] == ["done"]


@attack("`kesu verify`", "kill -9 of its main process", "the workers end at their next result")
def test_workers_end_after_their_parent_is_killed() -> None:
    code = """
import os, sys, time
from kesu.emulator.core.fork import Job, run_jobs
def work(tell):
    for count in range(100_000):
        tell((os.getpid(), "x" * 10_000))
        time.sleep(0.01)
for job, result in run_jobs([Job(str(n), work, 1, 1.0) for n in range(3)], 3):
    print(result[0], flush=True)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as run:
        assert run.stdout is not None
        workers: set[int] = set()
        while len(workers) < 3:
            workers.add(int(run.stdout.readline()))
        assert all(alive(worker) for worker in workers)
        run.kill()
    end = time.monotonic() + WITHIN_S
    while any(alive(worker) for worker in workers):
        assert time.monotonic() < end, workers
        time.sleep(0.02)


def alive(pid: int) -> bool:
    """Whether a process runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0] != b"Z"
    except OSError:
        return False


@pytest.mark.slow
@attack("`kesu agent`", "kill -9 in a call, then started again", "DTR drops; the next agent takes over")
def test_an_agent_takes_over_from_a_killed_one(tmp_path: Path) -> None:
    with LineBench() as bench:
        with running(tmp_path, line=bench.url) as agent:
            bench.until(lambda: bench.happened[-2:] == ["DTR on", "E"])
            assert agent.hook("start") == 0
            bench.until(lambda: bench.happened[-1] == "T")
            bench.pad.ink()
            agent.process.kill()
            bench.until(lambda: bench.happened[-1] == "DTR off")
            assert bench.pad.serial_state.dsr, "blank"
            assert agent.hook("end", whole_s=1.0) == 75, "no agent accepted it"
            assert agent.check()[1]["pid"] is None
        assert list((tmp_path / "run").glob("*.sock")), "files that a killed agent leaves"
        with running(tmp_path, line=bench.url) as agent:
            bench.until(lambda: bench.happened[-2:] == ["DTR on", "E"])
            assert agent.hook("start") == 0
            bench.until(lambda: bench.happened[-1] == "T")


RELAY = """
credentials = "{folder}/credentials.toml"
port = {port}
[pbx.main]
kind = "asterisk"
port = {pbx}
[pbx.main.seats]
a = "PJSIP/1001"
"""
CREDENTIALS = """
[pbx.main]
username = "kesu"
secret = "s3cret"
[seats]
a = "token-of-seat-a-0001"
"""


@pytest.mark.slow
@attack(
    "`kesu relay`",
    "kill -9 in a call, its stderr on a full disk",
    "pads wiped; after a restart the call is reported again",
)
def test_a_killed_relay_wipes_the_pads_of_its_seats(tmp_path: Path) -> None:
    port = free_port()
    for name, text in (("credentials.toml", CREDENTIALS), ("seat.token", "token-of-seat-a-0001\n")):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o600)
    more = (
        f'[sources.pbx]\nkind = "relay"\nhost = "127.0.0.1"\nport = {port}\nseat = "a"\n'
        f'token_file = "{tmp_path}/seat.token"\ntls = false\n'
    )

    def relay(pbx: LiveAsterisk) -> subprocess.Popen[bytes]:
        (tmp_path / "relay.toml").write_text(RELAY.format(folder=tmp_path, port=port, pbx=pbx.port))
        return subprocess.Popen(
            [sys.executable, "-m", "kesu", "relay", "--config", str(tmp_path / "relay.toml")],
            stderr=Path("/dev/full").open("wb"),
        )

    with (
        LiveAsterisk({"PJSIP/1001": {"support": (2, False)}}) as pbx,
        running(tmp_path, more=more, ready=False) as agent,
    ):
        agent.prove()
        first = relay(pbx)
        try:
            assert agent.pad.read().endswith(b"T") or agent.pad.read() == b"T"
            first.kill()
            assert agent.pad.read() == b"K"  # a pty has no DTR: the agent sends K instead
            first.wait()
            second = relay(pbx)
            try:
                assert agent.pad.read() in (b"E", b"T")
                assert agent.wait_for_check(lambda found: found["pads"][0]["state"] == "talk") == 0
            finally:
                second.terminate()
                assert second.wait(WITHIN_S) == 0
        finally:
            first.kill()
            first.wait()


def test_control_an_error_in_the_relay_gives_status_70(tmp_path: Path) -> None:
    """An internal error ends with status 70, so that the service manager restarts the relay."""
    (tmp_path / "credentials.toml").write_text(CREDENTIALS)
    (tmp_path / "credentials.toml").chmod(0o600)
    (tmp_path / "relay.toml").write_text(RELAY.format(folder=tmp_path, port=free_port(), pbx=free_port()))
    broken = "import kesu.relay.command as command\ncommand._Follower.note = lambda *_: 1 / 0"
    assert kesu("relay", "--config", tmp_path / "relay.toml", before=broken).returncode == 70
