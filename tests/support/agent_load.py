"""agent_load: a real `kesu agent`, many pads on ptys, synthetic calls over HTTP; its CPU, memory and wire.

    python tests/support/agent_load.py --seconds 3600 --pads 50 --calls-per-second 1 --json out.json

Every call rings, is answered and ends. At the end each pad must have been sent exactly `R`, `T`, `E` per
call, in this order: a byte too few, too many or out of place fails the run.
"""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
import tty
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Wire:
    """One pad's end of a pty, and the bytes received on it."""

    name: str
    master: int
    slave: int
    received: bytearray = field(default_factory=bytearray)
    calls: int = 0

    @classmethod
    def make(cls, name: str) -> Wire:
        """A pty in raw mode."""
        master, slave = os.openpty()
        tty.setraw(slave)
        os.set_blocking(master, False)
        return cls(name, master, slave)

    def read(self) -> None:
        """Read the bytes that are available."""
        try:
            self.received += os.read(self.master, 4096)
        except BlockingIOError:
            return


@dataclass(frozen=True)
class Sample:
    """A sample of the agent's process. cpu_s: user and system time so far; resident: bytes."""

    at_s: float
    cpu_s: float
    resident: int

    @classmethod
    def take(cls, pid: int, began: float) -> Sample:
        """Read it from /proc."""
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks = int(fields[11]) + int(fields[12])
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        return cls(
            time.monotonic() - began, ticks / os.sysconf("SC_CLK_TCK"), pages * os.sysconf("SC_PAGE_SIZE")
        )


def configuration(folder: Path, wires: list[Wire], port: int) -> str:
    """One HTTP source that serves every pad as a separate seat."""
    lines = [
        "[log]",
        f'path = "{folder}/agent.log"',
        "max_kib = 64",
        "states = true",
        "[sources.web]",
        'kind = "http"',
        f"port = {port}",
        f'token = "{folder}/token"',
        "per_second = 1000",
        "silent_s = 3600",
        "silent_in_call_s = 7200",
        f"seats = {json.dumps([wire.name for wire in wires])}",
    ]
    for wire in wires:
        lines += [f"[pads.{wire.name}]", f'port = "{os.ttyname(wire.slave)}"']
    return "\n".join(lines) + "\n"


class Load:
    """Calls at a steady rate, pad after pad."""

    def __init__(self, wires: list[Wire], port: int, token: str, talk_s: float) -> None:
        self._wires = wires
        self._port = port
        self._token = token
        self._talk_s = talk_s
        self._stamp = 0

    async def run(self, seconds: float, per_second: float) -> None:
        """Start calls for `seconds`, then wait for the last one to end."""
        began = time.monotonic()
        running: set[asyncio.Task[None]] = set()
        number = 0
        while time.monotonic() - began < seconds:
            task = asyncio.create_task(self._call(number))
            running.add(task)
            task.add_done_callback(running.discard)
            number += 1
            await asyncio.sleep(max(0.0, began + number / per_second - time.monotonic()))
        await asyncio.gather(*running)

    async def prove(self) -> None:
        """Report for every seat, so that the bridge is proved."""
        for wire in self._wires:
            while True:
                try:
                    await self._post("alive", 1, wire.name)
                    break
                except OSError:  # it does not listen yet
                    await asyncio.sleep(0.1)

    async def _call(self, number: int) -> None:
        wire = self._wires[number % len(self._wires)]
        wire.calls += 1
        for word, pause_s in (("ring", 0.2 * self._talk_s), ("start", 0.8 * self._talk_s), ("end", 0.0)):
            await self._post(word, number + 1, wire.name)
            await asyncio.sleep(pause_s)

    async def _post(self, word: str, call: int, seat: str) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        self._stamp += 1
        writer.write(
            f"POST /v1/state/{word}?call={call}&seat={seat} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\n"
            f"Authorization: Bearer {self._token}\r\nContent-Length: 0\r\n\r\n".encode()
        )
        answer = await reader.read()
        writer.close()
        if not answer.startswith(b"HTTP/1.1 204"):
            raise SystemExit(f"agent_load: the agent answered {answer[:40]!r}")


async def drive(options: argparse.Namespace, wires: list[Wire], pid: int, folder: Path) -> list[Sample]:
    """The run itself; samples every `--sample-s` seconds."""
    loop = asyncio.get_running_loop()
    for wire in wires:
        loop.add_reader(wire.master, wire.read)
    token_file = folder / "token"
    while not token_file.exists():
        await asyncio.sleep(0.1)
    token = token_file.read_text().strip()
    talk_s = min(20.0, 0.7 * len(wires) / options.calls_per_second)
    load = Load(wires, options.port, token, talk_s)
    await load.prove()
    while any(wire.received[-1:] != b"E" for wire in wires):
        await asyncio.sleep(0.1)
    for wire in wires:
        wire.received.clear()
    began = time.monotonic()
    samples = [Sample.take(pid, began)]
    run = asyncio.create_task(load.run(options.seconds, options.calls_per_second))
    while not run.done():
        await asyncio.wait([run], timeout=options.sample_s)
        samples.append(Sample.take(pid, began))
    run.result()
    await asyncio.sleep(1.0)  # an extra byte would arrive now
    for _ in range(200):
        if not wrong_wires(wires):
            break
        await asyncio.sleep(0.1)
    return samples


def wrong_wires(wires: list[Wire]) -> list[str]:
    """Pads that were not sent one R, T, E for each call."""
    return [wire.name for wire in wires if bytes(wire.received) != b"RTE" * wire.calls]


def summary(samples: list[Sample], wires: list[Wire], log_bytes: int) -> dict[str, object]:
    """Figures: CPU as a share of one core; memory at the first sample, after a tenth, at the end."""
    first, last = samples[0], samples[-1]
    tenth = samples[len(samples) // 10]
    return {
        "seconds": round(last.at_s, 1),
        "pads": len(wires),
        "calls": sum(wire.calls for wire in wires),
        "cpu_share": round((last.cpu_s - first.cpu_s) / (last.at_s - first.at_s), 4),
        "resident_mib": [round(sample.resident / 2**20, 2) for sample in (first, tenth, last)],
        "resident_most_mib": round(max(sample.resident for sample in samples) / 2**20, 2),
        "log_bytes": log_bytes,
        "wrong_pads": wrong_wires(wires),
    }


def main(arguments: list[str] | None = None) -> int:
    """Run and print the figures. 1 if a pad received anything but its calls."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=3600.0)
    parser.add_argument("--pads", type=int, default=50)
    parser.add_argument("--calls-per-second", type=float, default=1.0)
    parser.add_argument("--sample-s", type=float, default=10.0)
    parser.add_argument("--port", type=int, default=17413)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(arguments)
    wires = [Wire.make(f"pad{number}") for number in range(options.pads)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "agent.toml").write_text(configuration(folder, wires, options.port))
        environment = {**os.environ, "KESU_RUNTIME_DIR": str(folder / "run")}
        command = [sys.executable, "-m", "kesu", "agent", "--config", str(folder / "agent.toml")]
        with subprocess.Popen(command, env=environment) as agent:
            try:
                samples = asyncio.run(drive(options, wires, agent.pid, folder))
            finally:
                agent.terminate()
        log_bytes = sum(path.stat().st_size for path in folder.glob("agent.log*"))
        found = summary(samples, wires, log_bytes)
    text = json.dumps(found)
    print(text)
    if options.json:
        options.json.write_text(text + "\n")
    return 1 if found["wrong_pads"] else 0


if __name__ == "__main__":
    sys.exit(main())
