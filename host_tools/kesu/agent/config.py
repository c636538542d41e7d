"""config: the agent's TOML file, checked completely before anything starts."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from kesu.agent import fleet_options, sources
from kesu.agent.calls import WrapUp
from kesu.agent.fleet_options import FleetOptions
from kesu.agent.log import Name
from kesu.agent.merge import Several
from kesu.agent.options import Options
from kesu.agent.ports import AUTO
from kesu.agent.serial_link import BLANK_WITHIN_S
from kesu.agent.source import Source
from kesu.agent.sources.relay import Relay
from kesu.agent.windows import policies as group_policies
from kesu.agent.windows.policies import Policies
from kesu.common.documents import from_toml
from kesu.common.errors import Exit, KesuError, unreadable

MOST_BYTES = 256 * 1024
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,31}")

# Used without a file: one pad, `kesu hook`, and the seat watcher.
DEFAULT: dict[str, object] = {
    "pads": {"desk": {"port": AUTO}},
    "sources": {"hook": {"kind": "hook"}, "seat": {"kind": "seat"}},
}


@dataclass(frozen=True, slots=True)
class PadOptions:
    """One `[pads.NAME]`: its port setting (see `ports.locate`), its sources, its timeout for DSR in s."""

    name: Name
    port: str
    sources: tuple[Name, ...]
    blank_within_s: float


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """One `[sources.NAME]`."""

    name: Name
    kind: str
    source: Source
    wrap_up: WrapUp


class Language(Enum):
    """Language of the sign in the notification area. auto: that of Windows."""

    AUTO = "auto"
    JA = "ja"
    EN = "en"


@dataclass(frozen=True, slots=True)
class Config:
    """The whole file. `where`: its path, or a text that says that there is none."""

    where: str
    pads: tuple[PadOptions, ...]
    sources: tuple[SourceOptions, ...]
    several: Several
    loopback: bool  # answer `--check` on a loopback port, not on a socket in the file system
    log_path: Path | None
    log_bytes: int
    log_states: bool
    fleet: FleetOptions
    sign: bool  # in the notification area of Windows
    language: Language


def default_path() -> Path:
    """Default path of the configuration file."""
    return _folder("XDG_CONFIG_HOME", ".config", "APPDATA") / "kesu" / "agent.toml"


def default_token() -> Path:
    """Default path of the HTTP source's token."""
    return _folder("XDG_CONFIG_HOME", ".config", "APPDATA") / "kesu" / "token"


def default_log() -> Path:
    """Default path of the log."""
    return _folder("XDG_STATE_HOME", ".local/state", "LOCALAPPDATA") / "kesu" / "agent.log"


def load(path: Path | None, policies: Policies | None = None) -> Config:
    """Read `path`; None: the default path, or DEFAULT if no file exists there. KesuError for any error.

    policies: default, those of this PC (Windows). They precede the file.
    """
    set_by_it = group_policies.read() if policies is None else policies
    table, where = _file(path, set_by_it)
    if not set_by_it.tables:
        return parse(table, where)
    return parse(set_by_it.applied(table), f"group policies and {where}")


def _file(path: Path | None, policies: Policies) -> tuple[Mapping[str, object], str]:
    """The table of the file and its name; DEFAULT where none is read."""
    if not policies.reads_file:
        return DEFAULT, "built-in settings (a group policy says that no file is read)"
    if path is None or policies.file is not None:
        path = policies.file or default_path()
        if policies.file is None and _is_absent(path):
            return DEFAULT, f"built-in settings (there is no {path})"
    try:
        with path.open("rb") as file:
            text = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise KesuError(
            f"Configuration: {path} cannot be read: {error.strerror}.", code=unreadable(error)
        ) from None
    if len(text) > MOST_BYTES:
        raise KesuError(f"Configuration: {path} is larger than {MOST_BYTES} bytes.", code=Exit.CONFIG)
    try:
        table = from_toml(text)
    except ValueError as error:
        raise KesuError(f"Configuration: {path} {error}.", code=Exit.CONFIG) from None
    return table, str(path)


def _is_absent(path: Path) -> bool:
    """Whether no file exists. A dangling link or an unreadable folder is an error, not a reason for defaults."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def parse(table: Mapping[str, object], where: str) -> Config:
    """Check a parsed TOML table. KesuError names the faulty key."""
    for section in table:
        if section not in ("agent", "fleet", "log", "pads", "sign", "sources"):
            raise KesuError(
                f"{where}: [{_shown(section)}] is not a section.",
                hint="Known: [agent], [fleet], [log], [pads.NAME], [sign], [sources.NAME].",
                code=Exit.CONFIG,
            )
    agent = Options(_table(table, "agent", where), f"{where}: [agent]")
    several = agent.choice("calls", Several, Several.LAST)
    loopback = agent.flag("loopback", os.name == "nt")
    agent.done()
    log = Options(_table(table, "log", where), f"{where}: [log]")
    log_path = log.path("path", default_log()) if log.flag("on", True) else None
    log_bytes = int(log.number("max_kib", 1024, least=16, most=1024 * 1024)) * 1024
    log_states = log.flag("states", False)
    if log_path is None:
        log.path("path", default_log())
    log.done()
    sign = Options(_table(table, "sign", where), f"{where}: [sign]")
    shown, language = sign.flag("on", True), sign.choice("language", Language, Language.AUTO)
    sign.done()
    found = tuple(
        _source(name, options)
        for name, options in _named(_table(table, "sources", where), f"{where}: sources")
    )
    if not found:
        raise KesuError(f"{where}: there is no [sources.NAME].", code=Exit.CONFIG)
    names = tuple(one.name for one in found)
    pads = tuple(
        _pad(name, options, names) for name, options in _named(_table(table, "pads", where), f"{where}: pads")
    )
    if not pads:
        raise KesuError(f"{where}: there is no [pads.NAME].", code=Exit.CONFIG)
    ports = [pad.port for pad in pads]
    if len(set(ports)) < len(ports):
        raise KesuError(f"{where}: two pads have the same port.", code=Exit.CONFIG)
    seats = {str(one.name): one.source.place.seat for one in found if isinstance(one.source, Relay)}
    fleet = fleet_options.read(Options(_table(table, "fleet", where), f"{where}: [fleet]"), seats)
    return Config(
        where=where,
        pads=pads,
        sources=found,
        several=several,
        loopback=loopback,
        log_path=log_path,
        log_bytes=log_bytes,
        log_states=log_states,
        fleet=fleet,
        sign=shown,
        language=language,
    )


def _source(name: Name, options: Options) -> SourceOptions:
    kind = options.text("kind")
    wrap_up = options.choice("wrap_up", WrapUp, WrapUp.REPORTED)
    return SourceOptions(name, kind, sources.build(kind, name, options), wrap_up)


def _pad(name: Name, options: Options, known: tuple[Name, ...]) -> PadOptions:
    port = options.text("port", AUTO)
    chosen = options.names("sources", known)
    for one in chosen:
        if one not in known:
            raise options.error("sources", "names a source that has no [sources.NAME]")
    blank_within_s = options.number("blank_within_s", BLANK_WITHIN_S, least=2.0, most=600.0)
    options.done()
    return PadOptions(name, port, tuple(Name(one) for one in dict.fromkeys(chosen)), blank_within_s)


def _named(table: Mapping[str, object], where: str) -> list[tuple[Name, Options]]:
    found = []
    for name, inner in table.items():
        if not _NAME.fullmatch(name):
            raise KesuError(
                f"{where}: `{_shown(name)}` is not a name.",
                hint="A letter, then up to 31 letters, digits, dots, dashes or underscores.",
                code=Exit.CONFIG,
            )
        if not isinstance(inner, Mapping):
            raise KesuError(f"{where}: `{name}` must be a table.", code=Exit.CONFIG)
        found.append((Name(name), Options(inner, f"{where}.{name}")))
    return found


def _table(table: Mapping[str, object], section: str, where: str) -> Mapping[str, object]:
    found = table.get(section, {})
    if not isinstance(found, Mapping):
        raise KesuError(f"{where}: `{section}` must be a table.", code=Exit.CONFIG)
    return found


def _shown(name: str) -> str:
    return name if name.isprintable() and len(name) <= 32 else "..."


def _folder(variable: str, below_home: str, windows: str) -> Path:
    if os.name == "nt":
        return Path(os.environ.get(windows) or Path.home())
    chosen = os.environ.get(variable)
    if chosen:
        return Path(chosen)
    try:
        return Path.home() / below_home
    except RuntimeError:
        raise KesuError(
            "Configuration: this user has no home directory.", hint="Set HOME.", code=Exit.CONFIG
        ) from None
