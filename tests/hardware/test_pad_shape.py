"""test_pad_shape: the pads drawn in the browser have the dimensions of hardware/."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from scripts import load_script

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "host_tools" / "web"
SHAPE = re.compile(r"^const (REFERENCE|STARTER): PadShape = \{\n(.*?)^\};", re.MULTILINE | re.DOTALL)
LENGTH = re.compile(r"\b(\w+): ([\d.]+)")
KEY = re.compile(r"\b(away|mode|wipe): \{ x: ([\d.]+), y: ([\d.]+), size: ([\d.]+) \}")


def drawn(text: str) -> dict[str, dict[str, Any]]:
    """Each pad of pad_shape.ts: its lengths and its keys, mm."""
    return {
        pad: {name: float(mm) for name, mm in LENGTH.findall(KEY.sub("", body))}
        | {name: tuple(map(float, place)) for name, *place in KEY.findall(body)}
        for pad, body in SHAPE.findall(text)
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
        "bodyWidth": m.WIDTH,
        "bodyHeight": m.DEPTH,
        "left": m.WINDOW_CENTRE[0] - width / 2,
        "top": m.DEPTH - m.ACTIVE_BACK,
        "glassWidth": width,
        "glassHeight": height,
    }


def starter() -> dict[str, float]:
    """The module, by its published dimensions."""
    facts = (ROOT / "docs" / "hardware-facts.md").read_text(encoding="utf-8")
    (sizes,) = re.findall(r"^\| module's board, active area of the film \| ([^|]*) \|", facts, re.MULTILINE)
    names = ("bodyWidth", "bodyHeight", "glassWidth", "glassHeight")
    return dict(zip(names, map(float, re.findall(r"[\d.]+", sizes)), strict=True))


def same(shape: dict[str, Any], hardware: dict[str, Any]) -> bool:
    return hardware.keys() <= shape.keys() and all(
        shape[name] == pytest.approx(value, abs=0.01) for name, value in hardware.items()
    )


def test_the_page_draws_the_pads_that_the_hardware_describes() -> None:
    text = (SOURCE / "page" / "pad_shape.ts").read_text(encoding="utf-8")
    shapes = drawn(text)
    assert same(shapes["REFERENCE"], reference())
    assert same(shapes["STARTER"], starter())
    # A change of one length in either is found.
    for name, value in re.findall(r"(\b\w+: )([\d.]+)", "".join(body for _, body in SHAPE.findall(text))):
        if name in ("left: ", "top: ") and value in ("3.2", "4.5"):
            continue  # of the starter pad: estimated
        other = drawn(text.replace(f"{name}{value}", f"{name}{float(value) + 1:g}"))
        assert not (same(other["REFERENCE"], reference()) and same(other["STARTER"], starter())), name


def test_the_bench_has_the_glass_that_the_page_shows() -> None:
    found = re.findall(r"widthMm: ([\d.]+), heightMm: ([\d.]+)", (SOURCE / "bench" / "fitted.ts").read_text())
    shapes = drawn((SOURCE / "page" / "pad_shape.ts").read_text(encoding="utf-8"))
    glasses = [(shapes[pad]["glassWidth"], shapes[pad]["glassHeight"]) for pad in ("REFERENCE", "STARTER")]
    assert [(float(width), float(height)) for width, height in found] == glasses
