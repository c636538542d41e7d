"""status: the state of the running agent, served on a local stream to `kesu agent --check`."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
import os
import secrets
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from kesu.agent import place
from kesu.agent.counting import counts_of
from kesu.agent.hints import hint
from kesu.agent.secret import write_private
from kesu.agent.service import Agent, Feed, Pad, clock
from kesu.common.bounded import bounded
from kesu.common.documents import from_json

WAIT_S = 2.0
MOST_AT_ONCE = 16
MOST_BYTES = 4 * 1024 * 1024


def describe(agent: Agent) -> dict[str, Any]:
    """Pads, sources, states and ages in s. Only fixed words and configured names."""
    now = clock()
    counts = counts_of(agent)
    return {
        "version": 1,
        "pid": os.getpid(),
        "uptime_s": round(now - agent.began, 1),
        "pads": [_pad(pad, now) for pad in agent.pads],
        "sources": [_source(feed, now) for feed in agent.feeds],
        "fleet": {
            "seat": agent.config.fleet.seat,
            "version": counts.version,
            "counts": counts.numbers(),
        },
        "log": {"failing": agent.log.failing, "lost_lines": agent.log.lost_lines},
    }


@contextlib.asynccontextmanager
async def serving(agent: Agent, loopback: bool) -> AsyncIterator[None]:
    """Answer each client that may open the local socket. OSError if it cannot be created."""
    folder = Path(place.folder())
    token = b""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not token or hmac.compare_digest(await reader.readline(), token + b"\n"):
            writer.write(json.dumps(describe(agent)).encode())

    client = bounded(answer, MOST_AT_ONCE, WAIT_S)
    if loopback:
        mark = folder / place.STATUS_PORT
        token = secrets.token_hex(16).encode()
        server = await asyncio.start_server(client, "127.0.0.1", 0, limit=256)
        write_private(mark, b"%d %s\n" % (server.sockets[0].getsockname()[1], token))
    else:
        mark = folder / place.STATUS_SOCKET
        mark.unlink(missing_ok=True)
        mask = os.umask(0o177)
        try:
            server = await asyncio.start_unix_server(client, str(mark), limit=256)
        finally:
            os.umask(mask)
    try:
        async with server:
            yield
    finally:
        mark.unlink(missing_ok=True)


def ask() -> dict[str, Any] | None:
    """The status of the running agent of this user; None if no agent answers."""
    folder = place.folder()
    path = os.path.join(folder, place.STATUS_SOCKET)
    try:
        if not place.is_private(folder):
            return None  # not our agent
        if hasattr(socket, "AF_UNIX") and os.path.exists(path):
            channel, token = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM), b""
            target: str | tuple[str, int] = path
        else:
            port, token = place.read_port(os.path.join(folder, place.STATUS_PORT))
            channel, target = socket.socket(socket.AF_INET, socket.SOCK_STREAM), ("127.0.0.1", port)
        with channel:
            channel.settimeout(WAIT_S)
            channel.connect(target)
            if token:
                channel.sendall(token + b"\n")
            text = bytearray()
            while len(text) < MOST_BYTES and (piece := channel.recv(65536)):
                text += piece
        found = from_json(text)
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _pad(pad: Pad, now: float) -> dict[str, Any]:
    bits = pad.line.bits
    return {
        "name": pad.options.name,
        "port": pad.line.where if pad.line.connected else None,
        "setting": pad.options.port,
        "connected": pad.line.connected,
        "state": pad.calls.state.name.lower(),
        "state_age_s": _age(pad.changed_at, now),
        "dtr": pad.calls.dtr,
        "note": bits.note if bits else None,
        "blank": bits.blank if bits else None,
        "fault": bits.fault if bits else None,
        "sources": {
            name: {"state": view.state.name.lower(), "heard_s_ago": _age(view.heard_at, now)}
            for name, view in pad.calls.views.items()
        },
    }


def _source(feed: Feed, now: float) -> dict[str, Any]:
    return {
        "name": feed.options.name,
        "kind": feed.options.kind,
        "here": feed.here and not feed.unproven,
        "proven": not feed.unproven,
        "unproven_pads": feed.unproven,
        "hint": hint(feed.options.kind, feed.loss if not feed.here else None) if feed.unproven else None,
        "heard_s_ago": _age(feed.heard_at, now),
        "loss": feed.loss.value if feed.loss and not feed.here else None,
    }


def _age(at: float | None, now: float) -> float | None:
    return None if at is None else round(now - at, 1)
