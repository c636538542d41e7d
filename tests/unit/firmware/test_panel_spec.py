"""test_panel_spec: the driver of each panel and its times, with each film, are those of panels.toml."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import importlib
from dataclasses import replace
from typing import Any

import pytest
from kesu.emulator.core.clock import NS_PER_MS
from kesu.emulator.panel.panels import Module, module
from kesu.spec.panels import FILMS, PANELS, Driver, Film, Panel
from kesu_pad.panel import controller
from manual_clock import ManualClock
from panel_link import Link


class Bench:
    """The driver of a panel on the models of that panel with one film."""

    def __init__(self, film: Film) -> None:
        self.clock = ManualClock()
        self.module: Module = module(film.key, self.clock, 25.0, 1)
        self.link = Link(self.clock, self.module.panel)
        self.driver: Any = driver_of(film.panel.driver)(self.link)

    def refreshed(self) -> float:
        """Wait for the end of a refresh that must succeed; the ms it took."""
        start_ns = self.clock.now_ns
        while (verdict := self.driver.finished()) == controller.STILL:
            self.clock.advance_ms(1)
        assert verdict == controller.OK
        return (self.clock.now_ns - start_ns) / NS_PER_MS


def driver_of(driver: Driver) -> Any:
    return getattr(importlib.import_module(driver.module), driver.name)


def wiped(film: Film, monkeypatch: pytest.MonkeyPatch) -> tuple[Bench, float]:
    """A pad after the wipe at boot, and how long the page of the second one took."""
    bench = Bench(film)
    monkeypatch.setattr(controller, "ticks_ms", bench.link.ticks)
    bench.link.boot()
    bench.driver.init()
    took_ms = 0.0
    for _ in range(2):
        bench.driver.abort()
        bench.driver.fill_planes(0xFF, 0x00)
        bench.driver.start_dark()
        took_ms = bench.refreshed()
        bench.driver.start_page()
        took_ms += bench.refreshed()
        bench.driver.start_probe()
        bench.refreshed()
    return bench, took_ms


def differences(panel: Panel, driver: Any, bench: Bench) -> list[str]:
    """Fields of the specification that a driver on its models contradicts."""
    found = {
        "clean_at_ms": driver.clean_at_ms,
        "plane_bytes": len(bench.module.panel.bw),
        "width": bench.module.glass.width,
        "height": bench.module.glass.height,
    }
    return [name for name, value in found.items() if getattr(panel, name) != value]


@pytest.mark.parametrize("film", FILMS.values(), ids=FILMS)
def test_driver_and_models_have_the_sizes_and_times_of_the_specification(
    film: Film, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench, took_ms = wiped(film, monkeypatch)
    assert differences(film.panel, bench.driver, bench) == []
    assert bench.driver.ready_after_ms == film.ready_after_ms
    assert took_ms < film.ready_after_ms <= film.ready_bound_ms
    assert bench.module.panel.errors == []
    for name in ("clean_at_ms", "plane_bytes", "width", "height"):
        other = replace(film.panel, **{name: getattr(film.panel, name) + 1})
        assert differences(other, bench.driver, bench) == [name]


@pytest.mark.parametrize("film", FILMS.values(), ids=FILMS)
def test_the_driver_fills_all_of_both_planes(film: Film, monkeypatch: pytest.MonkeyPatch) -> None:
    bench, _ = wiped(film, monkeypatch)
    panel = bench.module.panel
    assert panel.bw != panel.red, "the control: the planes do not hold what comes next"
    bench.driver.fill_planes(0x5A, 0xA5)
    assert (set(panel.bw), set(panel.red)) == ({0x5A}, {0xA5})


@pytest.mark.parametrize("panel", PANELS.values(), ids=PANELS)
def test_the_touch_driver_exists(panel: Panel) -> None:
    assert hasattr(driver_of(panel.touch.driver), "acquire")
