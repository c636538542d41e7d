"""test_harden_plan: the plan names the bits that picotool lists, and shows which steps are done and left."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from kesu.cli.commands import main
from kesu.common.errors import Exit
from kesu.devices.otp.steps import ROWS, STEPS

LISTING = """ROW 0x0038: OTP_DATA_CRIT0
        "Page 0 critical boot flags (RBIT-8)"
    VALUE 0x{:06x}
    field RISCV_DISABLE (bit 1) = 0
ROW 0x0040: OTP_DATA_CRIT1
        "Page 1 critical boot flags (RBIT-8)"
    VALUE 0x{:06x}
ROW 0x0048: OTP_DATA_BOOT_FLAGS0
        "Disable/Enable boot paths/features in the RP2350 mask ROM. VALUE of many"
    VALUE 0x{:06x}
"""


def harden(*words: str) -> Result:
    return CliRunner().invoke(main, ["harden", *words])


def saved(folder: Path, *values: int) -> str:
    path = folder / "otp.txt"
    path.write_text(LISTING.format(*values), encoding="utf-8")
    return str(path)


@pytest.mark.skipif(shutil.which("picotool") is None, reason="picotool is not installed")
def test_rows_names_and_bits_are_picotools() -> None:
    """An independent source: picotool's table comes from the chip's maker."""
    names = [name for name, _ in ROWS]
    listed = subprocess.run(
        ["picotool", "otp", "list", *names], capture_output=True, text=True, check=True
    ).stdout
    parts = re.split(r"^ROW 0x([0-9a-f]{4}): OTP_DATA_(\w+)", listed, flags=re.MULTILINE)[1:]
    rows = {name: (int(number, 16), text) for number, name, text in zip(*[iter(parts)] * 3, strict=True)}
    for step in STEPS:
        field = step.field
        number, text = rows[field.row]
        assert number == field.number
        bits = f"bit {field.first}" if field.first == field.last else f"bits {field.first}-{field.last}"
        assert f"field {field.name} ({bits})" in text


def test_a_blank_board_has_every_step_left(tmp_path: Path) -> None:
    planned = harden("--plan", "--from", saved(tmp_path, 0, 0, 0))
    assert planned.exit_code == 0
    assert f"{len(STEPS)} of {len(STEPS)} steps are left" in planned.output
    assert planned.output.count("picotool otp set -s") == len(STEPS)
    assert "CRIT1.GLITCH_DETECTOR_SENS: 0 -> 3" in planned.output


def test_finished_steps_are_marked_done(tmp_path: Path) -> None:
    planned = harden("--plan", "--from", saved(tmp_path, 0b10, 0b0100100, 1 << 17))
    assert "CRIT0.RISCV_DISABLE: done" in planned.output
    assert "CRIT1.DEBUG_DISABLE: done" in planned.output
    assert "CRIT1.GLITCH_DETECTOR_SENS: 1 -> 3" in planned.output
    assert "BOOT_FLAGS0.DISABLE_BOOTSEL_USB_MSD_IFC: done" in planned.output
    assert f"{len(STEPS) - 3} of {len(STEPS)} steps are left" in planned.output


def test_the_access_that_sets_bits_is_disabled_last() -> None:
    assert STEPS[-1].field.name == "DISABLE_BOOTSEL_USB_PICOBOOT_IFC"
    assert len({(step.field.row, step.field.name) for step in STEPS}) == len(STEPS)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "it lacks CRIT0, CRIT1, BOOT_FLAGS0"),
        (LISTING.format(0, 0, 0).replace("0x0048", "0x0049"), "has row 0x0049"),
        (LISTING.format(0, 0, 0) + LISTING.format(1, 0, 0), "CRIT0 has two values"),
        (LISTING.format(0, 0, 0).replace("VALUE 0x", "VALUE 0z"), "it lacks"),
    ],
)
def test_an_invalid_listing_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "otp.txt"
    path.write_text(text, encoding="utf-8")
    refused = harden("--plan", "--from", str(path))
    assert refused.exit_code == Exit.DATA
    assert reason in refused.output


def test_it_only_plans_and_says_what_is_missing(tmp_path: Path) -> None:
    assert "only prints a plan" in harden().output
    program = tmp_path / "picotool"
    for code, reason in ((249, "no Pico 2 is connected"), (3, "picotool otp get failed: sorry")):
        program.write_text(f"#!{sys.executable}\nprint('sorry')\nraise SystemExit({code})\n")
        program.chmod(0o755)
        refused = harden("--plan", "--picotool", str(program))
        assert refused.exit_code == Exit.UNAVAILABLE
        assert reason in refused.output
    assert "cannot be run" in harden("--plan", "--picotool", str(tmp_path / "absent")).output
    program.write_text(f"#!{sys.executable}\nprint({LISTING.format(0, 0, 0)!r})\n")
    assert harden("--plan", "--picotool", str(program)).exit_code == 0
