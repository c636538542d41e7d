"""command: `kesu relay`, call states from the PBX to each seat's agent."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import asyncio
import contextlib
import json
import signal
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import click

from kesu.agent.calls import Report
from kesu.agent.source import Loss, keep_running
from kesu.common.command_types import INPUT_FILE, Command
from kesu.common.errors import Exit, KesuError
from kesu.fleet.served import Address, serving
from kesu.relay import page
from kesu.relay.config import Config, Pbx, load
from kesu.relay.server import Server

CHECK_S = 20.0
"""Longer than a connection, a login and a list of seats may take together."""
LOOK_S = 0.5


@click.command(
    "relay",
    cls=Command,
    examples=(
        "kesu relay",
        "kesu relay --check",
        "kesu relay --config relay.toml --check --json",
    ),
)
@click.option(
    "--config",
    type=INPUT_FILE,
    default=Path("/etc/kesu/relay.toml"),
    help="Configuration file; it names the file with credentials.",
)
@click.option(
    "--check",
    is_flag=True,
    help="Connect to every PBX, print whether it answers and which seats it sees.",
)
@click.option("--json", "as_json", is_flag=True, help="With --check: print JSON.")
def command(config: Path, check: bool, as_json: bool) -> None:
    """Pass call states from the site's PBX to the agent of each seat. One relay serves a site.

    It holds the PBX credentials, so no operator's PC does. It logs on stderr when a PBX comes and goes and
    which seats it does not see, never a number, a name or a call. Exit code of --check: 1 if a PBX does not
    answer, 3 if one does not see a seat.
    """
    if as_json and not check:
        raise click.UsageError("--json goes with --check.")
    settings = load(config)
    for pbx in settings.pbxs:
        if pbx.in_the_clear:
            _say(f"WARNING: {pbx.source.name}: `plain_text`: nothing that goes to that machine is encrypted")
    if check:
        found = asyncio.run(_check(settings))
        tables = {"version": 1, "pbxs": [one.table() for one in found]}
        click.echo(json.dumps(tables, indent=2) if as_json else "\n".join(one.line() for one in found))
        if any(one.loss is not None for one in found):
            raise SystemExit(Exit.NO)
        if any(one.unseen for one in found):
            raise SystemExit(Exit.NOT_PROVEN)
        return
    asyncio.run(relay(settings, _say))


def _say(line: str) -> None:
    """Print to stderr. If stderr cannot be written (a full disk), the relay goes on."""
    with contextlib.suppress(OSError):
        click.echo(line, err=True)


async def relay(settings: Config, say: Callable[[str], None]) -> None:
    """Run until SIGTERM or SIGINT. Raises KesuError when the address cannot be bound."""
    server = Server(settings.tokens)
    try:
        listening = await server.serve(settings.host, settings.port, settings.tls)
    except OSError as error:
        raise KesuError(
            f"{settings.host}:{settings.port} cannot be had: {error.strerror}.", code=Exit.TRY_AGAIN
        ) from None
    say(f"listening on {settings.host}:{listening.sockets[0].getsockname()[1]}")
    async with listening, _page(server, settings.page, say):
        await _until_stopped(server, settings, say)


@contextlib.asynccontextmanager
async def _page(server: Server, address: Address | None, say: Callable[[str], None]) -> AsyncIterator[None]:
    """Serve the page of seats. KesuError when its address cannot be bound."""
    if address is None:
        yield
        return
    async with contextlib.AsyncExitStack() as stack:
        try:
            port = await stack.enter_async_context(serving(address, partial(page.answer, server)))
        except OSError as error:
            raise KesuError(
                f"[page] {address.host}:{address.port} cannot be had: {error.strerror}.", code=Exit.TRY_AGAIN
            ) from None
        say(f"page of seats on {'http' if address.tls is None else 'https'}://{address.host}:{port}/")
        yield


async def _until_stopped(server: Server, settings: Config, say: Callable[[str], None]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):  # Windows
            loop.add_signal_handler(number, stop.set)
    tasks = [asyncio.create_task(server.pulse())]
    for pbx in settings.pbxs:
        follower = _Follower(pbx, partial(server.report, pbx.seats), say)
        tasks.append(asyncio.create_task(keep_running(pbx.source, follower.report, follower.note)))
        tasks.append(asyncio.create_task(follower.watch()))
    stopping = asyncio.create_task(stop.wait())
    done, _ = await asyncio.wait([*tasks, stopping], return_when=asyncio.FIRST_COMPLETED)
    for task in (*tasks, stopping):
        task.cancel()
    await asyncio.gather(*tasks, stopping, return_exceptions=True)
    for task in done - {stopping}:
        task.result()  # an internal error ends the relay with a status, so that it is restarted


class _Follower:
    """Forwards a PBX's reports; prints when it connects or is lost, and which seats it does not see."""

    def __init__(self, pbx: Pbx, pass_on: Callable[[Report], None], say: Callable[[str], None]) -> None:
        self._pbx = pbx
        self._name = pbx.source.name
        self._pass_on = pass_on
        self._say = say
        self._here = False
        self._unseen: dict[str, str] = {}
        self._loss: Loss | None = None

    def report(self, report: Report) -> None:
        self._pass_on(report)
        if report.seat and self._here:
            self._look()

    def note(self, _name: str, loss: Loss) -> None:
        if self._here or loss is not self._loss:
            self._say(f"{self._name}: lost ({loss.value}{_more(loss)})")
        self._here, self._loss = False, loss

    async def watch(self) -> None:
        """Print which seats the PBX sees once it has answered, then the changes. Never returns."""
        while True:
            await asyncio.sleep(LOOK_S)
            if self._pbx.source.is_counted and not self._here:
                self._here, self._loss = True, None
                self._unseen = {}
                self._say(f"{self._name}: here")
            if self._here:
                self._look()

    def _look(self) -> None:
        before, self._unseen = self._unseen, self._pbx.source.unseen
        for seat, why in self._unseen.items():
            if seat not in before:
                self._say(f"{self._name}: seat {seat} is not seen ({why})")
        for seat in before:
            if seat not in self._unseen:
                self._say(f"{self._name}: seat {seat} is seen")


@dataclass(frozen=True, slots=True)
class _Found:
    """The result of --check for one PBX: why it does not answer, or which seats it does not see, and why."""

    pbx: Pbx
    loss: Loss | None
    unseen: dict[str, str]

    def line(self) -> str:
        name = self.pbx.source.name
        if self.loss is not None:
            seats = ", ".join(sorted(self.pbx.seats))
            return f"{name}: {self.loss.value}{_more(self.loss)} (seats {seats})"
        seen = ", ".join(sorted(self.pbx.seats - self.unseen.keys()))
        lines = [f"{name}: answers (seats {seen})" if seen else f"{name}: answers (no seat)"]
        lines += [f"  seat {seat}: NOT SEEN, {why}" for seat, why in sorted(self.unseen.items())]
        return "\n".join(lines)

    def table(self) -> dict[str, Any]:
        return {
            "name": self.pbx.source.name,
            "answers": self.loss is None,
            "loss": self.loss.value if self.loss else None,
            "in_the_clear": self.pbx.in_the_clear,
            "seats": [
                {
                    "name": seat,
                    "proven": self.loss is None and seat not in self.unseen,
                    "why": self._why(seat),
                }
                for seat in sorted(self.pbx.seats)
            ],
        }

    def _why(self, seat: str) -> str | None:
        return self.loss.value if self.loss else self.unseen.get(seat)


def _more(loss: Loss) -> str:
    return {
        Loss.RIGHTS: ": it does not list its seats; AMI's user needs `write = reporting` for channels",
        Loss.TLS: ": the other end may not speak TLS, or this is its port without TLS",
    }.get(loss, "")


async def _check(settings: Config) -> list[_Found]:
    """The result of every PBX."""
    return list(await asyncio.gather(*(_one(pbx) for pbx in settings.pbxs)))


async def _one(pbx: Pbx) -> _Found:
    """Follow one PBX until it has listed its seats, is lost, or CHECK_S have passed."""
    losses: list[Loss] = []
    source = pbx.source
    task = asyncio.create_task(
        keep_running(source, lambda report: None, lambda _name, loss: losses.append(loss))
    )
    end = asyncio.get_running_loop().time() + CHECK_S
    try:
        while not source.is_counted and not losses and asyncio.get_running_loop().time() < end:
            await asyncio.sleep(0.02)
        unseen = source.unseen
        counted = source.is_counted
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    if losses or not counted:
        return _Found(pbx, losses[0] if losses else Loss.SILENT, {})
    return _Found(pbx, None, unseen)
