"""test_flash_refused: refusals before the first byte, and pads that cannot be written."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from attacks import attack
from flash_runs import results, run, words
from kesu.common.errors import Exit
from kesu.devices.discovery.find import pads
from kesu.devices.flash import steps
from kesu.devices.flash.image import load_image
from kesu.devices.flash.job import Job
from kesu.devices.flash.plan import Plan
from kesu.devices.flash.steps import VERDICTS, Step
from kesu.images.toolchain.request import BuiltImage
from pad_bench import Bench, StandInPad


def test_one_pad_among_several_must_be_named(bench: Bench, sealed: BuiltImage) -> None:
    first, second = bench.add(1), bench.add(2)
    refused = run(bench, "flash", sealed.uf2)
    assert refused.exit_code == Exit.USAGE
    assert "2 pads were found: 1-1.1 (bootsel RP2040), 1-1.2 (bootsel RP2040)." in refused.stderr
    assert run(bench, "flash", sealed.uf2, "--pad", "1-1.9").exit_code == Exit.UNAVAILABLE
    assert words(results(bench, "flash", sealed.uf2, "--pad", bench.drive(second))[1]) == {"1-1.2": "done"}
    assert set(first.flash.content) == {0xFF}


def test_a_missing_pad_or_picotool_is_reported(bench: Bench, sealed: BuiltImage) -> None:
    nothing = run(bench, "flash", sealed.uf2, "--all")
    assert nothing.exit_code == Exit.UNAVAILABLE
    assert "kesu doctor" in nothing.stderr
    bench.add(1)
    bench.server.command.unlink()
    missing = run(bench, "seal", sealed.uf2)
    assert missing.exit_code == 69
    assert "apt-get install picotool" in missing.stderr
    assert words(results(bench, "flash", sealed.uf2)[1]) == {"1-1.1": "done"}, "auto then uses the drive"


@pytest.mark.slow
def test_seal_refuses_a_service_image_before_touching_a_pad(bench: Bench, service: BuiltImage) -> None:
    pad = bench.add(1)
    refused = run(bench, "seal", service.uf2, "--all")
    assert refused.exit_code == 65
    assert "not a sealed one" in refused.stderr
    assert set(pad.flash.content) == {0xFF}


def test_an_unsigned_image_is_refused_when_a_key_is_configured(
    bench: Bench, sealed: BuiltImage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = tmp_path / "kesu.pub"
    key.write_text("untrusted comment: x\nRWS4DdA5ZpEMsm+f79TWj17x3Nk4yfAwbUP5eOHd1D1pQAjrYiaVzaOH\n")
    monkeypatch.setenv("KESU_PUBLIC_KEY", str(key))
    pad = bench.add(1)
    refused = run(bench, "flash", sealed.uf2)
    assert refused.exit_code == 65
    assert "it is not signed" in refused.stderr
    assert set(pad.flash.content) == {0xFF}


def test_a_sealed_pad_needs_its_button(bench: Bench, sealed: BuiltImage) -> None:
    bench.add(1)
    assert results(bench, "flash", sealed.uf2)[0] == 0
    code, found = results(bench, "flash", sealed.uf2, "--pad", "1-1.1")
    assert (code, found["1-1.1"]["result"], found["1-1.1"]["code"]) == (1, "not in BOOTSEL", 11)
    assert "hold BOOTSEL" in found["1-1.1"]["advice"]


def test_exit_codes_are_fixed() -> None:
    """They are documented in docs/flashing.md; scripts depend on them."""
    document = Path(__file__).parents[2].joinpath("docs", "flashing.md").read_text(encoding="utf-8")
    for verdict in VERDICTS:
        assert f"| {verdict.word} | {verdict.code} |" in document


@attack(
    "`kesu flash`, `kesu seal`",
    "the pad is unplugged before it is written",
    "that pad is lost, no other is written",
)
def test_a_swapped_pad_is_noticed(bench: Bench, sealed: BuiltImage) -> None:
    pad: StandInPad = bench.add(1)
    found = pads(bench.host())[0]
    stale = Plan(load_image(sealed.uf2), "seal", True, patience_s=1.0)
    bench.unplug(pad)
    outcome = Job(bench.host(), found, stale, threading.Event(), lambda *_: None).run()
    assert (outcome.verdict, outcome.step) == (steps.LOST, Step.IDENTIFY)
    assert "No accessible RP-series device" in outcome.note


def test_a_check_leaves_no_file_behind(
    bench: Bench, sealed: BuiltImage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    bench.add(1)
    assert words(results(bench, "seal", sealed.uf2, "--check")[1]) == {"1-1.1": "not proven"}
    assert list(folder.iterdir()) == []
    assert run(bench, "seal", sealed.uf2, "--record", folder / "absent" / "x.csv").exit_code == 73
    assert set(bench.pads[0].flash.content) == {0xFF}
