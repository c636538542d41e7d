"""metrics: the families that agents and the relay export, and the samples of one agent.

Names by Prometheus' rules: base units, `_total` for counters (prometheus.io/docs/practices/naming). OTLP takes the
same names without `_total`, which the collector's Prometheus exporter adds to monotonic sums.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from kesu.fleet.counts import Counts


@dataclass(frozen=True)
class Family:
    """One metric. labels: their names, without `seat`, which each sample of a seat has. unit: of UCUM."""

    name: str
    help: str
    labels: tuple[str, ...] = ()
    unit: str = "1"

    @property
    def is_counter(self) -> bool:
        """Whether it only grows, until the agent starts again."""
        return self.name.endswith("_total")


@dataclass(frozen=True)
class Sample:
    """A value of a family. `labels`: name -> value."""

    family: Family
    value: int
    labels: Mapping[str, str] = field(default_factory=dict)


INFO = Family("kesu_agent_info", "1, with the version of the agent.", ("version",))
UPTIME = Family("kesu_agent_uptime_seconds", "Time since the agent started.", unit="s")
PADS = Family("kesu_pads", "Pads by their line now: up, down, absent, fault.", ("line",))
SOURCES = Family("kesu_sources", "Sources now, by whether they see their seats.", ("sight",))
WIPES = Family("kesu_wipes_total", "Wipes that the agent asked for, by the pad's answer.", ("answer",))
LINES_DOWN = Family("kesu_lines_down_total", "Times that a line went down because a source was lost.")
PADS_LOST = Family("kesu_pads_lost_total", "Times that a pad's port was lost.")
SOURCES_LOST = Family("kesu_sources_lost_total", "Times that a source was lost.")
FAULTS = Family("kesu_faults_total", "Faults that pads reported.")
SPOKE = Family("kesu_pads_spoke_total", "Pads that sent bytes, which no sealed pad does.")
STALLS = Family("kesu_stalls_total", "Times that the agent hung and its lines went down.")
LOG_LOST = Family("kesu_log_lines_lost_total", "Log lines that could not be written.")

RELAY_INFO = Family("kesu_relay_info", "1, with the version of the relay.", ("version",))
CONNECTED = Family("kesu_seat_connected", "1 while the seat's agent is connected to the relay.")
SEEN = Family("kesu_seat_seen", "1 while the PBX sees the seat.")
REPORT_AGE = Family("kesu_seat_report_age_seconds", "Age of the seat's last report of counts.", unit="s")
REFUSED = Family("kesu_relay_refused_total", "Connections with a wrong seat or token.")
TURNED_AWAY = Family("kesu_relay_turned_away_total", "Connections closed because too many were waiting.")

OF_AGENT = (
    *(INFO, UPTIME, PADS, SOURCES, WIPES, LINES_DOWN),
    *(PADS_LOST, SOURCES_LOST, FAULTS, SPOKE, STALLS, LOG_LOST),
)
OF_RELAY = (RELAY_INFO, CONNECTED, SEEN, REPORT_AGE, REFUSED, TURNED_AWAY)

_NUMBERS: tuple[tuple[Family, str, Mapping[str, str]], ...] = (
    (UPTIME, "uptime_s", {}),
    (PADS, "pads_up", {"line": "up"}),
    (PADS, "pads_down", {"line": "down"}),
    (PADS, "pads_absent", {"line": "absent"}),
    (PADS, "pads_faulty", {"line": "fault"}),
    (SOURCES, "sources_seen", {"sight": "seen"}),
    (SOURCES, "sources_unseen", {"sight": "unseen"}),
    (WIPES, "wipes_confirmed", {"answer": "confirmed"}),
    (WIPES, "wipes_unconfirmed", {"answer": "none"}),
    (LINES_DOWN, "lines_down", {}),
    (PADS_LOST, "pads_lost", {}),
    (SOURCES_LOST, "sources_lost", {}),
    (FAULTS, "faults", {}),
    (SPOKE, "pads_spoke", {}),
    (STALLS, "stalls", {}),
    (LOG_LOST, "log_lines_lost", {}),
)


def samples(counts: Counts, seat: str = "") -> list[Sample]:
    """All samples of one agent; with a label `seat` if the agent has one."""
    where = {"seat": seat} if seat else {}
    numbers = counts.numbers()
    info = Sample(INFO, 1, {**where, "version": counts.version})
    return [info, *(Sample(family, numbers[name], {**where, **more}) for family, name, more in _NUMBERS)]


def prometheus(found: Iterable[Sample]) -> str:
    """Text exposition format 0.0.4: HELP, TYPE, then the samples of each family together."""
    by_family: dict[Family, list[Sample]] = {}
    for sample in found:
        by_family.setdefault(sample.family, []).append(sample)
    lines = []
    for family, members in by_family.items():
        kind = "counter" if family.is_counter else "gauge"
        lines += [f"# HELP {family.name} {family.help}", f"# TYPE {family.name} {kind}"]
        lines += [f"{family.name}{_labels(sample.labels)} {sample.value}" for sample in members]
    return "\n".join(lines) + "\n"


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items()) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
