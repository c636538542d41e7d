"""hardware/wiring/rig.yml has the wires of rig.toml."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import copy
from typing import Any

import yaml
from kesu.common.checkout import ROOT
from kesu.spec.rig import LINES, SENSES


def _faults(source: dict[str, Any]) -> list[str]:
    pad, rig = source["connectors"]["PAD"]["pinlabels"], source["connectors"]["RIG"]["pinlabels"]
    labels = [text.split(" ")[0] for text in source["cables"]["WIRES"]["wirelabels"]]
    found = {name: (at_pad, at_rig) for name, at_pad, at_rig in zip(labels, pad, rig, strict=True)}
    wanted = {
        name: (name if line.pad is None else f"GP{line.pad}", f"GP{line.rig}")
        for name, line in LINES.items()
        if name != "VBUS"
    }
    wanted |= {"3V3": ("3V3_OUT", "GP26"), "VSYS": ("VSYS", "GP27"), "GND": ("GND", "GND")}
    wrong = sorted(name for name in found.keys() | wanted.keys() if found.get(name) != wanted.get(name))
    ohms = {text.split(" ")[0]: text.split(" ")[1:2] for text in source["cables"]["WIRES"]["wirelabels"]}
    for name, one in (LINES | SENSES).items():
        given = ohms.get(name)
        if given is not None and given != ([f"{one.ohms:,}"] if one.ohms else []):
            wrong.append(f"{name} has {given} ohm")
    return wrong


def _source() -> dict[str, Any]:
    text = (ROOT / "hardware" / "wiring" / "rig.yml").read_text(encoding="utf-8")
    source: dict[str, Any] = yaml.safe_load(text)
    return source


def test_the_wires_are_those_of_the_specification() -> None:
    assert _faults(_source()) == []
    assert {sense.rig for sense in SENSES.values()} == {26, 27, 28}


def test_a_crossed_wire_and_a_wrong_resistor_are_found() -> None:
    crossed = copy.deepcopy(_source())
    labels = crossed["connectors"]["RIG"]["pinlabels"]
    labels[0], labels[1] = labels[1], labels[0]
    assert _faults(crossed) == ["PANEL_DC", "PANEL_MOSI"]
    wrong = copy.deepcopy(_source())
    wires = wrong["cables"]["WIRES"]["wirelabels"]
    wires[0] = "PANEL_MOSI 680 ohm"
    assert _faults(wrong) == ["PANEL_MOSI has ['680'] ohm"]
