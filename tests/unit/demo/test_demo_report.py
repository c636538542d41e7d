"""test_demo_report: the verdict is good only if everything was found before the wipe and nothing after it."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import json
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from kesu.cli.commands import main
from kesu.common.errors import Exit
from kesu.common.uf2 import MAGIC
from kesu.demo import report
from kesu.demo.report import Outcome
from kesu.verify.search import picture
from kesu.verify.search.timeline import Reading

GOOD = Outcome(
    image_sha256="00" * 32,
    text="山田",
    seed=1,
    boot_ms=1800.0,
    writing_ms=3000.0,
    points_reported=200,
    needles=1000,
    needles_dropped=0,
    before={"sram": 9, "plane 24h": 5, "glass": 5, "flash": 0},
    after={"sram": 0, "plane 24h": 0, "glass": 0, "flash": 0},
    where_before=["0x20001000..0x20001fff heap"],
    where_after=[],
    contrast_before=40.0,
    ghost_after=0.1,
    times=[Reading("zero", 0.7, 5.0)],
    flash_identical=True,
    bulk_in_bytes=0,
    driver_errors=[],
)


def test_a_good_outcome_has_no_findings() -> None:
    assert GOOD.faults() == []
    assert GOOD.to_dict()["verdict"] == "nothing left"
    assert "nothing of the note is left" in report.table(GOOD)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"before": {**GOOD.before, "sram": 0}}, "positive control"),
        ({"contrast_before": 1.0}, "positive control"),
        ({"after": {**GOOD.after, "plane 24h": 1}}, "left in plane 24h"),
        ({"times": [Reading("zero", 5.1, 5.0)]}, "allowed 5 ms"),
        ({"times": [Reading("zero", None, 5.0)]}, "never"),
        ({"ghost_after": 1.5}, "residual image"),
        ({"flash_identical": False}, "flash changed"),
        ({"bulk_in_bytes": 1}, "sent 1 bytes"),
        ({"driver_errors": ["command while BUSY"]}, "driver error"),
    ],
)
def test_each_finding_makes_the_verdict_bad(change: dict[str, Any], said: str) -> None:
    outcome = replace(GOOD, **change)
    assert any(said in fault for fault in outcome.faults())
    assert outcome.to_dict()["verdict"] == "FAILED"
    assert "FAILED" in report.table(outcome)


def test_the_report_is_json(tmp_path: Path) -> None:
    report.save(GOOD, tmp_path / "deep" / "report.json")
    read = json.loads((tmp_path / "deep" / "report.json").read_text(encoding="utf-8"))
    assert read["text"] == "山田"
    assert read["times_ms"][0]["within"] is True


def test_found_bytes_are_coloured_by_owner_and_others_are_grey() -> None:
    content = bytes([90]) * 2048
    found = np.zeros(2048, dtype=np.bool_)
    found[10] = found[700] = True
    drawn = picture.memory_picture(content, found, {"heap": [(0, 2048)], "frame": [(600, 800)]})
    scale, width = picture.SCALE, picture.WIDTH
    assert drawn.getpixel((10 * scale, 0)) == picture.COLOURS["heap"]
    assert drawn.getpixel((700 % width * scale, 700 // width * scale)) == picture.COLOURS["frame"]
    assert drawn.getpixel((11 * scale, 0)) == (30, 30, 30)


def test_a_missing_image_gives_a_message_without_a_traceback(tmp_path: Path) -> None:
    ran = CliRunner().invoke(main, ["demo", "--image", str(tmp_path / "none.uf2"), "--out", str(tmp_path)])
    assert ran.exit_code == Exit.NO_INPUT
    assert "none.uf2 does not exist" in ran.output
    assert "Traceback" not in ran.output


def test_an_image_without_its_elf_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pad.uf2").write_bytes(struct.pack("<II", *MAGIC))
    ran = CliRunner().invoke(main, ["demo", "--image", str(tmp_path / "pad.uf2"), "--out", str(tmp_path)])
    assert ran.exit_code == Exit.NO_INPUT
    assert "pad.elf" in ran.output
