"""config: the relay's two files: settings (TOML, no secrets) and credentials (TOML, readable by
its user only).

    # relay.toml
    credentials = "/etc/kesu/relay-credentials.toml"
    listen = "127.0.0.1"            # any other address needs the certificate
    port = 7443
    certificate = "/etc/kesu/relay.pem"
    key = "/etc/kesu/relay.key"

    [page]                          # the page of seats; without this table there is none
    listen = "127.0.0.1"            # any other address needs the certificate and a password
    port = 7480

    [pbx.main]
    kind = "asterisk"               # or "freeswitch"
    host = "127.0.0.1"
    port = 5039                     # asterisk 5038, with TLS 5039; freeswitch 8021
    tls = true                      # the default for a PBX on another machine; FreeSWITCH needs a tunnel
    # plain_text = true             # another machine without TLS: anybody on the path can read and change it
    ca = "/etc/kesu/pbx-ca.pem"
    watch = "queues"                # or "channels"
    wrap_up_reasons = ["wrapup"]    # asterisk: pauses that are after-call work
    wrap_up = true                  # freeswitch: after-call work follows every call
    [pbx.main.seats]                # seat -> what the PBX calls it
    A12 = "PJSIP/1001"

    # relay-credentials.toml, mode 600
    [pbx.main]
    username = "kesu"               # asterisk only
    secret = "..."
    [seats]                         # seat -> the token its agent shows
    A12 = "..."
    [page]
    password = "..."                # of the page, with any user name, or as a Bearer token
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from kesu.agent.options import Options
from kesu.agent.place import is_loopback
from kesu.agent.private import read_private
from kesu.agent.reading.relayed import NAME, TOKEN
from kesu.agent.sources.relay import PORT
from kesu.common.documents import from_toml
from kesu.common.errors import Exit, KesuError, unreadable
from kesu.fleet.served import Address
from kesu.relay.asterisk import Asterisk
from kesu.relay.freeswitch import FreeSwitch
from kesu.relay.pbx import PbxSource, Place

MOST_BYTES = 1_048_576
WRAP_UP_REASONS = ("wrapup", "wrap-up", "acw", "ACW", "後作業", "後処理")


class Kind(Enum):
    """Which PBX."""

    ASTERISK = "asterisk"
    FREESWITCH = "freeswitch"


class Watch(Enum):
    """What is watched on a PBX."""

    QUEUES = "queues"
    CHANNELS = "channels"


_PORTS = {(Kind.ASTERISK, True): 5039, (Kind.ASTERISK, False): 5038}
_FREESWITCH_PORT = 8021
PAGE_PORT = 7480


@dataclass(frozen=True)
class Pbx:
    """One PBX and the seats it serves. `in_the_clear`: unencrypted to another machine."""

    source: PbxSource[Any]
    seats: frozenset[str]
    in_the_clear: bool = False


@dataclass(frozen=True)
class Config:
    """Everything, checked."""

    host: str
    port: int
    tls: ssl.SSLContext | None
    tokens: dict[str, str]
    pbxs: tuple[Pbx, ...]
    page: Address | None = None


def load(path: Path) -> Config:
    """Read both files. Raises KesuError for any error; its text contains no value of the credentials."""
    try:
        with path.open("rb") as file:
            text = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise KesuError(f"{path} cannot be read: {error.strerror}.", code=unreadable(error)) from None
    if len(text) > MOST_BYTES:
        raise KesuError(f"{path} is larger than {MOST_BYTES} bytes.", code=Exit.CONFIG)
    table = _toml(text, path)
    pbx_tables = _inner(table.pop("pbx", {}), f"{path}: [pbx]")
    page_table = table.pop("page", None)
    options = Options(table, str(path))
    credentials_path = options.path("credentials")
    host, port = options.text("listen", "127.0.0.1"), options.port("port", PORT)
    certificate, key = options.path("certificate", Path()), options.path("key", Path())
    options.done()
    if not is_loopback(host) and certificate == Path():
        raise KesuError(
            f"{path}: `listen` is not this machine's loopback, and there is no `certificate`.",
            hint="Seats' agents are served over TLS, or on this machine only.",
            code=Exit.CONFIG,
        )
    tls = None if certificate == Path() else _server_tls(path, certificate, key)
    secrets = _toml(read_private(credentials_path), credentials_path)
    tokens = _tokens(secrets, credentials_path)
    found = tuple(
        _pbx(name, Options(_inner(inner, where), where), secrets, credentials_path)
        for name, inner in pbx_tables.items()
        for where in (f"{path}: [pbx.{name}]",)
    )
    _check(path, credentials_path, found, tokens)
    page = None
    if page_table is not None:
        where = f"{path}: [page]"
        password = _page_password(secrets, credentials_path)
        page = _page(Options(_inner(page_table, where), where), password, tls)
    return Config(host, port, tls, tokens, found, page)


def _pbx(name: str, options: Options, secrets: Mapping[str, object], where: Path) -> Pbx:
    kind, watch = options.choice("kind", Kind), options.choice("watch", Watch, Watch.QUEUES)
    host = options.text("host", "127.0.0.1")
    secure, in_the_clear = _encryption(kind, host, options)
    port = options.port("port", _PORTS.get((kind, secure), _FREESWITCH_PORT))
    authority = options.path("ca", Path())
    seats = options.texts("seats")
    for seat in seats:
        if not NAME.fullmatch(seat):
            raise options.error(f"seats.{seat[:48]!r}", "is not a name of letters, digits, dots and dashes")
    by_name = {theirs: seat for seat, theirs in seats.items()}
    if len(by_name) != len(seats):
        raise options.error("seats", "gives one name of the PBX to two seats")
    secret = Options(
        _inner(_inner(secrets.get("pbx", {}), f"{where}: [pbx]").get(name, {}), f"{where}: [pbx.{name}]"),
        f"{where}: [pbx.{name}]",
    )
    place = Place(
        host,
        port,
        secret.text("username") if kind is Kind.ASTERISK else "",
        secret.text("secret"),
        _client_tls(options, authority) if secure else None,
    )
    secret.done()
    channels = watch is Watch.CHANNELS
    source: PbxSource[Any]
    if kind is Kind.ASTERISK:
        reasons = tuple(options.names("wrap_up_reasons", WRAP_UP_REASONS))
        source = Asterisk(name, place, by_name, channels=channels, wrap_up_reasons=reasons)
    else:
        source = FreeSwitch(name, place, by_name, channels=channels, wrap_up=options.flag("wrap_up", False))
    options.done()
    return Pbx(source, frozenset(seats), in_the_clear)


def _encryption(kind: Kind, host: str, options: Options) -> tuple[bool, bool]:
    """(use TLS, in the clear to another machine). KesuError for the latter without `plain_text = true`."""
    remote = not is_loopback(host)
    plain = options.flag("plain_text", False)
    # FreeSWITCH's event socket has no TLS of its own: TLS is never the default there.
    secure = options.flag("tls", remote and not plain and kind is Kind.ASTERISK)
    if secure and plain:
        raise options.error("plain_text", "and `tls` exclude each other")
    if remote and not secure and not plain:
        if kind is Kind.FREESWITCH:
            raise options.error(
                "host",
                "is another machine, and FreeSWITCH's event socket has no TLS: put a tunnel in front of it"
                " (stunnel and `tls = true`, or ssh and a loopback `host`), or set `plain_text = true`",
            )
        raise options.error("tls", "must be true for a PBX on another machine, or `plain_text = true` be set")
    return secure, remote and not secure


def _page_password(secrets: Mapping[str, object], where: Path) -> str:
    if "page" not in secrets:
        return ""
    options = Options(_inner(secrets["page"], f"{where}: [page]"), f"{where}: [page]")
    password = options.text("password")
    options.done()
    if not 16 <= len(password) <= 256:
        raise options.error("password", "must have 16 to 256 characters")
    return password


def _page(options: Options, password: str, tls: ssl.SSLContext | None) -> Address:
    host, port = options.text("listen", "127.0.0.1"), options.port("port", PAGE_PORT)
    options.done()
    if is_loopback(host):
        return Address(host, port, True, password)
    if tls is None or not password:
        raise options.error(
            "listen",
            "is not this machine's loopback: the page needs `certificate`, and a `password` in [page] of the"
            " credentials",
        )
    return Address(host, port, False, password, tls)


def _check(path: Path, where: Path, found: tuple[Pbx, ...], tokens: dict[str, str]) -> None:
    seats = [seat for pbx in found for seat in pbx.seats]
    if not seats:
        raise KesuError(f"{path}: no PBX serves a seat.", code=Exit.CONFIG)
    for seat in seats:
        if seats.count(seat) > 1:
            raise KesuError(f"{path}: seat {seat} is served by two PBXs.", code=Exit.CONFIG)
        if seat not in tokens:
            raise KesuError(
                f"{where}: [seats] has no token for {seat}.",
                hint='python3 -c "import secrets; print(secrets.token_urlsafe())" makes one.',
                code=Exit.CONFIG,
            )
    for seat in tokens:
        if seat not in seats:
            raise KesuError(f"{where}: [seats] names {seat}, which no PBX serves.", code=Exit.CONFIG)


def _tokens(secrets: Mapping[str, object], where: Path) -> dict[str, str]:
    tokens = Options(secrets, str(where)).texts("seats")
    for seat, token in tokens.items():
        if not NAME.fullmatch(seat) or not TOKEN.fullmatch(token):
            raise KesuError(
                f"{where}: [seats] needs names of letters, digits, dots and dashes, and tokens of 16 to 86 "
                "letters, digits, dashes and underscores.",
                code=Exit.CONFIG,
            )
    if len(set(tokens.values())) != len(tokens):
        raise KesuError(f"{where}: [seats] gives one token to two seats.", code=Exit.CONFIG)
    return tokens


def _toml(text: bytes, path: Path) -> dict[str, object]:
    try:
        return from_toml(text)
    except ValueError as error:
        raise KesuError(f"{path} {error}.", code=Exit.CONFIG) from None


def _inner(value: object, where: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise KesuError(f"{where} must be a table.", code=Exit.CONFIG)
    return value


def _server_tls(path: Path, certificate: Path, key: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(certificate, None if key == Path() else key)
    except (OSError, ssl.SSLError):
        raise KesuError(
            f"{path}: `certificate` and `key` must name PEM files that belong together.",
            code=Exit.CONFIG,
        ) from None
    return context


def _client_tls(options: Options, authority: Path) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=None if authority == Path() else str(authority))
    except (OSError, ssl.SSLError):
        raise options.error("ca", "must name a PEM file of certificates") from None
