"""counting: the counts of a running agent. What may be in them: kesu.fleet.counts."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import asdict

from kesu.agent.service import Agent, clock
from kesu.common.version import version
from kesu.fleet.counts import Counts


def counts_of(agent: Agent) -> Counts:
    """The counts of this moment."""
    lines = {"pads_up": 0, "pads_down": 0, "pads_absent": 0, "pads_faulty": 0}
    for pad in agent.pads:
        bits = pad.line.bits
        if not pad.line.connected:
            lines["pads_absent"] += 1
        elif bits is not None and bits.fault:
            lines["pads_faulty"] += 1
        else:
            lines["pads_up" if pad.calls.dtr else "pads_down"] += 1
    seen = sum(feed.here and not feed.unproven for feed in agent.feeds)
    return Counts(
        version(),
        uptime_s=int(clock() - agent.began),
        sources_seen=seen,
        sources_unseen=len(agent.feeds) - seen,
        log_lines_lost=agent.log.lost_lines,
        **lines,
        **asdict(agent.tally),
    )
