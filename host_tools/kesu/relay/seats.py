"""seats: what the relay knows of each seat, as rows and as samples. No state of a call, nothing of a note."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from kesu.common.version import version
from kesu.fleet import metrics
from kesu.fleet.counts import Counts
from kesu.fleet.metrics import Sample
from kesu.relay.server import Server


class Condition(Enum):
    """A seat, the most urgent first. The value is its class on the page."""

    FAULT = "fault"  # a pad reports a fault
    SPOKE = "spoke"  # a pad sent bytes: it is not sealed
    NO_AGENT = "no-agent"
    UNSEEN = "unseen"  # the PBX does not see it
    NO_PAD = "no-pad"
    DOWN = "down"  # a pad's line is down
    UNKNOWN = "unknown"  # the agent is connected, and reports no counts
    UP = "up"


@dataclass(frozen=True)
class Row:
    """One seat. age_s: of its counts."""

    seat: str
    connected: bool
    seen: bool
    counts: Counts | None
    age_s: int

    @property
    def condition(self) -> Condition:
        """What is wrong, or UP."""
        counts = self.counts
        if not self.connected:
            return Condition.NO_AGENT
        if counts is not None and counts.pads_faulty:
            return Condition.FAULT
        if counts is not None and counts.pads_spoke:
            return Condition.SPOKE
        if not self.seen:
            return Condition.UNSEEN
        if counts is None:
            return Condition.UNKNOWN
        if counts.pads_absent:
            return Condition.NO_PAD
        return Condition.DOWN if counts.pads_down else Condition.UP


def rows(server: Server, now: float) -> list[Row]:
    """Every seat, the most urgent first, then by name. now: by the loop's clock."""
    order = list(Condition)
    found = []
    connected = set(server.connected)
    for seat, desk in server.desks.items():
        counts, at = server.counts.get(seat, (None, now))
        found.append(Row(seat, seat in connected, not desk.lost, counts, int(now - at)))
    return sorted(found, key=lambda row: (order.index(row.condition), row.seat))


def samples(server: Server, now: float) -> list[Sample]:
    """Everything for Prometheus: the relay's own, and the last counts of each seat."""
    found = [
        Sample(metrics.RELAY_INFO, 1, {"version": version()}),
        Sample(metrics.REFUSED, server.refused),
        Sample(metrics.TURNED_AWAY, server.turned_away),
    ]
    for row in sorted(rows(server, now), key=lambda row: row.seat):
        where = {"seat": row.seat}
        found.append(Sample(metrics.CONNECTED, int(row.connected), where))
        found.append(Sample(metrics.SEEN, int(row.seen), where))
        # Counts of an agent that is not there are history: Prometheus has them already.
        if row.counts is not None and row.connected:
            found.append(Sample(metrics.REPORT_AGE, row.age_s, where))
            found += metrics.samples(row.counts, row.seat)
    return found
