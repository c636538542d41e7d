"""reporting: serves and sends this agent's counts, as [fleet] says. A failure is tried again, and disturbs no pad."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from functools import partial
from typing import Any

from kesu.agent.counting import counts_of
from kesu.agent.fleet_options import Collector
from kesu.agent.reading.relayed import COUNTS, OK, hello
from kesu.agent.service import Agent
from kesu.agent.sources.relay import Relay
from kesu.fleet import otlp, served
from kesu.fleet.metrics import prometheus, samples

SEND_S = 10.0
"""Time limit of one report."""
KIND = "text/plain; version=0.0.4; charset=utf-8"


@contextlib.asynccontextmanager
async def reporting(agent: Agent, say: Callable[[str], None]) -> AsyncIterator[None]:
    """Report while the agent runs. `say`: prints when reporting begins to fail, and when it works again."""
    running = [asyncio.create_task(task) for task in _tasks(agent, say)]
    try:
        yield
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


def _tasks(agent: Agent, say: Callable[[str], None]) -> Iterator[Coroutine[Any, Any, None]]:
    options = agent.config.fleet
    if options.port:
        yield _kept("metrics", partial(_serve, agent), say, options.every_s, at_once=True)
    if options.collector is not None:
        yield _kept("otlp", partial(_send_otlp, agent, options.collector), say, options.every_s)
    for one in agent.config.sources:
        if one.name == options.relay and isinstance(one.source, Relay):
            yield _kept("counts to the relay", partial(_send_relay, agent, one.source), say, options.every_s)


async def _kept(
    name: str,
    action: Callable[[], Awaitable[None]],
    say: Callable[[str], None],
    every_s: float,
    *,
    at_once: bool = False,
) -> None:
    """Run `action` for ever; the first time at a random moment, so that the seats of a site do not report together."""
    failing = False
    await asyncio.sleep(0 if at_once else random.uniform(0, min(every_s, SEND_S)))
    while True:
        try:
            await action()
            failed = False
        except Exception:  # counts must never end the agent; the text may hold an address
            failed = True
        if failed != failing:
            say(f"fleet: {name}: {'failing' if failed else 'works again'}")
        failing = failed
        await asyncio.sleep(every_s * random.uniform(0.9, 1.1))


async def _serve(agent: Agent) -> None:
    options = agent.config.fleet

    def answer(request: served.Request) -> served.Answer:
        if request.path != "/metrics":
            return served.NOT_FOUND
        return served.Answer(prometheus(samples(counts_of(agent), options.seat)).encode(), KIND)

    address = served.Address("127.0.0.1", options.port, True, options.token)
    async with served.serving(address, answer):
        await asyncio.Event().wait()


async def _send_otlp(agent: Agent, place: Collector) -> None:
    """POST once. OSError unless the collector answers with a status of 2xx; a redirect is not followed."""
    seat = agent.config.fleet.seat
    counts = counts_of(agent)
    now_ns = time.time_ns()
    body = otlp.document(
        samples(counts, seat),
        seat=seat,
        version=counts.version,
        began_ns=now_ns - counts.uptime_s * 10**9,
        now_ns=now_ns,
    )
    head = [
        f"POST {place.path} HTTP/1.1",
        f"Host: {place.host}:{place.port}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        f"User-Agent: kesu/{counts.version}",
        "Connection: close",
        *([f"Authorization: Bearer {place.token}"] if place.token else []),
    ]
    async with asyncio.timeout(SEND_S):
        reader, writer = await asyncio.open_connection(
            place.host, place.port, ssl=place.tls, limit=served.LONGEST
        )
        try:
            writer.write("\r\n".join(head).encode("ascii") + b"\r\n\r\n" + body)
            await writer.drain()
            words = (await reader.readline()).split(b" ")
        finally:
            writer.transport.abort()
    if len(words) < 2 or not words[1].startswith(b"2"):
        raise OSError("the collector did not accept the counts")


async def _send_relay(agent: Agent, relay: Relay) -> None:
    """Keep a connection of its own, so that nothing here can end the one that carries call states."""
    place = relay.place
    every_s = agent.config.fleet.every_s
    async with asyncio.timeout(SEND_S):
        reader, writer = await asyncio.open_connection(
            place.host, place.port, ssl=place.tls, limit=served.LONGEST
        )
    try:
        async with asyncio.timeout(SEND_S):
            writer.write(hello(place.seat, place.token, COUNTS))
            if await reader.readline() != OK:
                raise OSError("the relay did not accept the seat")
        while True:
            writer.write(counts_of(agent).line())
            async with asyncio.timeout(SEND_S):
                await writer.drain()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(every_s):
                    await reader.read(1)  # the relay sends nothing more: this is its end
                    raise EOFError
    finally:
        writer.transport.abort()
