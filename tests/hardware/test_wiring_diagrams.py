"""test_wiring_diagrams: hardware/wiring has the pins of hardware/pins.toml, and its pictures show it."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import copy
import html
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from PIL import Image

HARDWARE = Path(__file__).parents[2] / "hardware"
PINS = tomllib.loads((HARDWARE / "pins.toml").read_text(encoding="utf-8"))
HEADER = {name: signal["header"] for name, signal in PINS["signal"].items() if "header" in signal}

# Pin labels on the parts: part -> label -> signal or supply.
FAR_END = {
    "PANEL": {
        "BUSY": "PANEL_BUSY",
        "RES": "PANEL_RST",
        "D/C": "PANEL_DC",
        "CS": "PANEL_CS",
        "SCK": "PANEL_CLK",
        "SDI": "PANEL_MOSI",
        "GND": "GND",
        "3.3V": "3V3_OUT",
    },
    "TOUCH": {
        "GND": "GND",
        "VDD": "3V3_OUT",
        "RST": "TOUCH_RST",
        "INT": "TOUCH_INT",
        "SDA": "TOUCH_SDA",
        "SCL": "TOUCH_SCL",
    },
    "KEYS": {"COMMON": "GND", "WIPE": "WIPE_KEY", "AWAY": "AWAY_KEY", "MODE": "MODE_KEY"},
    "HOOK": {"COMMON": "GND", "CONTACT": "HOOK"},
    "HOLD_UP": {"GND": "GND", "VSYS": "VSYS"},
    "MODULE": {
        "KEY0": "WIPE_KEY",
        "KEY1": "AWAY_KEY",
        "KEY2": "MODE_KEY",
        "Touch SDA": "TOUCH_SDA",
        "Touch SCL": "TOUCH_SCL",
        "Touch RST": "TOUCH_RST",
        "Touch INT": "TOUCH_INT",
        "EPD CS": "PANEL_CS",
        "EPD DC": "PANEL_DC",
        "EPD CLK": "PANEL_CLK",
        "EPD MOSI": "PANEL_MOSI",
        "EPD RST": "PANEL_RST",
        "EPD BUSY": "PANEL_BUSY",
        "GND": "GND",
    },
}
# The starter pad's module covers the header, so it has no hook contact and no hold-up.
WIRED = {"reference": set(HEADER), "starter": set(HEADER) - {"HOOK"}}
FEEDS = {"reference": {"GND", "3V3_OUT", "VSYS"}, "starter": {"GND"}}


def load(name: str) -> dict[str, Any]:
    source = yaml.safe_load((HARDWARE / "wiring" / f"{name}.yml").read_text(encoding="utf-8"))
    assert isinstance(source, dict)
    return source


def numbers(listed: list[Any]) -> list[Any]:
    """WireViz's list of pins, in which "1-8" is a range; a pin may have a name instead of a number."""
    found: list[Any] = []
    for item in listed:
        if str(item)[0].isalpha():
            found.append(item)
            continue
        first, _, last = str(item).partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


def wires(source: dict[str, Any]) -> list[tuple[int, str, str, str, str]]:
    """Each wire: pin and label at the Pico, label of the wire, part at the far end, its label there."""
    found = []
    for (near,), (cable,), (far,) in ([list(end.items()) for end in ends] for ends in source["connections"]):
        assert near[0] == "PICO"
        pico, part = (source["connectors"][name] for name in (near[0], far[0]))
        labels = source["cables"][cable[0]]["wirelabels"]
        part_pins = part.get("pins", list(range(1, len(part["pinlabels"]) + 1)))
        for pin, wire, end in zip(numbers(near[1]), numbers(cable[1]), numbers(far[1]), strict=True):
            at_pico = pico["pinlabels"][pico["pins"].index(pin)]
            at_part = part["pinlabels"][part_pins.index(end)]
            found.append((pin, at_pico, labels[wire - 1], far[0], at_part))
    return found


def faults(name: str, source: dict[str, Any]) -> list[str]:
    """What is wrong with the wiring of the pad `name`."""
    wrong, seen = [], set()
    for pin, at_pico, label, part, at_part in wires(source):
        seen.add(label)
        signal = PINS["signal"].get(label)
        right_pins = [signal["header"]] if signal else PINS["supply"][label]
        if pin not in right_pins:
            wrong.append(f"{label} on pin {pin}")
        if at_pico != (f"GP{signal['gpio']}" if signal else label):
            wrong.append(f"pin {pin} is called {at_pico}")
        if FAR_END[part][at_part] != label:
            wrong.append(f"{label} ends on {part} {at_part}")
    wrong += [f"{label} is not wired" for label in sorted((WIRED[name] | FEEDS[name]) - seen)]
    wrong += [f"{label} is wired" for label in sorted(seen - WIRED[name] - FEEDS[name])]
    wrong += [
        f"pin {pin} is drawn"
        for pin in PINS["forbidden"]["RUN"]
        if pin in source["connectors"]["PICO"]["pins"]
    ]
    return wrong


@pytest.mark.parametrize("name", ["reference", "starter"])
def test_the_wiring_has_the_pins(name: str) -> None:
    assert faults(name, load(name)) == []


def test_wrong_wiring_is_found() -> None:
    source = load("reference")
    crossed = copy.deepcopy(source)
    panel = crossed["connections"][0][0]["PICO"]
    panel[0], panel[1] = panel[1], panel[0]
    assert "PANEL_BUSY on pin 16" in faults("reference", crossed)
    turned = copy.deepcopy(source)
    turned["connections"][1][2]["TOUCH"] = [1, 2, 3, 4, 6, 5]
    assert "TOUCH_SDA ends on TOUCH SCL" in faults("reference", turned)
    short = copy.deepcopy(source)
    del short["connections"][3]
    assert faults("reference", short) == ["HOOK is not wired"]
    misnamed = copy.deepcopy(source)
    misnamed["connectors"]["PICO"]["pinlabels"][1] = "GP1"
    assert faults("reference", misnamed) == ["pin 4 is called GP1"]
    opened = copy.deepcopy(source)
    opened["connectors"]["PICO"]["pins"].append(30)
    assert faults("reference", opened) == ["pin 30 is drawn"]


def shown(svg: str) -> set[str]:
    return {html.unescape(text).strip() for text in re.findall(r"<text[^>]*>([^<]*)</text>", svg)}


def expected_labels(source: dict[str, Any]) -> set[str]:
    """The labels that WireViz writes at the two ends of each wire."""
    labels = set()
    for (near,), _cable, (far,) in ([list(end.items()) for end in ends] for ends in source["connections"]):
        for name, listed in (near, far):
            part = source["connectors"][name]
            pins = part.get("pins", list(range(1, len(part["pinlabels"]) + 1)))
            labels |= {f"{name}:{pin}:{part['pinlabels'][pins.index(pin)]}" for pin in numbers(listed)}
    return labels


@pytest.mark.parametrize("name", ["reference", "starter", "rig"])
def test_the_picture_shows_this_wiring(name: str) -> None:
    svg = (HARDWARE / "wiring" / f"{name}.svg").read_text(encoding="utf-8")
    ends = {text for text in shown(svg) if re.fullmatch(r"[A-Z_]+\d?:[A-Z]*\d*:.+", text)}
    assert ends == expected_labels(load(name)), "./dev hardware draws it again"
    with Image.open(HARDWARE / "wiring" / f"{name}.png") as picture:
        width, height = picture.size
    points = re.search(r'<svg width="(\d+)pt" height="(\d+)pt"', svg)
    assert points is not None
    assert width / height == pytest.approx(int(points[1]) / int(points[2]), rel=0.01)
