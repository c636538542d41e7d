"""floods: wipe events while the PC floods the pad over USB, with each kind of flood."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, replace

from rp2040py.peripherals import usb

from kesu.emulator.usb.flood import BY_NAME, DECONFIGURE, DTR_OFF, KINDS, Flood, Kind
from kesu.spec.call_line import TALK
from kesu.verify.scenes.events import EVENTS, Event
from kesu.verify.scenes.scenario import Written

LASTS_MS = 120.0
"""Duration of a flood after the event: longer than the bounds for memory."""
AFTER_HOST_MS = 0.02
"""Delay of a flood after the host's own event: a setup packet takes 14 us on the wire."""
CUT_OFF = (
    "line state, 8.4 a ms, never waited for",
    "line coding, 12.3 a ms, never waited for",
    "descriptor, 17 a ms, never waited for",
    "unknown request, 99 a ms, never waited for",
    "descriptor, 70 a ms, never waited for",
    "line coding announced and never sent, 30 a ms",
    "line state, DTR up and down, 20 a ms",
    "bus resets 20 us apart",
    "everything at once",
)
"""Floods at which the pad cuts off the host after some time."""
BORNE = (
    "descriptor, two a ms, never waited for",
    "configuration set, one a ms",
    "bytes on bulk OUT",
    "line coding read 20 us apart, bytes on bulk OUT",
    "line state, DTR kept, each answered",
    "configuration set and taken back, each answered",
    "everything at once, slowly",
    "broken packets and stray tokens",
)
"""Floods slow enough to be tolerated."""
LEADS_MS = (0.05, 0.4, 0.9, 1.7, 4.0, 9.0)
FROM_THE_HOST = ("E6", "E7")
ENDS = {usb.SIE_BUS_RESET, usb.SIE_SUSPENDED}
"""Signals that end a note."""
WHOLE_CALL = "whole call"


@dataclass
class _Running:
    """State for `check`."""

    delivered: Counter[str]


def flooded(event: Event, kind: Kind, lead_ms: float, seed: int = 1) -> Event:
    """The event with a flood that begins `lead_ms` before it; right after it when the host causes the event; at the
    restart for an event that restarts the pad."""
    running = _Running(Counter())

    def cause(written: Written) -> float:
        pad = written.pad
        flood = Flood(pad.wiring.usb, pad.host, pad.clock, kind, seed)
        running.delivered = flood.delivered
        later = event.number in ("E3", "E4")
        delay = 0.0
        if event.restarts and event.number != "E10":
            pad.emulator.on_reset.append(flood.start)
            delay = event.cause(written)
            flood.start()
            # One flood only: with one for each restart, a pad that restarts by itself would never end.
            pad.emulator.on_reset.remove(flood.start)
        elif later or event.number in FROM_THE_HOST or event.name.startswith("byte"):
            delay = event.cause(written)
            pad.at(max(AFTER_HOST_MS, delay - lead_ms), flood.start)
        else:
            flood.start()
            pad.run_for(lead_ms)
            delay = event.cause(written)
        pad.at(delay + LASTS_MS, flood.stop)
        return delay

    def check(written: Written) -> str:
        return "" if sum(running.delivered.values()) else "the flood never reached the pad: nothing is shown"

    name = f"{event.name}, flooded {lead_ms:g} ms before: {kind.name}"
    # The pad waits for the byte of an event, so it takes it at once, before the flood.
    return replace(event, name=name, cause=cause, check=check, keeps_usb=False, by_byte=False)


def reaches(event: Event, kind: Kind) -> bool:
    """Whether the flood can reach the pad around the event: a bulk endpoint exists only on a pad that was enumerated,
    and a restart or a bus reset ends that for longer than the flood lasts."""
    enumerated = event.name != "bus reset" and (event.number == "E10" or not event.restarts)
    return enumerated or bool(kind.setups or kind.signals or kind.mixed)


def decides(event: Event, kind: Kind) -> bool:
    """Whether the event ends the note, and not the flood. A silent touch bus (E10) is noticed at the next report of a
    touch: a host that closes the line, resets the bus or is cut off has ended the note by then, and the fault of a
    blank pad has no note to judge. Outside of calls a deadline does not come if the host begins a call before it."""
    if event.number == "E10":
        closes = {DECONFIGURE, DTR_OFF} & set(kind.setups) or ENDS & set(kind.signals)
        return not (closes or kind.mixed or kind.name in CUT_OFF)
    return not (event.outside_calls and (TALK in kind.bulk or kind.mixed))


def floods(thorough: bool, seed: int) -> list[Event]:
    """Events with floods. thorough: every event with a flood that is cut off, one that is tolerated and a random one,
    and every kind of flood; otherwise a few. The seed selects combinations and lead times."""
    chosen = random.Random(seed)

    def made(event: Event, kind: Kind) -> Event:
        while not (reaches(event, kind) and decides(event, kind)):
            kind = chosen.choice(KINDS)
        return flooded(event, kind, chosen.choice(LEADS_MS), chosen.randrange(1 << 30))

    events = [event for event in EVENTS if event.name != WHOLE_CALL]
    if not thorough:
        few = chosen.sample(events, 4)
        kinds = (*chosen.sample(CUT_OFF, 2), *chosen.sample(BORNE, 2))
        return [made(event, BY_NAME[name]) for event, name in zip(few, kinds, strict=True)]
    return [
        *(made(event, BY_NAME[chosen.choice(CUT_OFF)]) for event in events),
        *(made(event, BY_NAME[chosen.choice(BORNE)]) for event in events),
        *(made(event, chosen.choice(KINDS)) for event in events),
        *(made(chosen.choice(events[:2]), kind) for kind in KINDS),
    ]
