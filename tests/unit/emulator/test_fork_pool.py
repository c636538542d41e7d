"""test_fork_pool: several children at a time: their results, how they failed, an early end, and what they forget."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import minisign_keys
import pytest
from kesu.common import minisign
from kesu.emulator.core.fork import Failed, ForkLost, Job, Pool, Send, fork_run, run_jobs

Work = Callable[[], int]


def counting(first: int) -> Job[int]:
    def run(send: Send[int]) -> None:
        send(first)
        send(first + 1)

    return Job(f"count {first}", run, 2, 1.0)


def sending(work: Work) -> Callable[[Send[int]], None]:
    return lambda send: send(work())


def hangs() -> int:
    time.sleep(600)
    return 0


def pooled(works: dict[str, Work], processes: int = 2, silence_s: float = 60.0) -> dict[str, int | Failed]:
    """The answer of each work, forked one after another as places become free."""
    found: dict[str, int | Failed] = {}
    with Pool[str, int](processes, silence_s) as pool:
        for name, work in works.items():
            found.update(pool.place())
            pool.fork(name, name, sending(work))
        found.update(pool.rest())
    return found


def fails() -> int:
    raise ValueError("a bench that broke")


def dies() -> int:
    os._exit(3)


def test_all_results_of_all_jobs_arrive() -> None:
    found = {result for _, result in run_jobs([counting(n) for n in (0, 10, 20)], 2)}
    assert found == {0, 1, 10, 11, 20, 21}


@pytest.mark.slow
def test_the_cpu_that_jobs_and_their_forks_take_is_counted_by_part() -> None:
    def busy(seconds: float) -> None:
        until = time.process_time() + seconds
        while time.process_time() < until:
            pass

    def run(_send: Send[int]) -> None:
        busy(0.1)
        fork_run(None, lambda _: busy(0.1))

    spent: dict[str, float] = {}
    list(run_jobs([Job(name, run, 0, 1.0) for name in ("pairs, one", "pairs, two", "rest")], 2, spent))
    assert set(spent) == {"pairs", "rest"}
    assert spent["rest"] >= 0.2
    assert spent["pairs"] >= 0.4


def test_a_failing_job_reports_its_place() -> None:
    def run(send: Send[int]) -> None:
        raise ValueError("on purpose")

    ((_, result),) = run_jobs([Job("bad", run, 1, 1.0)], 2)
    assert isinstance(result, Failed)
    assert "on purpose" in result.text
    assert not result.lost


def test_a_job_whose_process_exits_is_reported() -> None:
    ((_, result),) = run_jobs([Job[int]("dead", lambda send: os._exit(3), 1, 1.0)], 1)
    assert isinstance(result, Failed)
    assert result.lost


def test_leaving_early_ends_the_processes() -> None:
    pids: list[int] = []

    def run(send: Send[int]) -> None:
        send(os.getpid())
        time.sleep(60)

    began = time.monotonic()
    for _, pid in run_jobs([Job("long", run, 1, 1.0)], 1):
        assert isinstance(pid, int)
        pids.append(pid)
        break
    assert time.monotonic() - began < 10
    time.sleep(0.1)
    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)


def test_results_of_all_children_are_collected() -> None:
    works: dict[str, Work] = {f"square {n}": lambda n=n: n * n for n in range(5)}  # type: ignore[misc]  # a lambda with a default
    assert pooled(works) == {f"square {n}": n * n for n in range(5)}


def test_a_child_that_fails_or_dies_is_reported_by_name() -> None:
    found = pooled({"first": fails, "second": dies}, 1)
    assert {name: answer.why for name, answer in found.items() if isinstance(answer, Failed)} == {
        "first": "ValueError: a bench that broke",
        "second": "the process of second ended without a result (exit status 3)",
    }


def test_an_early_end_leaves_no_child_running() -> None:
    with Pool[str, int](2) as pool:
        pool.fork("sleeper", "sleeper", lambda send: time.sleep(600))
        (pid,) = pool.pids
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.mark.slow
def test_a_silent_child_is_stopped_and_the_others_are_not() -> None:
    found = pooled({"hangs": hangs, "works": lambda: 7}, silence_s=3.0)
    assert isinstance(found["hangs"], Failed)
    assert "longer than 3 s" in found["hangs"].why
    assert found["works"] == 7


def test_a_child_that_ignores_the_request_to_end_is_killed() -> None:
    def deaf() -> int:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(600)
        return 0

    began = time.monotonic()
    assert isinstance(pooled({"deaf": deaf}, silence_s=0.5)["deaf"], Failed)
    assert time.monotonic() - began < 30


def test_a_child_that_ends_between_two_results_is_reported() -> None:
    def run(send: Send[int]) -> None:
        send(1)
        os._exit(0)

    (_, first), (_, second) = run_jobs([Job("half", run, 2, 1.0)], 1)
    assert first == 1
    assert isinstance(second, Failed)
    assert "in the middle of its results" in second.why


def test_no_process_to_be_had_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    def full() -> int:
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", full)
    with pytest.raises(ForkLost, match="Resource temporarily unavailable"):
        fork_run(1, lambda pad: pad)


def test_every_child_forgets_the_signing_key(tmp_path: Path) -> None:
    secret, public = tmp_path / "pad.key", tmp_path / "pad.pub"
    secret.write_text(minisign_keys.SECRET, encoding="ascii")
    public.write_text(minisign_keys.PUBLIC, encoding="ascii")
    with minisign.opened(secret) as key:

        def sign() -> int:
            key.sign(b"content", "words")
            return 1

        def nested() -> int:
            return fork_run(key, lambda inherited: len(inherited.sign(b"content", "words")))

        found = pooled({"child": sign, "child of a child": nested})
        jobs = [Job[int]("job", lambda send: send(sign()), 1, 1.0)]
        answers = [*found.values(), *(answer for _, answer in run_jobs(jobs, 1))]
        assert len(answers) == 3
        for answer in answers:
            assert isinstance(answer, Failed)
            assert "the key was forgotten" in answer.text
        assert minisign.verify(b"content", key.sign(b"content", "words"), public) == "words"


def test_ctrl_c_reaches_the_parent_alone_and_ends_all_children() -> None:
    code = """
import os, signal, time
from kesu.emulator.core.fork import Job, run_jobs
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
def work(send):
    send(os.getpid())
    time.sleep(60)
try:
    for _, pid in run_jobs([Job(str(n), work, 1, 1.0) for n in range(2)], 2):
        print(pid, flush=True)
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""
    command = [sys.executable, "-c", code]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as run:
        assert run.stdout is not None
        assert run.stderr is not None
        workers = [int(run.stdout.readline()) for _ in range(2)]
        os.killpg(run.pid, signal.SIGINT)
        assert run.stdout.read() == "interrupted\n"
        assert run.stderr.read() == "", "no child prints a traceback"
    for worker in workers:
        with pytest.raises(ProcessLookupError):
            os.kill(worker, 0)


NESTED = """
import os, signal, time
import click
from kesu.cli import commands
from kesu.emulator.core.fork import Job, fork_run, run_jobs

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it

def inner(_):
    os.write(1, f"{os.getpid()}\\n".encode())  # at once: others write, too
    time.sleep(60)

@click.command()
def command():
    os.write(1, f"{os.getpid()}\\n".encode())  # at once: others write, too
    jobs = [Job(str(n), lambda send: send(fork_run(1, lambda _: fork_run(2, inner))), 1, 1.0) for n in range(2)]
    list(run_jobs(jobs, 2))

commands.main.entries["dev"] = ("none", "")
commands.main.get_command = lambda *_: command
commands.main(["dev"])
"""
"""A command of `kesu` with forks of forks, which print their process ids and take a minute."""


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs /proc")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGKILL])
def test_no_process_is_left_when_a_command_is_killed(number: signal.Signals, tmp_path: Path) -> None:
    mark = f"KESU_TEST_OF={tmp_path}"
    name, _, value = mark.partition("=")
    with subprocess.Popen(
        [sys.executable, "-c", NESTED],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=os.environ | {name: value},
    ) as run:
        assert run.stdout is not None
        first = {int(run.stdout.readline()) for _ in range(3)}
        assert run.pid in first
        assert len(marked(mark)) >= 7, "the command, two jobs, and two forks in each"
        run.send_signal(number)
        run.wait()
        until = time.monotonic() + 60.0
        while marked(mark) and time.monotonic() < until:
            time.sleep(0.02)
        assert marked(mark) == set()


def marked(mark: str) -> set[int]:
    """Processes that run with this in their environment."""
    found = set()
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if mark.encode() in (place / "environ").read_bytes().split(b"\0"):
                found.add(int(place.name))
    return found


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs /proc")
def test_nothing_that_a_run_imports_leaves_a_thread_at_the_fork() -> None:
    """numpy's OpenBLAS ends its threads before a fork, and nothing else of a run starts one."""
    code = """
import os
import numpy
import kesu.verify.runner.runner
numpy.ones((500, 500)) @ numpy.ones((500, 500))
from kesu.emulator.core.fork import fork_run
fork_run(1, lambda pad: pad)
print(len(os.listdir("/proc/self/task")))
"""
    run = subprocess.run(
        [sys.executable, "-W", "error::DeprecationWarning", "-c", code],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.stdout == "1\n", run.stderr
