"""fast_part: parameters of which `./dev test --fast` tries only some; the others are marked slow."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest


def fast(values: Iterable[Any], *chosen: Any) -> list[Any]:
    """Parameters, in their order: those chosen are in the fast part. ValueError if one of them is not there."""
    every = list(values)
    missing = [value for value in chosen if value not in every]
    if missing or not chosen:
        raise ValueError(f"no parameters for the fast part: {missing}")
    return [value if value in chosen else _slow(value) for value in every]


def _slow(value: Any) -> Any:
    return pytest.param(*value if isinstance(value, tuple) else (value,), marks=pytest.mark.slow)
