"""test_fleet_counts: a report of counts carries its numbers and nothing else, in every form."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
import random
import re
from typing import Any

import pytest
from fleet_text import NAME, drawn, read
from kesu.fleet import otlp
from kesu.fleet.counts import LONGEST, MOST, NUMBERS, Counts, from_numbers, parse
from kesu.fleet.metrics import OF_AGENT, OF_RELAY, Family, Sample, prometheus, samples


@pytest.mark.parametrize("seed", range(20))
def test_a_report_is_read_as_it_was_written(seed: int) -> None:
    counts = drawn(seed)
    assert parse(counts.line()) == counts
    assert from_numbers(counts.version, counts.numbers()) == counts


def test_the_longest_report_fits_the_line() -> None:
    longest = Counts("9" * 32, **dict.fromkeys(NUMBERS, MOST))
    assert len(longest.line()) <= LONGEST
    assert parse(longest.line()) == longest


@pytest.mark.parametrize(
    "change",
    [
        lambda line: line[:-1],
        lambda line: line[:-1] + b" 1\n",
        lambda line: line.replace(b"0.1.0", b"+81 3 1234"),
        lambda line: line.replace(b"0.1.0", b"0.1.0 "),
        lambda line: line.replace(b"0.1.0", b"<b>"),
        lambda line: line.replace(b"0.1.0", "版".encode()),
        lambda line: line.replace(b" ", b"  ", 1),
        lambda line: line.replace(b" ", b" -", 1),
        lambda line: line.replace(b" ", b" 0", 1),
        lambda line: line.replace(b" ", b" 1e", 1),
        lambda line: line.replace(b" ", b" 1234567890123", 1),
        lambda line: b"0" * LONGEST + line,
    ],
)
def test_anything_else_is_no_report(change: Any) -> None:
    line = drawn(1).line()
    assert parse(line) == drawn(1)
    with pytest.raises(ValueError, match=r".+"):
        parse(change(line))


def test_a_drawn_byte_changes_a_report_or_makes_it_none() -> None:
    chance = random.Random(83)
    line = drawn(2).line()
    refused = 0
    for _ in range(3000):
        copy = bytearray(line)
        copy[chance.randrange(len(copy))] = chance.randrange(256)
        try:
            found = parse(bytes(copy))
        except ValueError:
            refused += 1
            continue
        assert found.line() == copy, "what is read is all that the line had"
    assert 1000 < refused < 3000


def test_every_number_is_exported_once_with_its_seat() -> None:
    counts = drawn(3)
    found = read(prometheus(samples(counts, "A12")))
    assert sorted(found.values()) == sorted([1, *counts.numbers().values()])
    assert all('seat="A12"' in labels for _, labels in found)
    assert {name for name, _ in found} == {family.name for family in OF_AGENT}
    assert all("seat" not in labels for _, labels in read(prometheus(samples(counts))))


def test_labels_are_only_those_of_their_family() -> None:
    for sample in samples(drawn(4), "A12"):
        assert set(sample.labels) == {"seat", *sample.family.labels}


def test_a_value_of_a_label_cannot_end_it() -> None:
    family = Family("kesu_test", "Test.", ("version",))
    text = prometheus([Sample(family, 1, {"version": 'a"} 5\nb\\'})])
    assert read(text) == {("kesu_test", r'version="a\"} 5\nb\\"'): 1}


def test_names_follow_the_rules_and_are_unique() -> None:
    names = [family.name for family in (*OF_AGENT, *OF_RELAY)]
    assert len(set(names)) == len(names)
    for family in (*OF_AGENT, *OF_RELAY):
        assert re.fullmatch(NAME, family.name)
        assert family.help.endswith(".")
        assert family.unit == ("s" if "_seconds" in family.name else "1")


def test_otlp_has_the_same_numbers_as_cumulative_sums_and_gauges() -> None:
    counts = drawn(5)
    wanted = samples(counts, "A12")
    body = json.loads(otlp.document(wanted, seat="A12", version="0.1.0", began_ns=5, now_ns=7))
    (resource,) = body["resourceMetrics"]
    attributes = {one["key"]: one["value"]["stringValue"] for one in resource["resource"]["attributes"]}
    assert attributes == {
        "service.name": "kesu-agent",
        "service.instance.id": "A12",
        "service.version": "0.1.0",
    }
    (scope,) = resource["scopeMetrics"]
    found = []
    for metric in scope["metrics"]:
        kind = "sum" if "sum" in metric else "gauge"
        name = metric["name"] + ("_total" if kind == "sum" else "")
        if kind == "sum":
            assert (metric["sum"]["aggregationTemporality"], metric["sum"]["isMonotonic"]) == (2, True)
        for point in metric[kind]["dataPoints"]:
            assert (point["startTimeUnixNano"], point["timeUnixNano"]) == ("5", "7")
            labels = {one["key"]: one["value"]["stringValue"] for one in point["attributes"]}
            found.append((name, labels, int(point["asInt"])))
    assert found == [(one.family.name, dict(one.labels), one.value) for one in wanted]
