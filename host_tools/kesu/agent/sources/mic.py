"""mic: the source that sees which programs use the microphone, for phones without any other connection.

A program that records is in a call, one that does not is not: there is no ring, no hold, no after-call work, and
muting shows nowhere. Proof: one of the programs is there, in the answer of the system that is asked every LOOK_S. A
misspelt name is nowhere, and a phone that is not open has no calls to see.

=======  ========================================  ==========================  =======================================
system   asked                                     a program is there if       it records if
=======  ========================================  ==========================  =======================================
Windows  registry, CapabilityAccessManager         it has used the microphone  LastUsedTimeStop is 0 and
         (`kesu.agent.sources.mic_windows`)        before, and runs            LastUsedTimeStart is not
Linux    `pw-dump`, or `pactl` without it          it runs                     it has a recording stream that is not
         (`kesu.agent.sources.mic_linux`)                                      paused
macOS    not built
=======  ========================================  ==========================  =======================================
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from kesu.agent.calls import ANONYMOUS, Bounds, Event, Report
from kesu.agent.options import Options
from kesu.agent.source import Loss, Send, SourceLost

LOOK_S = 1.0
BOUND_S = 10.0
SETTLED_S = (
    2.0  # a microphone that is closed for less is no end of a call: phones reopen it for another headset
)
MOST_PROGRAMS = 16


@dataclass(frozen=True, slots=True)
class Seen:
    """What the system says of the programs, by their names as `program_name` writes them."""

    there: frozenset[str]
    recording: frozenset[str]


Look = Callable[[frozenset[str]], Seen]
"""Asks the system about programs. Raises OSError, TimeoutError, or ValueError for an answer that it cannot read."""


class MicSource:
    """Asks the system which programs record."""

    def __init__(self, name: str, programs: Iterable[str], settled_s: float, look: Look) -> None:
        """`programs`: their names, in any case of letters, with or without `.exe`. `settled_s`: how long the microphone
        must be closed for the end of a call."""
        self.name = name
        self.bounds = Bounds(BOUND_S, BOUND_S)
        self._programs = frozenset(map(program_name, programs))
        self._settled_s = settled_s
        self._look = look

    async def run(self, report: Send) -> None:
        """Ask for ever. SourceLost when none of the programs is there, or when the answer cannot be read."""
        clock = asyncio.get_running_loop().time
        talking = False
        last_used = 0.0
        while True:
            now = clock()
            try:
                seen = await asyncio.to_thread(self._look, self._programs)
            except ValueError:
                raise SourceLost(Loss.PROTOCOL) from None
            used = self._programs & seen.recording
            if not (used or self._programs & seen.there):
                raise SourceLost(Loss.NO_SEAT)
            if used:
                last_used = now
            if used and not talking:
                report(_stamped(Event.START))
                talking = True
            elif talking and not used and now - last_used >= self._settled_s:
                report(_stamped(Event.END))
                talking = False
            else:
                report(Report(Event.ALIVE))
            await asyncio.sleep(LOOK_S)


def _stamped(event: Event) -> Report:
    """A report with its time: a call that begins at once after another one is not a late report of that one."""
    return Report(event, ANONYMOUS, time.monotonic_ns())


def program_name(path: str) -> str:
    """The name of a program by its path, as it is compared: without folder and `.exe`, in small letters."""
    return path.replace("\\", "/").rpartition("/")[2].lower().removesuffix(".exe")


def build(name: str, options: Options) -> MicSource:
    """`kind = "mic"`."""
    programs = options.names("programs")
    if len(programs) > MOST_PROGRAMS or not all(map(program_name, programs)):
        raise options.error("programs", f"must be 1 to {MOST_PROGRAMS} names of programs")
    settled_s = options.number("settled_s", SETTLED_S, least=0, most=60)
    if sys.platform == "win32":
        from kesu.agent.sources.mic_windows import look
    elif sys.platform == "linux":
        from kesu.agent.sources.mic_linux import look
    else:
        raise options.error("kind", '"mic" sees the microphone on Windows and Linux only')
    return MicSource(name, programs, settled_s, look)
