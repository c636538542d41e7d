"""test_pad_shape: the pads drawn in the browser have the dimensions of hardware/."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from kesu.spec.panels import PANELS, Panel
from scripts import load_script

ROOT = Path(__file__).parents[2]


def drawn(panel: Panel) -> dict[str, Any]:
    """The body of a pad as the page draws it, mm, from panels.toml."""
    body = panel.body
    return {name: (key["x"], key["y"], key["size"]) for name, key in body.keys.items()} | {
        "width": body.width,
        "height": body.height,
        "left": body.left,
        "top": body.top,
        "active": panel.active_mm,
    }


def reference() -> dict[str, Any]:
    """The enclosure seen from above; x from its left, y from its back edge."""
    m = load_script(ROOT / "hardware" / "enclosure" / "measures.py")
    width, height = m.ACTIVE
    keys = {
        name.lower(): (x, m.DEPTH - y, m.RIM_OUTER if name == "WIPE" else m.KEY)
        for name, (x, y) in m.KEYS.items()
    }
    return keys | {
        "width": m.WIDTH,
        "height": m.DEPTH,
        "left": m.WINDOW_CENTRE[0] - width / 2,
        "top": m.DEPTH - m.ACTIVE_BACK,
        "active": (width, height),
    }


def starter() -> dict[str, Any]:
    """The module, by its published dimensions."""
    facts = (ROOT / "docs" / "hardware-facts.md").read_text(encoding="utf-8")
    (sizes,) = re.findall(r"^\| module's board, active area of the film \| ([^|]*) \|", facts, re.MULTILINE)
    width, height, across, along = map(float, re.findall(r"[\d.]+", sizes))
    return {"width": width, "height": height, "active": (across, along)}


HARDWARE = {"4in2": reference, "2in9": starter}
"""What hardware/ and the facts say of each pad, by its panel."""


def same(shape: dict[str, Any], hardware: dict[str, Any]) -> bool:
    return hardware.keys() <= shape.keys() and all(
        shape[name] == pytest.approx(value, abs=0.01) for name, value in hardware.items()
    )


def changed(value: Any) -> Any:
    return (value[0] + 1, *value[1:]) if isinstance(value, tuple) else value + 1


@pytest.mark.parametrize("panel", PANELS)
def test_the_page_draws_the_pads_that_the_hardware_describes(panel: str) -> None:
    shape, hardware = drawn(PANELS[panel]), HARDWARE[panel]()
    assert same(shape, hardware)
    for name in hardware:
        assert not same(shape | {name: changed(shape[name])}, hardware), name
