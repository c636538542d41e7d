"""command: `kesu agent`."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import asyncio
import contextlib
import errno
import json
import os
import signal
import stat
import sys
from collections.abc import Callable, Coroutine, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import click

from kesu.agent import place, ports, status
from kesu.agent.config import Config, load
from kesu.agent.log import Kind, Value
from kesu.agent.reporting import reporting
from kesu.agent.service import Agent
from kesu.common.command_types import INPUT_FILE, Command
from kesu.common.errors import Exit, KesuError


@click.command(
    "agent",
    cls=Command,
    examples=(
        "kesu agent",
        "kesu agent --check",
        "kesu agent --config seat.toml",
    ),
)
@click.option(
    "--config",
    type=INPUT_FILE,
    show_default="~/.config/kesu/agent.toml",
    help="Configuration file; see docs/agent.md.",
)
@click.option("--check", is_flag=True, help="Print what the running agent sees, or what it would see.")
@click.option("--json", "as_json", is_flag=True, help="With --check: print JSON.")
def command(config: Path | None, check: bool, as_json: bool) -> None:
    """Pass the call state of this PC's phone to its pads. On SIGTERM or Ctrl-C the pads are wiped.

    A pad's line stays down until every source has shown that it sees the seat. Exit code of --check: 3 if a
    source has not, or if a pad is missing or reports a fault.
    """
    if as_json and not check:
        raise click.UsageError("--json goes with --check.")
    if check:
        found = status.ask()
        if found is None:
            found = without_agent(load(config))
        click.echo(json.dumps(found, indent=2) if as_json else table(found))
        if not is_well(found):
            sys.exit(Exit.NOT_PROVEN)
        return
    chosen = load(config)
    with alone(), asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        runner.run(serve(chosen))


def _say(line: str) -> None:
    """Print to stderr. If stderr cannot be written (a full disk), the agent goes on."""
    with contextlib.suppress(OSError, ValueError):
        click.echo(f"kesu agent: {line}", err=True)


Noted = Callable[[Kind, Mapping[str, Value]], None]
Beside = Callable[[Agent, Callable[[], None]], Coroutine[None, None, None]]
"""Runs beside an agent until it is cancelled; the function asks the agent to end, from any thread."""


async def serve(
    config: Config, noted: Noted = lambda kind, fields: None, beside: Beside | None = None
) -> None:
    """Run the agent until a signal, or `beside`, asks it to end. noted: see Log."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in ("SIGTERM", "SIGINT", "SIGHUP", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: loop.call_soon_threadsafe(stop.set))
    agent = Agent(config, say=_say, noted=noted)
    others = beside(agent, lambda: _ask(loop, stop)) if beside is not None else None
    task = asyncio.create_task(others) if others is not None else None
    try:
        async with status.serving(agent, config.loopback), reporting(agent, _say):
            await agent.run(stop)
    except OSError as error:
        # A path too long for a socket has no strerror.
        reason = error.strerror or error
        raise KesuError(
            f"Agent: {place.folder()} cannot be used: {reason}.", code=Exit.CANNOT_CREATE
        ) from None
    finally:
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def _ask(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    with contextlib.suppress(RuntimeError):  # the agent has ended already
        loop.call_soon_threadsafe(stop.set)


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Lock out a second agent of this user and disable core dumps. KesuError if an agent already runs."""
    folder = Path(place.folder())
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not place.is_private(str(folder)):
            raise KesuError(
                f"Agent: other users may write to {folder} or replace it, or it is not yours.",
                hint=f"chmod 700 {folder}, or name a folder of your own with KESU_RUNTIME_DIR",
                code=Exit.NO_PERMISSION,
            )
        file = _lock_file(folder / place.LOCK)
    except OSError as error:
        raise KesuError(
            f"Agent: {folder} cannot be used: {error.strerror}.", code=Exit.CANNOT_CREATE
        ) from None
    with file:
        try:
            if os.name == "nt":
                import msvcrt

                msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]  # Windows
            else:
                import fcntl
                import resource

                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
        except OSError:
            raise KesuError(
                "Agent: an agent of this user is already running.",
                hint="kesu agent --check asks it what it sees.",
                code=Exit.TRY_AGAIN,
            ) from None
        yield


def _lock_file(path: Path) -> BinaryIO:
    """Open the lock file. OSError for anything but a plain file; a link is not followed."""
    flags = os.O_RDWR | os.O_CREAT
    for name in ("O_CLOEXEC", "O_NOFOLLOW", "O_NONBLOCK", "O_NOCTTY"):  # not defined on Windows
        flags |= getattr(os, name, 0)
    file = os.fdopen(os.open(path, flags, 0o600), "r+b", buffering=0)
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(errno.EINVAL, f"{path.name} is not a plain file")
    return file


def without_agent(config: Config) -> dict[str, Any]:
    """The status without a running agent: connected pads and the configuration."""
    plugged = [{"port": found.port, "setting": ports.USB + found.place} for found in ports.plugged_in()]
    return {
        "version": 1,
        "pid": None,
        "settings": config.where,
        "plugged_in": plugged,
        "pads": [
            {"name": pad.name, "setting": pad.port, "port": ports.locate(pad.port), "connected": False}
            for pad in config.pads
        ],
        "sources": [
            {"name": one.name, "kind": one.kind, "here": False, "proven": False} for one in config.sources
        ],
    }


def is_well(found: dict[str, Any]) -> bool:
    """Whether every pad is connected with its line up and no fault, and every source sees all its seats."""
    return (
        found["pid"] is not None
        and all(pad["connected"] and pad["dtr"] and not pad["fault"] for pad in found["pads"])
        and all(source["here"] for source in found["sources"])
        and not found["log"]["failing"]
    )


def table(found: dict[str, Any]) -> str:
    """The status as text."""
    if found["pid"] is None:
        lines = ["No agent of this user is running: pads depend on their keys and timeouts."]
        lines += [f"  plugged in: {one['port']}  ({one['setting']})" for one in found["plugged_in"]]
        if not found["plugged_in"]:
            lines.append("  no pad is connected")
        lines.append(f"  settings: {found['settings']}")
        for pad in found["pads"]:
            where = pad["port"] or (
                "no pad, or more than one" if pad["setting"] == ports.AUTO else "not there"
            )
            lines.append(f"  configured: pad {pad['name']}, port {pad['setting']}: {where}")
        lines += [f"  configured: source {one['name']} ({one['kind']})" for one in found["sources"]]
        return "\n".join(lines)
    lines = [f"Agent {found['pid']}, running for {_span(found['uptime_s'])}."]
    for pad in found["pads"]:
        where = pad["port"] if pad["connected"] else f"not there ({pad['setting']})"
        lines.append(f"  pad {pad['name']}: {where}, {pad['state']}, {_bits(pad)}")
        if pad["state"] == "lost":
            lost = [name for name, one in pad["sources"].items() if one["state"] == "lost"]
            lines.append(
                f"    line down, the pad depends on its keys: its seat is not seen by {', '.join(lost)}"
            )
    for one in found["sources"]:
        age = "never heard" if one["heard_s_ago"] is None else f"last event {_span(one['heard_s_ago'])} ago"
        lines.append(f"  source {one['name']} ({one['kind']}): {_proof(one)}, {age}")
        if one["hint"]:
            lines.append(f"    {one['hint']}")
    if found["log"]["failing"]:
        lines.append(f"  log: CANNOT BE WRITTEN, {found['log']['lost_lines']} lines lost")
    return "\n".join(lines)


def _proof(source: dict[str, Any]) -> str:
    if source["here"]:
        return "here"
    if source["loss"]:
        return f"LOST ({source['loss']})"
    return f"NOT PROVEN that it sees {', '.join(source['unproven_pads'])}"


def _bits(pad: dict[str, Any]) -> str:
    if pad["blank"] is None:
        return "modem bits unknown"
    words = [word for word in ("fault", "note", "blank") if pad[word]]
    return ", ".join(words).upper() if pad["fault"] else ", ".join(words) or "wiping"


def _span(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
