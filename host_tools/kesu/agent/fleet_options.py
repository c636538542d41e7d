"""fleet_options: the table [fleet] of agent.toml: who gets this agent's counts. Without it, nobody.

[fleet]
seat = "A12"            # label of the counts; with `relay`, that source's seat
every_s = 60            # between two reports that are sent
metrics_port = 9414     # Prometheus text on http://127.0.0.1:9414/metrics
metrics_token = "..."   # a file: readers must show its content as a Bearer token
relay = "calls"         # a source of kind "relay": its relay gets the counts
otlp = "https://collector.example:4318/v1/metrics"
otlp_token = "..."      # a file: sent as a Bearer token
otlp_ca = "..."         # a PEM file; default: the PC's own
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import re
import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit

from kesu.agent.options import Options
from kesu.agent.place import is_loopback
from kesu.agent.private import read_private
from kesu.agent.reading.relayed import NAME

_TOKEN = re.compile(r"[!-~]{16,256}")


@dataclass(frozen=True, slots=True)
class Collector:
    """An OTLP/HTTP endpoint. tls None: plain HTTP, on loopback only."""

    host: str
    port: int
    path: str
    token: str
    tls: ssl.SSLContext | None


@dataclass(frozen=True, slots=True)
class FleetOptions:
    """What is reported, and where to. port 0: nothing is served. relay "": nothing is sent to a relay."""

    seat: str = ""
    every_s: float = 60.0
    port: int = 0
    token: str = ""
    relay: str = ""
    collector: Collector | None = None


def read(options: Options, relays: dict[str, str]) -> FleetOptions:
    """Check the table. `relays`: source of kind relay -> its seat. KesuError names a faulty key."""
    relay = options.text("relay") if options.has("relay") else ""
    if relay and relay not in relays:
        raise options.error("relay", 'names no source of kind "relay"')
    seat = options.text("seat", relays.get(relay) or "-")
    if relay and seat != relays[relay]:
        raise options.error("seat", "differs from the seat of the relay's source")
    seat = "" if seat == "-" else seat
    if seat and not NAME.fullmatch(seat):
        raise options.error("seat", "must be letters, digits, dots, dashes and underscores, at most 48")
    found = FleetOptions(
        seat,
        options.number("every_s", 60, least=10, most=3600),
        options.port("metrics_port") if options.has("metrics_port") else 0,
        _token(options, "metrics_token"),
        relay,
        _collector(options),
    )
    options.done()
    if found.collector is not None and not found.seat:
        raise options.error("seat", "is missing: a collector must know whose counts these are")
    return found


def _token(options: Options, key: str) -> str:
    if not options.has(key):
        return ""
    token = read_private(options.path(key)).decode("ascii", "replace").strip()
    if not _TOKEN.fullmatch(token):
        raise options.error(key, "must name a file with one word of 16 to 256 characters")
    return token


def _collector(options: Options) -> Collector | None:
    token = _token(options, "otlp_token")
    authority = options.path("otlp_ca") if options.has("otlp_ca") else None
    if not options.has("otlp"):
        return None
    parts = urlsplit(options.text("otlp"))
    host = parts.hostname or ""
    try:
        port = parts.port or 4318
    except ValueError:
        raise options.error("otlp", "has no port from 1 to 65535") from None
    plain = parts.scheme == "http"
    if not host or parts.username or parts.query or parts.fragment or parts.scheme not in ("http", "https"):
        raise options.error("otlp", 'must be like "https://collector.example:4318/v1/metrics"')
    if plain and not is_loopback(host):
        raise options.error("otlp", "must begin with https: for another machine")
    tls = None
    if not plain:
        try:
            tls = ssl.create_default_context(cafile=None if authority is None else str(authority))
        except (OSError, ssl.SSLError):
            raise options.error("otlp_ca", "must name a PEM file of certificates") from None
    return Collector(host, port, parts.path or "/v1/metrics", token, tls)
