"""conftest: lets CPython import the firmware's modules, with the port's modules replaced by Python ones."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import importlib
import sys
import time
import types
from pathlib import Path
from typing import Any

import pytest
from kesu.images import assets

ROOT = Path(__file__).parents[3]
FIRMWARE = ROOT / "firmware"
FAKES = ROOT / "tests" / "support" / "pad_fakes"
TICKS_PERIOD = 1 << 30


def ticks_add(ticks: int, delta: int) -> int:
    """MicroPython's ticks_add: wraps at 2**30."""
    return (ticks + delta) % TICKS_PERIOD


def ticks_diff(after: int, before: int) -> int:
    """MicroPython's ticks_diff: signed, within half a period."""
    return (after - before + TICKS_PERIOD // 2) % TICKS_PERIOD - TICKS_PERIOD // 2


class Ticks:
    """The clock of the firmware, set by tests."""

    def __init__(self) -> None:
        self.ms = 0

    def read(self) -> int:
        """ticks_ms()."""
        return self.ms % TICKS_PERIOD


TICKS = Ticks()


def _install() -> None:
    micropython = types.ModuleType("micropython")
    micropython.const = lambda value: value  # type: ignore[attr-defined]  # a module made here
    sys.modules.setdefault("micropython", micropython)
    for name, function in (("ticks_ms", TICKS.read), ("ticks_add", ticks_add), ("ticks_diff", ticks_diff)):
        setattr(time, name, function)
    for name in ("sleep_us", "sleep_ms"):
        setattr(time, name, lambda _duration: None)
    sys.path.insert(0, str(FAKES))
    sys.path.append(str(FIRMWARE))
    package = importlib.import_module("kesu_pad")
    for name, source in assets.text_modules(FIRMWARE / "assets").items():
        module = types.ModuleType(f"kesu_pad.{name}")
        exec(source, module.__dict__)
        sys.modules[f"kesu_pad.{name}"] = module
        setattr(package, name, module)
    setattr(package, "labels", package.labels_ja)  # noqa: B010  # a module made here, unknown to mypy


_install()


@pytest.fixture
def ticks() -> Ticks:
    """The clock at 1,000 ms; the test advances it."""
    TICKS.ms = 1000
    return TICKS


@pytest.fixture(autouse=True)
def native() -> Any:
    """The Python version of the C module, with no registered buffers."""
    module = importlib.import_module("native")
    module.forget()
    return module


@pytest.fixture
def doubles() -> Any:
    """The module of hand-written doubles: panel, sampler, touch chip, pin and USB device."""
    return importlib.import_module("doubles")


@pytest.fixture
def pad(monkeypatch: pytest.MonkeyPatch, ticks: Ticks, doubles: Any, native: Any) -> Any:
    """The whole firmware on doubles, just started."""
    return importlib.import_module("app_pad").joined_pad(monkeypatch, ticks, doubles, native)
