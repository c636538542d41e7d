"""service: the agent itself. It turns sources into one state and one line per pad; any failure ends in DTR low.

A pad's line is up while every source keeps proving that it sees the pad's seat (kesu.agent.source.Source).
Otherwise:

============================================  =====================================================
a source                                      the pad
============================================  =====================================================
has said nothing since the agent began        line down; `--check` names the source
speaks of other seats only                    the same
is silent for `bounds.idle_s`, no call open   line down at the bound
is silent for `bounds.call_s` in a call       line down at the bound: wiped
says that it is lost, or its run ends         line down at once: wiped
============================================  =====================================================
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from kesu.agent.calls import Event, Report, SourceView, State
from kesu.agent.config import Config, PadOptions, SourceOptions
from kesu.agent.log import Kind, Log, Name, Value
from kesu.agent.merge import PadCalls
from kesu.agent.notify import Manager
from kesu.agent.serial_link import Happening, Pulse, SerialLink
from kesu.agent.source import Loss, Send, keep_running
from kesu.agent.tally import Tally

TURN_S = 0.5  # interval of the time checks
STOP_S = 3.0  # time for all lines to go low at the end
SHOWN_S = 2.0  # from the start until missing proofs are reported

_LOGGED = {
    Happening.CLOSED: Kind.PAD_LOST,
    Happening.OPENED: Kind.PAD_FOUND,
    Happening.BLANK: Kind.PAD_BLANK,
    Happening.NOT_BLANK: Kind.PAD_NOT_BLANK,
    Happening.FAULT: Kind.PAD_FAULT,
    Happening.SPOKE: Kind.PAD_SPOKE,
    Happening.STALLED: Kind.STALLED,
}


def clock() -> float:
    """Seconds, including suspend (where the system has such a clock): a source is silent during suspend, too."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


@dataclass(slots=True)
class Pad:
    """One pad: its options, its calls and its line."""

    options: PadOptions
    calls: PadCalls
    line: SerialLink
    changed_at: float | None = None


@dataclass(slots=True)
class Feed:
    """One source: its options, its pads, and why it was last lost."""

    options: SourceOptions
    pads: list[Pad]
    here: bool = False
    heard_at: float | None = None
    loss: Loss | None = None

    @property
    def unproven(self) -> list[Name]:
        """Pads whose seat this source does not see."""
        return [pad.options.name for pad in self.pads if pad.calls.views[self.options.name].lost]


class Agent:
    """Runs until `stop` is set. Everything but the lines' threads runs in one event loop."""

    def __init__(
        self,
        config: Config,
        now: Callable[[], float] = clock,
        say: Callable[[str], None] = lambda line: None,
        noted: Callable[[Kind, Mapping[str, Value]], None] = lambda kind, fields: None,
    ) -> None:
        """`say`: prints status messages; only fixed words and configured names. `noted`: see Log."""
        self.config = config
        self._now = now
        self._say = say
        self._pulse = Pulse()
        self._loop: asyncio.AbstractEventLoop | None = None
        self.began = now()
        self.tally = Tally()
        self.log = Log(config.log_path, config.log_bytes, self._log_failed, noted)
        self.pads = [self._pad(options) for options in config.pads]
        self.feeds = [
            Feed(one, [pad for pad in self.pads if one.name in pad.options.sources]) for one in config.sources
        ]

    async def run(self, stop: asyncio.Event) -> None:
        """Run the lines until `stop` is set. Raises when a part of the agent fails."""
        self._loop = asyncio.get_running_loop()
        manager = Manager()
        self._say(f"settings: {self.config.where}")
        self.log.write(Kind.STARTED, pads=len(self.pads), sources=len(self.feeds))
        for pad in self.pads:
            pad.line.start()
        tasks = [asyncio.create_task(self._keep(feed)) for feed in self.feeds]
        tasks.append(asyncio.create_task(self._turn(manager)))
        stopping = asyncio.create_task(stop.wait())
        manager.say("READY=1")
        try:
            done, _ = await asyncio.wait([*tasks, stopping], return_when=asyncio.FIRST_COMPLETED)
            for task in done - {stopping}:
                task.result()
        finally:
            manager.say("STOPPING=1")
            for task in (*tasks, stopping):
                task.cancel()
            await asyncio.gather(*tasks, stopping, return_exceptions=True)
            await asyncio.to_thread(self._drop_lines)
            self.log.write(Kind.STOPPED)
            self.log.close()

    def reporter(self, feed: Feed) -> Send:
        """The callback for the reports of `feed`'s source."""

        def report(report: Report) -> None:
            now = self._now()
            if report.event is not Event.LOST:
                feed.heard_at = now
                if not feed.here:
                    feed.here = True
                    self.log.write(Kind.SOURCE_HERE, source=feed.options.name)
                    self._say(f"source {feed.options.name}: here")
            for pad in feed.pads:
                if report.seat in ("", pad.options.name):
                    before = pad.calls.state
                    self._apply(pad, before, pad.calls.take(feed.options.name, report, now))
            if report.event is Event.LOST and feed.here:
                # A source that ends reports the reason next; one that continues has lost its seat.
                asyncio.get_running_loop().call_soon(self._unseen, feed)

        return report

    def _pad(self, options: PadOptions) -> Pad:
        views: dict[str, SourceView] = {
            one.name: SourceView(one.source.bounds, one.wrap_up)
            for one in self.config.sources
            if one.name in options.sources
        }
        line = SerialLink(
            options.port,
            self._pulse,
            lambda happening: self._tell(options.name, happening),
            blank_within_s=options.blank_within_s,
        )
        return Pad(options, PadCalls(views, self.config.several), line)

    async def _keep(self, feed: Feed) -> None:
        def note(_name: str, loss: Loss) -> None:
            self._lost(feed, loss)

        await keep_running(feed.options.source, self.reporter(feed), note)

    def _lost(self, feed: Feed, loss: Loss) -> None:
        if feed.here or feed.loss is not loss:
            self.log.write(Kind.SOURCE_LOST, source=feed.options.name, loss=loss)
            self._say(f"source {feed.options.name}: lost ({loss.value})")
        self.tally.sources_lost += feed.here
        feed.here, feed.loss = False, loss

    def _unseen(self, feed: Feed) -> None:
        if feed.here and len(feed.unproven) == len(feed.pads):
            self._lost(feed, Loss.FLOODED if feed.options.kind == "http" else Loss.NO_SEAT)

    def _tick(self, pad: Pad, now: float) -> None:
        """Apply the time bounds of one pad; a source silent for its bound is lost."""
        seen = [feed for feed in self.feeds if pad in feed.pads and pad.options.name not in feed.unproven]
        before = pad.calls.state
        self._apply(pad, before, pad.calls.tick(now))
        for feed in seen:
            if pad.options.name in feed.unproven:
                self._lost(feed, Loss.SILENT)

    def _say_what_is_missing(self) -> None:
        for pad in self.pads:
            if not pad.line.connected:
                self._say(f"pad {pad.options.name}: not connected ({pad.options.port}); waiting for it")
        for feed in self.feeds:
            for name in feed.unproven:
                self._say(
                    f"pad {name}: line down, source {feed.options.name} ({feed.options.kind}) has not"
                    " shown that it sees this seat"
                )

    async def _turn(self, manager: Manager) -> None:
        is_said = False
        while True:
            self._pulse.beat()
            manager.alive()
            now = self._now()
            for pad in self.pads:
                deadline = pad.calls.deadline()
                if deadline is not None and deadline <= now:
                    self._tick(pad, now)
            if not is_said and now - self.began >= SHOWN_S:
                is_said = True
                self._say_what_is_missing()
            await asyncio.sleep(TURN_S)

    def _apply(self, pad: Pad, before: State, data: bytes) -> None:
        state = pad.calls.state
        if data or state is not before:
            pad.line.send(data, pad.calls.dtr)
        if state is not before:
            pad.changed_at = self._now()
            self.tally.lines_down += state is State.LOST
            if self.config.log_states:
                self.log.write(Kind.STATE, pad=pad.options.name, state=state)

    def _tell(self, name: Name, happening: Happening) -> None:
        """Pass an event from a line's thread to the loop."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._happened, name, happening)

    def _happened(self, name: Name, happening: Happening) -> None:
        pad = next(pad for pad in self.pads if pad.options.name == name)
        if happening is Happening.OPENED:
            pad.line.answer(pad.calls.again(), pad.calls.dtr)
        self.log.write(_LOGGED[happening], pad=name)
        self.tally.happened(happening)
        if happening in (Happening.OPENED, Happening.CLOSED):
            self._say(f"pad {name}: {'found' if happening is Happening.OPENED else 'lost'}")

    def _log_failed(self) -> None:
        # The log cannot be written: wipe the notes now on the pads. Later notes follow the usual rules.
        for pad in self.pads:
            pad.line.wipe()

    def _drop_lines(self) -> None:
        for pad in self.pads:
            pad.line.stop()
        end = time.monotonic() + STOP_S
        for pad in self.pads:
            if pad.line.is_alive():
                pad.line.join(max(0.0, end - time.monotonic()))
