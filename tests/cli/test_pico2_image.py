"""test_pico2_image: images for the Pico 2 come from the same sources and pass the same audit."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner
from kesu.cli.commands import main
from kesu.common.errors import Exit, KesuError
from kesu.common.uf2 import FAMILY_RP2350_ARM, load, parse
from kesu.emulator.uf2 import read_uf2
from kesu.images.toolchain import ensure
from kesu.images.toolchain.request import BuildRequest
from kesu.spec.panels import PANELS
from kesu.verify.structure import audit
from kesu.verify.structure.chips import RP2040, RP2350
from kesu.verify.structure.code import Code

pytestmark = pytest.mark.slow

# Each function names one register or routine, each by a different Cortex-M33 instruction.
WIDE = """
    .syntax unified
    .cpu cortex-m33
    .thumb
    .text
    .macro routine name
    .global \\name
    .type \\name, %function
    .thumb_func
\\name:
    .endm
    routine by_pool
        ldr.w r9, =0x400d0000
        bx lr
        .ltorg
    .size by_pool, . - by_pool
    routine by_halves
        movw r3, #0x0064
        movt r3, #0x4012
        bx lr
    .size by_halves, . - by_halves
    routine by_code
        movw r0, #0x424f    @ "OB": no routine of the boot ROM
        movw r0, #0x414f    @ "OA"
        bx lr
    .size by_code, . - by_code
"""


@pytest.mark.long
def test_both_panels_pass_the_audit_and_are_for_the_pico_2() -> None:
    for panel in PANELS:
        image = ensure("sealed", board="pico2", panel=panel)
        assert image.uf2.name == f"kesu-pico2-{panel}-sealed.uf2"
        assert [finding for finding in audit(image) if not finding.holds] == []
        assert parse(load(image.uf2)).family == FAMILY_RP2350_ARM
        assert read_uf2(image.uf2).family == FAMILY_RP2350_ARM


@pytest.mark.long
@pytest.mark.deep
def test_the_service_image_of_the_pico_2_is_refused() -> None:
    broken = {
        finding.rule: finding for finding in audit(ensure("service", board="pico2")) if not finding.holds
    }
    assert "'RB' (restart into the boot loader" in broken["no flash routine of the boot ROM"].detail
    assert "bootsel_button" in broken["no direct way to the flash chip"].detail
    assert {"no compiler", "no REPL", "no file system", "no writable storage"} <= broken.keys()


def test_constants_in_wide_instructions_are_seen(tmp_path: Path) -> None:
    source, program = tmp_path / "wide.s", tmp_path / "wide.elf"
    source.write_text(WIDE, encoding="utf-8")
    command = [
        "arm-none-eabi-gcc",
        "-mcpu=cortex-m33",
        "-mthumb",
        "-nostdlib",
        "-Wl,-e0",
        "-Wl,-Ttext=0x10000000",
    ]
    subprocess.run([*command, str(source), "-o", str(program)], check=True)
    code = Code(program)
    assert code.chip is RP2350
    found = {(literal.function, literal.value) for literal in code.literals}
    assert {("by_pool", 0x400D0000), ("by_halves", 0x40120064), ("by_code", 0x414F)} <= found


def test_the_chip_is_read_from_the_elf() -> None:
    assert Code(ensure("sealed").elf).chip is RP2040
    assert Code(ensure("sealed", board="pico2").elf).chip is RP2350


@pytest.mark.deep
def test_audit_finds_what_a_service_image_has() -> None:
    service = CliRunner().invoke(main, ["audit", str(ensure("service", board="pico2").uf2)])
    assert service.exit_code == 1
    assert re.search(r"^BROKEN  no REPL", service.output, re.MULTILINE)


def test_audit_reads_an_image_for_the_pico_2() -> None:
    image = ensure("sealed", board="pico2")
    read = CliRunner().invoke(main, ["audit", "--json", str(image.uf2)])
    assert read.exit_code == 0
    assert all(finding["holds"] for finding in json.loads(read.output))
    absent = CliRunner().invoke(main, ["audit", "absent.uf2"])
    assert absent.exit_code == Exit.NO_INPUT
    assert "absent.uf2 does not exist" in absent.output


def test_stock_images_and_other_boards_are_refused() -> None:
    with pytest.raises(KesuError, match="no stock image for the board 'pico2'"):
        BuildRequest(profile="stock", board="pico2")
    with pytest.raises(KesuError, match="no sealed image for the board") as refused:
        BuildRequest(board="pico3")
    assert refused.value.code == Exit.USAGE
