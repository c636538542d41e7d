"""test_added_panel: a panel and a film that are only added to panels.toml are known to the whole package."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import kesu
import pytest

HOST_TOOLS = Path(kesu.__file__).parents[1]
SUPPORT = Path(__file__).parents[2] / "support"
NAME, OTHER = "5in5", "5in5-b"
ADDED = f"""
[panel.{NAME}]
product = "Some Panel 5.5"
inch = 5.51
width = 480
height = 280
active_mm = [120.96, 70.56]
pitch_mm = 0.252
turned = false
controller = "SSD1683"
driver = "kesu_pad.panel.other.Other"
plane_bytes = 20_000
clean_at_ms = 700
title = {{ en = "Some pad", ja = "あるパッド" }}
touch = {{ chip = "FT6336U", driver = "kesu_pad.touch.ft6336u.Ft6336u", i2c_hz = 400_000, registers = "few" }}
body = {{ width = 140.0, height = 100.0, left = 5.0, top = 5.0 }}

[film.{NAME}]
panel = "{NAME}"
name = "GDEY042T81"
ready_after_ms = 2_000
ready_bound_ms = 2_200

[film.{OTHER}]
panel = "{NAME}"
name = "GDEY042T81"
ready_after_ms = 3_000
ready_bound_ms = 3_300
title = {{ en = "Some pad, slow", ja = "遅いパッド" }}
words = "the slow film"
"""
ASK = """
import inspect, json, sys
from manual_clock import ManualClock
from kesu.demo.page import site
from kesu.devices.sync import command as sync
from kesu.emulator.panel.panels import module
from kesu.images.toolchain import command as build
from kesu.images.toolchain.panel_modules import panel_files
from kesu.release import command as release
from kesu.spec.panels import FILMS, left_out
from kesu.verify import bounds
from kesu.verify.evidence import memories
from kesu.verify.photos import command as photos
from kesu.verify.scenes import scenario
from kesu_dev.crosscheck import command as agree
from kesu_dev.crosscheck.suite import load
from kesu_dev.generate.texts import typescript_module

def choices(command):
    return {name for each in command.params if each.name.startswith("panel") for name in each.type.choices}

name, other = sys.argv[1:3]
fitted = {key: module(key, ManualClock(), 25.0, 1) for key in FILMS if key.startswith(name)}
compare = photos.command.commands["compare"]
print(json.dumps({
    "commands": [name in choices(each) for each in (build.command, sync.command, release.command, compare)],
    "benches": [key in choices(agree.command) for key in (name, other)],
    "glass": [[each.glass.width, each.glass.height] for each in fitted.values()],
    "touch": [each.touch._width for each in fitted.values()],
    "geometry": "WIDTH = const(480)" in panel_files(name)["kesu_pad/geometry.py"],
    "drivers": "from kesu_pad.panel.other import Other as Panel" in panel_files(name)["kesu_pad/drivers.py"],
    "header": "KESU_PLANE_BYTES (20000)" in panel_files(name)["native/panel.h"],
    "left out": sorted(left_out(name)),
    "bounds": [bounds.bounds_ms(key)["ready"] for key in (name, other)],
    "ready": [scenario.LEAST_READY_AFTER_MS[key] for key in (name, other)],
    "letter": memories.supported({"manifest": {"board": "pico", "profile": "sealed", "panel": name}}),
    "site": name in inspect.signature(site.sealed_images).parameters["panels"].default,
    "scenarios": sum(name in each.panels for each in load()),
    "page": typescript_module("").count(name),
}))
"""


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a copy of the package says of the panel that was added to its panels.toml."""
    root = tmp_path_factory.mktemp("added")
    for folder in ("kesu", "kesu_dev"):
        shutil.copytree(
            HOST_TOOLS / folder,
            root / "host_tools" / folder,
            ignore=shutil.ignore_patterns("__pycache__", "*.so"),
        )
    for name in ("firmware", "tests/crosscheck"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).symlink_to(HOST_TOOLS.parent / name)
    file = root / "host_tools" / "kesu" / "spec" / "panels.toml"
    file.write_text(file.read_text(encoding="utf-8") + ADDED, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", ASK, NAME, OTHER],
        env=os.environ | {"PYTHONPATH": os.pathsep.join((str(root / "host_tools"), str(SUPPORT)))},
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


@pytest.mark.slow
def test_every_command_offers_it(answer: dict[str, Any]) -> None:
    assert answer["commands"] == [True] * 4
    assert answer["benches"] == [True] * 2


def test_the_build_generates_its_files_and_leaves_other_drivers_out(answer: dict[str, Any]) -> None:
    assert answer["geometry"]
    assert answer["drivers"]
    assert answer["header"]
    assert "kesu_pad/panel/ssd1683.py" in answer["left out"]
    assert "kesu_pad/touch/ft6336u.py" not in answer["left out"]


def test_models_bounds_letter_page_and_scenarios_know_it(answer: dict[str, Any]) -> None:
    assert answer["glass"] == [[480, 280]] * 2
    assert answer["touch"] == [480] * 2
    assert answer["bounds"] == [2_200.0, 3_300.0]
    assert answer["ready"] == [2_000.0, 3_000.0]
    assert answer["letter"]
    assert answer["site"]
    assert answer["scenarios"] > 10
    assert answer["page"] >= 4
