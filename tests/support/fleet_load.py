"""fleet_load: many simulated agents against one `kesu relay` over TLS, with its restart in the middle.

Each agent is the real relay source and the real rules of calls of one pad, and sends counts on its own
connection; a pad is the list of bytes that its line would be given. The PBX is `LiveAsterisk`. Measured are the
relay's processor time and memory, and the time from the PBX's event that ends a call to the byte for the pad.
On a busy machine a wall-clock time says little, so the lag of an idle loop is measured beside it.

    .venv/bin/python tests/support/fleet_load.py --agents 300 --seconds 60
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import random
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

import certificates
from agent_load import Sample
from agent_runs import free_port
from kesu.agent.calls import Report, SourceView
from kesu.agent.merge import PadCalls
from kesu.agent.reading.relayed import COUNTS, hello
from kesu.agent.source import keep_running
from kesu.agent.sources.relay import Relay
from kesu.fleet.counts import Counts
from live_pbx import LiveAsterisk
from replay import member

RINGING, IN_USE, FREE = 6, 2, 1
COUNTS_EVERY_S = 10.0
LAG_S = 0.01
PATIENCE_S = 120.0  # passes only when a call is not seen


@dataclass
class Seat:
    """One simulated agent with its pad. sent: bytes for the pad, each with its time; ended: calls' ends."""

    name: str
    source: Relay
    calls: PadCalls = field(init=False)
    sent: bytearray = field(default_factory=bytearray)
    ready_at: float = 0.0
    lost_at: float = 0.0
    ended: int = 0
    in_call: bool = False
    waiting: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.calls = PadCalls({"relay": SourceView(self.source.bounds)})

    def report(self, report: Report) -> None:
        """What the agent does with a report."""
        was_up = self.calls.dtr
        data = self.calls.take("relay", report, time.monotonic())
        if was_up and not self.calls.dtr:
            self.lost_at = time.monotonic()
        if b"E" in data:
            self.ready_at = time.monotonic()
            self.waiting.set()
        self.sent += data

    async def follow(self) -> None:
        """Run the source for ever, as the agent does."""
        await keep_running(self.source, self.report, lambda _name, _loss: None)

    async def count(self) -> None:
        """Send counts for ever, as the agent does with `every_s = 10`."""
        place = self.source.place
        await asyncio.sleep(random.uniform(0, COUNTS_EVERY_S))
        while True:
            with contextlib.suppress(OSError, EOFError):
                reader, writer = await asyncio.open_connection(place.host, place.port, ssl=place.tls)
                try:
                    writer.write(hello(place.seat, place.token, COUNTS))
                    await reader.readline()
                    while not reader.at_eof():
                        writer.write(Counts("0.1.0", pads_up=1, wipes_confirmed=self.ended).line())
                        await writer.drain()
                        await asyncio.sleep(COUNTS_EVERY_S)
                finally:
                    writer.transport.abort()
            await asyncio.sleep(COUNTS_EVERY_S * random.uniform(0.9, 1.1))


class Site:
    """Seats, PBX and relay of one run."""

    def __init__(self, folder: Path, agents: int) -> None:
        certificates.make(folder)
        self.folder = folder
        self.port, self.page = free_port(), free_port()
        names = [f"A{number:03d}" for number in range(agents)]
        self.interfaces = {name: f"PJSIP/{1000 + at}" for at, name in enumerate(names)}
        members = {one: {"support": (FREE, False)} for one in self.interfaces.values()}
        self.pbx = LiveAsterisk(members)
        tls = ssl.create_default_context(cafile=str(folder / "relay.pem"))
        self.seats = [
            Seat(name, Relay(name, "127.0.0.1", self.port, name, f"token-of-seat-{name}", tls))
            for name in names
        ]
        self._write()

    def _write(self) -> None:
        seats = "\n".join(f'{name} = "{interface}"' for name, interface in self.interfaces.items())
        tokens = "\n".join(f'{name} = "token-of-seat-{name}"' for name in self.interfaces)
        folder = self.folder
        (folder / "relay.toml").write_text(
            f'credentials = "{folder}/credentials.toml"\nport = {self.port}\n'
            f'certificate = "{folder}/relay.pem"\nkey = "{folder}/relay.key"\n'
            f"[page]\nport = {self.page}\n"
            f'[pbx.main]\nkind = "asterisk"\nport = {self.pbx.port}\n[pbx.main.seats]\n{seats}\n'
        )
        (folder / "credentials.toml").write_text(
            f'[pbx.main]\nusername = "kesu"\nsecret = "s3cret"\n[seats]\n{tokens}\n'
        )
        (folder / "credentials.toml").chmod(0o600)

    def start(self) -> subprocess.Popen[bytes]:
        """The relay, as a process."""
        command = [sys.executable, "-m", "kesu", "relay", "--config", str(self.folder / "relay.toml")]
        return subprocess.Popen(command, stderr=subprocess.DEVNULL, env=dict(os.environ))

    def device(self, seat: Seat, status: int) -> None:
        """The PBX reports a seat's device."""
        interface = self.interfaces[seat.name]
        self.pbx.members[interface]["support"] = (status, False)
        self.pbx.tell(member(interface, status))

    async def counted(self) -> None:
        """Wait until the relay has counts of every seat."""
        while (await read_page(self))[2] < len(self.seats):
            await asyncio.sleep(0.5)

    async def up(self) -> float:
        """Wait until every line is up; the seconds that it took."""
        began = time.monotonic()
        while not all(seat.calls.dtr for seat in self.seats):
            await asyncio.sleep(0.02)
        return time.monotonic() - began

    async def call(self, seat: Seat, talk_s: float, latencies: list[float]) -> None:
        """One call, from ring to the byte that follows hang-up."""
        seat.in_call = True
        self.device(seat, RINGING)
        await asyncio.sleep(0.2 * talk_s)
        self.device(seat, IN_USE)
        await asyncio.sleep(0.8 * talk_s)
        seat.waiting.clear()
        began = time.monotonic()
        self.device(seat, FREE)
        async with asyncio.timeout(PATIENCE_S):
            await seat.waiting.wait()
        latencies.append(seat.ready_at - began)
        seat.ended += 1
        seat.in_call = False

    async def load(self, seconds: float, per_second: float) -> list[float]:
        """Calls at a steady rate, seat after seat; the time from each end to its byte, in s."""
        latencies: list[float] = []
        running: set[asyncio.Task[None]] = set()
        talk_s = min(10.0, 0.5 * len(self.seats) / per_second)
        began, number = time.monotonic(), 0
        while time.monotonic() - began < seconds:
            seat = self.seats[number % len(self.seats)]
            if not seat.in_call:
                task = asyncio.create_task(self.call(seat, talk_s, latencies))
                running.add(task)
                task.add_done_callback(running.discard)
            number += 1
            await asyncio.sleep(max(0.0, began + number / per_second - time.monotonic()))
        await asyncio.gather(*running)
        return latencies

    def wrong(self) -> list[str]:
        """Seats whose pad did not get one R, T, E for each call, in that order."""
        return [seat.name for seat in self.seats if bytes(seat.sent) != b"RTE" * seat.ended]


async def lag(found: list[float]) -> None:
    """How much later than asked for an idle loop wakes up, in s, for ever."""
    while True:
        began = time.monotonic()
        await asyncio.sleep(LAG_S)
        found.append(time.monotonic() - began - LAG_S)


async def read_page(site: Site) -> list[int]:
    """Read page and metrics as a browser and Prometheus do; sizes in bytes, and the number of seats with counts."""

    def read(path: str) -> bytes:
        with urllib.request.urlopen(f"http://127.0.0.1:{site.page}{path}", timeout=30) as answer:
            return bytes(answer.read())

    page, metrics = [await asyncio.to_thread(read, path) for path in ("/", "/metrics")]
    return [len(page), len(metrics), metrics.count(b"\nkesu_agent_info{")]


async def scrape(site: Site) -> None:
    """Read both every 10 s, for ever."""
    while True:
        with contextlib.suppress(OSError):  # the relay is starting
            await read_page(site)
        await asyncio.sleep(10)


def at(values: list[float], share: float) -> float:
    """The value that this share of all does not exceed, in ms."""
    ordered = sorted(values)
    return round(1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))], 1)


async def run(site: Site, seconds: float, per_second: float) -> dict[str, object]:
    """Connect, call, kill the relay during calls, start it again, call. The figures."""
    lags: list[float] = []
    began = time.monotonic()
    relay = site.start()
    tasks = [asyncio.create_task(action) for seat in site.seats for action in (seat.follow(), seat.count())]
    tasks += [asyncio.create_task(lag(lags)), asyncio.create_task(scrape(site))]
    try:
        connected_s = await site.up()
        await site.counted()
        await asyncio.sleep(2.0)
        for seat in site.seats:
            seat.sent.clear()  # the first E
        first = Sample.take(relay.pid, began)
        latencies = await site.load(seconds, per_second)
        last = Sample.take(relay.pid, began)
        taken = await read_page(site)
        wrong = site.wrong()
        # The relay is killed while every tenth seat is in a call.
        talking = site.seats[::10]
        for seat in talking:
            site.device(seat, IN_USE)
        while not all(seat.sent.endswith(b"T") for seat in talking):
            await asyncio.sleep(0.01)
        killed = time.monotonic()
        relay.kill()
        relay.wait()
        while any(seat.calls.dtr for seat in site.seats):
            await asyncio.sleep(0.01)
        lost_s = max(seat.lost_at for seat in site.seats) - killed
        for seat in talking:
            site.device(seat, FREE)
        began = time.monotonic()
        relay = site.start()
        back_s = await site.up()
        again = Sample.take(relay.pid, began)
        for seat in site.seats:
            seat.sent.clear()
            seat.ended = 0
        after = await site.load(seconds / 4, per_second)
        wrong += site.wrong()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        relay.kill()
        relay.wait()
    cpu_s = last.cpu_s - first.cpu_s
    return {
        "agents": len(site.seats),
        "calls": len(latencies),
        "connected_s": round(connected_s, 1),
        "cpu_s_connecting": round(first.cpu_s, 2),
        "cpu_share": round(cpu_s / (last.at_s - first.at_s), 4),
        "cpu_ms_per_call": round(1000 * cpu_s / max(1, len(latencies)), 1),
        "resident_mib": [round(sample.resident / 2**20, 1) for sample in (first, last)],
        "hang_up_to_byte_ms": {
            "p50": at(latencies, 0.5),
            "p99": at(latencies, 0.99),
            "most": at(latencies, 1),
        },
        "idle_loop_lag_ms": {"p50": at(lags, 0.5), "p99": at(lags, 0.99)},
        "restart": {
            "in_call": len(talking),
            "all_lost_ms": round(1000 * lost_s, 1),
            "all_back_s": round(back_s, 1),
            "cpu_s": round(again.cpu_s, 2),
            "calls_after": len(after),
            "p99_after_ms": at(after, 0.99),
        },
        "page_and_metrics_bytes": taken[:2],
        "wrong_seats": wrong,
        "load_average": round(os.getloadavg()[0], 1),
    }


def main(arguments: list[str] | None = None) -> int:
    """Run and print the figures. 1 if a pad got anything but its calls."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--agents", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--calls-per-second", type=float, default=5.0)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        site = Site(Path(name), options.agents)
        with site.pbx:
            found = asyncio.run(run(site, options.seconds, options.calls_per_second))
    text = json.dumps(found)
    print(text)
    if options.json:
        options.json.write_text(text + "\n")
    return 1 if found["wrong_seats"] else 0


if __name__ == "__main__":
    sys.exit(main())
