"""command: `kesu relay`, call states from the PBX to each seat's agent."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path

import click

from kesu.agent.calls import Event, Report
from kesu.agent.source import Loss, Source, keep_running
from kesu.errors import KesuError
from kesu.relay.config import Config, load
from kesu.relay.server import Server

ADDRESS_TAKEN = 75  # EX_TEMPFAIL of sysexits.h
CHECK_S = 8.0


@click.command("relay")
@click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("/etc/kesu/relay.toml"),
    show_default=True,
    help="What is where; it names the file of credentials.",
)
@click.option("--check", is_flag=True, help="Connect to every PBX, say whether it answers, and end.")
def command(config: Path, check: bool) -> None:
    """Follow the site's PBX and tell each seat's `kesu agent` the state of its calls.

    One per site. It holds the PBX's credentials, so that no operator's PC does. Says on stderr when a PBX
    comes and goes; never a number, a name or a call. With --check the exit status is 1 when a PBX does not
    answer.
    """
    settings = load(config)
    if check:
        if not asyncio.run(_check(settings)):
            raise SystemExit(1)
        return
    asyncio.run(relay(settings, _say))


def _say(line: str) -> None:
    """On stderr. Where that cannot be written (a full disk), the calls are followed all the same."""
    with contextlib.suppress(OSError):
        click.echo(line, err=True)


async def relay(settings: Config, say: Callable[[str], None]) -> None:
    """Run until SIGTERM or SIGINT. Raises KesuError when the address cannot be had."""
    server = Server(settings.tokens)
    try:
        listening = await server.serve(settings.host, settings.port, settings.tls)
    except OSError as error:
        raise KesuError(
            f"{settings.host}:{settings.port} cannot be had: {error.strerror}.", code=ADDRESS_TAKEN
        ) from None
    say(f"listening on {settings.host}:{listening.sockets[0].getsockname()[1]}")
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):  # Windows
            loop.add_signal_handler(number, stop.set)
    tasks = [asyncio.create_task(server.pulse())]
    for pbx in settings.pbxs:
        follower = _Follower(pbx.source.name, partial(server.report, pbx.seats), say)
        tasks.append(asyncio.create_task(keep_running(pbx.source, follower.report, follower.note)))
    stopping = asyncio.create_task(stop.wait())
    async with listening:
        done, _ = await asyncio.wait([*tasks, stopping], return_when=asyncio.FIRST_COMPLETED)
        for task in (*tasks, stopping):
            task.cancel()
        await asyncio.gather(*tasks, stopping, return_exceptions=True)
        for task in done - {stopping}:
            task.result()  # a fault of ours ends the relay with its status, so that it is started again


class _Follower:
    """Passes a PBX's reports on and says when it comes and goes."""

    def __init__(self, name: str, pass_on: Callable[[Report], None], say: Callable[[str], None]) -> None:
        self._name = name
        self._pass_on = pass_on
        self._say = say
        self._here = False
        self._loss: Loss | None = None

    def report(self, report: Report) -> None:
        if not self._here and report.event is not Event.LOST:
            self._here = True
            self._loss = None
            self._say(f"{self._name}: here")
        self._pass_on(report)

    def note(self, _name: str, loss: Loss) -> None:
        if self._here or loss is not self._loss:
            self._say(f"{self._name}: lost ({loss.value})")
        self._here, self._loss = False, loss


async def _check(settings: Config) -> bool:
    """Whether every PBX answered; says what each did."""
    answered = await asyncio.gather(*(_one(pbx.source) for pbx in settings.pbxs))
    for pbx, loss in zip(settings.pbxs, answered, strict=True):
        seats = ", ".join(sorted(pbx.seats))
        click.echo(f"{pbx.source.name}: {'answers' if loss is None else loss.value} (seats {seats})")
    return all(loss is None for loss in answered)


async def _one(source: Source) -> Loss | None:
    heard = asyncio.Event()
    losses: list[Loss] = []

    def note(_name: str, loss: Loss) -> None:
        losses.append(loss)
        heard.set()

    def report(report: Report) -> None:
        if report.event is not Event.LOST:
            heard.set()

    task = asyncio.create_task(keep_running(source, report, note))
    try:
        async with asyncio.timeout(CHECK_S):
            await heard.wait()
    except TimeoutError:
        return Loss.SILENT
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    return losses[0] if losses else None
