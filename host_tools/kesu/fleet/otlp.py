"""otlp: samples as an ExportMetricsServiceRequest in OTLP's JSON (opentelemetry-proto, metrics/v1/metrics.proto).

Protobuf's JSON mapping: lowerCamelCase, 64-bit integers as strings, enums as numbers. Counters are cumulative
monotonic sums, which begin with the agent.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from kesu.fleet.metrics import Family, Sample

CUMULATIVE = 2  # AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE
SCOPE = "kesu.fleet"


def document(found: Iterable[Sample], *, seat: str, version: str, began_ns: int, now_ns: int) -> bytes:
    """The body of a POST to `/v1/metrics`. Times in ns since 1970. seat: `service.instance.id`."""
    by_family: dict[Family, list[dict[str, Any]]] = {}
    for sample in found:
        by_family.setdefault(sample.family, []).append(
            {
                "attributes": _attributes(sample.labels),
                "startTimeUnixNano": str(began_ns),
                "timeUnixNano": str(now_ns),
                "asInt": str(sample.value),
            }
        )
    resource = {"service.name": "kesu-agent", "service.instance.id": seat, "service.version": version}
    tables = {
        "resourceMetrics": [
            {
                "resource": {"attributes": _attributes(resource)},
                "scopeMetrics": [
                    {
                        "scope": {"name": SCOPE, "version": version},
                        "metrics": [_metric(family, points) for family, points in by_family.items()],
                    }
                ],
            }
        ]
    }
    return json.dumps(tables, separators=(",", ":")).encode()


def _metric(family: Family, points: list[dict[str, Any]]) -> dict[str, Any]:
    about = {
        "name": family.name.removesuffix("_total"),
        "description": family.help,
        "unit": family.unit,
    }
    if family.is_counter:
        sums = {"dataPoints": points, "aggregationTemporality": CUMULATIVE, "isMonotonic": True}
        return {**about, "sum": sums}
    return {**about, "gauge": {"dataPoints": points}}


def _attributes(labels: Mapping[str, str]) -> list[dict[str, Any]]:
    return [{"key": name, "value": {"stringValue": value}} for name, value in labels.items()]
