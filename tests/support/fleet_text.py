"""fleet_text: made-up counts, and a strict reader of Prometheus' text, for tests."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import random
import re

from kesu.fleet.counts import NUMBERS, Counts

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*"'
SAMPLE = re.compile(rf"({NAME})(?:\{{((?:{LABEL})(?:,{LABEL})*)\}})? (-?[0-9]+)")
"""A sample line of the text exposition format 0.0.4, with an integer and without a timestamp."""


def drawn(seed: int) -> Counts:
    """Counts with every number different from the others."""
    numbers = random.Random(seed).sample(range(1, 10**9), len(NUMBERS))
    return Counts("0.1.0", **dict(zip(NUMBERS, numbers, strict=True)))


def read(text: str) -> dict[tuple[str, str], int]:
    """(metric, labels) -> value. AssertionError for text that breaks the format."""
    assert text.endswith("\n")
    found: dict[tuple[str, str], int] = {}
    kinds: dict[str, str] = {}
    current = ""
    for line in text.splitlines():
        if line.startswith("# HELP "):
            current = line.split(" ")[2]
            assert current not in kinds, "each family once, its samples together"
            continue
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name == current
            assert kind == ("counter" if name.endswith("_total") else "gauge")
            kinds[name] = kind
            continue
        match = SAMPLE.fullmatch(line)
        assert match, line
        assert match[1] == current
        key = (match[1], match[2] or "")
        assert key not in found, "no sample twice"
        found[key] = int(match[3])
    return found
