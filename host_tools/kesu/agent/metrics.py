"""metrics: what the agent counts, as text for Prometheus on a loopback port, if `[metrics] port` is set.

Counts and flags only: lines, confirmed wipes, lost sources, versions. Not the state of a call, which together with the
times of the readings is a list of calls, and not whether there is a note. Every program of this PC may read it.
Format: prometheus.io, "Exposition formats", text format 0.0.4.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Callable
from importlib import metadata
from typing import Any

from kesu.agent.door import Door
from kesu.agent.serial_link import Happening
from kesu.agent.wire import Wire
from kesu.common.errors import Exit, KesuError

PORT = 7414
LONGEST_REQUEST = 4096
TYPE = b"text/plain; version=0.0.4; charset=utf-8"
COUNTED = {
    Happening.CLOSED: ("kesu_pad_lost_total", "Times that the pad's port was lost."),
    Happening.BLANK: ("kesu_wipes_confirmed_total", "Wipes that the pad confirmed."),
    Happening.NOT_BLANK: ("kesu_wipes_unconfirmed_total", "Wipes without a confirmation in time."),
    Happening.FAULT: ("kesu_pad_faults_total", "Faults that the pad showed."),
    Happening.SPOKE: ("kesu_pad_spoke_total", "Pads that sent bytes, which a sealed pad never does."),
    Happening.STALLED: ("kesu_agent_stalled_total", "Times that the agent did not turn in time."),
}


class Counts:
    """Counted since the agent began: by pad and happening, and lost sources by source and reason."""

    def __init__(self) -> None:
        self.happened: Counter[tuple[str, Happening]] = Counter()
        self.losses: Counter[tuple[str, str]] = Counter()


def text(described: dict[str, Any], counts: Counts) -> str:
    """The whole page. described: as `kesu.agent.status.describe` gives it."""
    lines: list[str] = []

    def family(name: str, what: str, kind: str, values: list[tuple[str, float]]) -> None:
        lines.extend((f"# HELP {name} {what}", f"# TYPE {name} {kind}"))
        lines.extend(f"{name}{{{labels}}} {value:.15g}" for labels, value in values)

    pads, sources = described["pads"], described["sources"]
    family("kesu_info", "The version of the agent.", "gauge", [(f'version="{_version()}"', 1)])
    family("kesu_uptime_seconds", "Since the agent began.", "gauge", [("", described["uptime_s"])])
    family("kesu_log_failing", "1: the log cannot be written.", "gauge", [("", described["log"]["failing"])])
    flags: list[tuple[str, str, Callable[[dict[str, Any]], object]]] = [
        ("kesu_pad_connected", "1: the pad's port is open.", lambda pad: pad["connected"]),
        (
            "kesu_line_up",
            "1: DTR is high: all sources see the seat.",
            lambda pad: pad["connected"] and pad["dtr"],
        ),
        ("kesu_pad_fault", "1: the pad shows a fault.", lambda pad: pad["fault"]),
    ]
    for name, what, flag in flags:
        family(name, what, "gauge", [(_label("pad", pad["name"]), bool(flag(pad))) for pad in pads])
    for happening, (name, what) in COUNTED.items():
        values = [(_label("pad", pad["name"]), counts.happened[pad["name"], happening]) for pad in pads]
        family(name, what, "counter", [(labels, float(value)) for labels, value in values])
    seen = [(_of_source(source), float(bool(source["here"]))) for source in sources]
    family("kesu_source_sees_seat", "1: the source has proved that it sees its seats.", "gauge", seen)
    lost = [
        (f"{_of_source(source)},{_label('reason', reason)}", float(count))
        for source in sources
        for (name, reason), count in sorted(counts.losses.items())
        if name == source["name"]
    ]
    family("kesu_source_lost_total", "Times that the source was lost, by reason.", "counter", lost)
    return "\n".join(lines).replace("{}", "") + "\n"


def _version() -> str:
    try:
        return metadata.version("kesu")
    except metadata.PackageNotFoundError:
        return "unknown"


def _label(name: str, value: str) -> str:
    """Names of settings and fixed words: they have no character that would need an escape."""
    return f'{name}="{value}"'


def _of_source(source: dict[str, Any]) -> str:
    return f"{_label('source', source['name'])},{_label('kind', source['kind'])}"


@contextlib.asynccontextmanager
async def serving(port: int | None, page: Callable[[], str]) -> AsyncIterator[int | None]:
    """Answer `GET /metrics` on a port of 127.0.0.1; None: on none. Gives the port. KesuError if it is taken.

    A flood closes its own connections, not the agent's sources.
    """
    if port is None:
        yield None
        return
    door = Door()

    def connection() -> Wire:
        def received(buffer: bytearray, end: int) -> int:
            stop = buffer.find(b"\r\n\r\n", 0, end)
            if stop < 0:
                return 0
            status, body = answer(bytes(buffer[:stop]), page)
            head = b"HTTP/1.1 %s\r\nConnection: close\r\nContent-Type: %s\r\n" % (status, TYPE)
            wire.send(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)
            wire.finish()
            return end

        wire = door.wire(received, LONGEST_REQUEST)
        return wire

    loop = asyncio.get_running_loop()
    try:
        server = await loop.create_server(connection, "127.0.0.1", port)
    except OSError as error:
        raise KesuError(
            f"Agent: metrics cannot be served on port {port} of 127.0.0.1: {error.strerror}.",
            hint="Choose another `port` in [metrics].",
            code=Exit.TRY_AGAIN,
        ) from None
    number: int = server.sockets[0].getsockname()[1]
    try:
        async with server:
            yield number
    finally:
        door.close()


def answer(request: bytes, page: Callable[[], str]) -> tuple[bytes, bytes]:
    """Status and body for the head of a request. A foreign Host is refused: it is a page that rebinds its name."""
    first, *lines = request.split(b"\r\n")
    hosts = [
        value.strip()
        for name, _, value in (line.partition(b":") for line in lines)
        if name.lower() == b"host"
    ]
    if len(hosts) != 1 or hosts[0].rpartition(b":")[0] not in (b"127.0.0.1", b"localhost"):
        return b"403 Forbidden", b""
    words = first.split(b" ")
    if len(words) != 3 or words[0] != b"GET":
        return b"405 Method Not Allowed", b""
    if words[1] != b"/metrics":
        return b"404 Not Found", b""
    return b"200 OK", page().encode()
