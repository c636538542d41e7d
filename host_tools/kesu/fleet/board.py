"""board: a Grafana board of the families, as JSON to import; it works for relay, loopback and OTLP alike.

Model of a dashboard: grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from typing import Any

from kesu.fleet import metrics as m
from kesu.fleet.metrics import Family

SCHEMA = 39
"""schemaVersion of Grafana 10.4 and later; newer ones migrate it."""
SOURCE = {"type": "prometheus", "uid": "${source}"}
WIDTH = 24
_GREEN_TO_RED = [{"color": "green", "value": None}, {"color": "red", "value": 1}]


def board() -> dict[str, Any]:
    """The board."""
    panels = [
        _stat("Lines up", f'sum({m.PADS.name}{{line="up",seat=~"$seat"}})', 0, 0, alarm=False),
        _stat("Lines down", f'sum({m.PADS.name}{{line="down",seat=~"$seat"}})', 6, 0),
        _stat("Pads absent", f'sum({m.PADS.name}{{line="absent",seat=~"$seat"}})', 12, 0),
        _stat("Pads with a fault", f'sum({m.PADS.name}{{line="fault",seat=~"$seat"}})', 18, 0),
        _stat("Wipes without an answer, 24 h", _grown(m.WIPES, '{answer="none",seat=~"$seat"}'), 0, 4),
        _stat("Pads that sent bytes, 24 h", _grown(m.SPOKE, '{seat=~"$seat"}'), 6, 4),
        _stat(
            "Seats that the PBX does not see",
            f'count({m.SEEN.name}{{seat=~"$seat"}} == 0) or vector(0)',
            12,
            4,
        ),
        _stat(
            "Seats without an agent", f'count({m.CONNECTED.name}{{seat=~"$seat"}} == 0) or vector(0)', 18, 4
        ),
        _lines("Lines", [(f'sum by (line) ({m.PADS.name}{{seat=~"$seat"}})', "{{line}}")], 0, 8),
        _lines(
            "Lost, per hour",
            [
                (_grown(family, '{seat=~"$seat"}', "1h"), label)
                for family, label in (
                    (m.LINES_DOWN, "lines"),
                    (m.PADS_LOST, "pads"),
                    (m.SOURCES_LOST, "sources"),
                    (m.STALLS, "agent hung"),
                    (m.FAULTS, "faults"),
                )
            ],
            12,
            8,
        ),
        _lines(
            "Sources that see their seats",
            [(f'sum by (sight) ({m.SOURCES.name}{{seat=~"$seat"}})', "{{sight}}")],
            0,
            16,
        ),
        _lines(
            "Relay: connections refused and turned away, per hour",
            [(_grown(m.REFUSED, "", "1h"), "refused"), (_grown(m.TURNED_AWAY, "", "1h"), "turned away")],
            12,
            16,
        ),
        _table("Seats whose line is down", f'{m.PADS.name}{{line="down",seat=~"$seat"}} > 0', 0, 24),
        _table("Versions", f'count by (version) ({m.INFO.name}{{seat=~"$seat"}})', 12, 24),
    ]
    for number, panel in enumerate(panels, 1):
        panel["id"] = number
    return {
        "uid": "kesu-fleet",
        "title": "Kesu: seats",
        "description": "Counts of agents and relay; no calls, no notes.",
        "tags": ["kesu"],
        "schemaVersion": SCHEMA,
        "version": 1,
        "editable": True,
        "refresh": "1m",
        "time": {"from": "now-24h", "to": "now"},
        "timezone": "browser",
        "annotations": {"list": []},
        "templating": {"list": [_data_source(), _seats()]},
        "panels": panels,
    }


def _grown(family: Family, chosen: str, span: str = "24h") -> str:
    assert family.is_counter
    return f"sum(increase({family.name}{chosen}[{span}]))"


def _data_source() -> dict[str, Any]:
    return {"name": "source", "label": "Data source", "type": "datasource", "query": "prometheus", "hide": 0}


def _seats() -> dict[str, Any]:
    asked = f"label_values({m.INFO.name}, seat)"
    return {
        "name": "seat",
        "label": "Seat",
        "type": "query",
        "datasource": SOURCE,
        "definition": asked,
        "query": {"query": asked, "refId": "seat"},
        "refresh": 2,
        "includeAll": True,
        "allValue": ".*",
        "multi": True,
        "sort": 1,
        "current": {"text": "All", "value": "$__all"},
    }


def _panel(kind: str, title: str, x: int, y: int, width: int, height: int) -> dict[str, Any]:
    return {
        "type": kind,
        "title": title,
        "datasource": SOURCE,
        "gridPos": {"x": x, "y": y, "w": width, "h": height},
    }


def _target(expression: str, name: str, *, at_once: bool = False) -> dict[str, Any]:
    return {
        "refId": name,
        "datasource": SOURCE,
        "expr": expression,
        "instant": at_once,
        "range": not at_once,
        "format": "table" if at_once else "time_series",
    }


def _stat(title: str, expression: str, x: int, y: int, *, alarm: bool = True) -> dict[str, Any]:
    steps = _GREEN_TO_RED if alarm else _GREEN_TO_RED[:1]
    return {
        **_panel("stat", title, x, y, 6, 4),
        "targets": [{**_target(expression, "A"), "instant": True, "range": False}],
        "fieldConfig": {
            "defaults": {"unit": "none", "decimals": 0, "thresholds": {"mode": "absolute", "steps": steps}},
            "overrides": [],
        },
        "options": {"reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}},
    }


def _lines(title: str, expressions: list[tuple[str, str]], x: int, y: int) -> dict[str, Any]:
    targets = [
        {**_target(expression, chr(65 + at)), "legendFormat": label}
        for at, (expression, label) in enumerate(expressions)
    ]
    return {
        **_panel("timeseries", title, x, y, 12, 8),
        "targets": targets,
        "fieldConfig": {"defaults": {"unit": "none", "min": 0}, "overrides": []},
        "options": {"legend": {"displayMode": "list", "placement": "bottom", "showLegend": True}},
    }


def _table(title: str, expression: str, x: int, y: int) -> dict[str, Any]:
    return {
        **_panel("table", title, x, y, 12, 8),
        "targets": [_target(expression, "A", at_once=True)],
        "fieldConfig": {"defaults": {}, "overrides": []},
        "options": {"showHeader": True},
    }
