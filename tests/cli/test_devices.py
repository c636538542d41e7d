"""test_devices: `kesu devices` without and with --ask, and what the record adds."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from kesu.cli.commands import main
from kesu.common.errors import Exit, KesuError
from kesu.common.uf2 import parse
from kesu.common.usb_ids import RP2350
from kesu.images.toolchain import ensure
from pad_bench import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path, ensure("sealed").uf2)
    yield made
    made.close()


def devices(bench: Bench, *arguments: object) -> list[dict[str, Any]]:
    words = ["devices", "--images", str(bench.image.parent), *map(str, arguments), "--json"]
    result = CliRunner().invoke(main, words, obj=bench.host())
    assert result.exit_code == 0, result.output
    found: list[dict[str, Any]] = json.loads(result.stdout)["pads"]
    return found


@pytest.mark.slow
def test_pads_in_bootsel_are_read_and_recognised(bench: Bench) -> None:
    image = parse(bench.image.read_bytes())
    flash = image.flash(2 * 1024 * 1024)
    bench.add(1).flash.content[:] = flash
    bench.add(2)
    more = bench.add(3)
    more.flash.content[:] = flash
    more.flash.content[1_500_000] = 7
    bench.add(4).flash.content[:] = bytes(2 * 1024 * 1024)
    bench.add(5, chip=RP2350)
    untouched = devices(bench)
    assert [pad["image"] for pad in untouched] == [""] * 5
    assert bench.server.calls == [], "a plain list does not touch a pad"
    asked = devices(bench, "--ask")
    assert [(pad["pad"], pad["image"]) for pad in asked] == [
        ("1-1.1", bench.image.name),
        ("1-1.2", "empty"),
        ("1-1.3", bench.image.name),
        ("1-1.4", "unknown"),
        ("1-1.5", "empty"),
    ]
    assert asked[0]["policy"] == "idle 180 s, at most 900 s, ja"
    assert asked[2]["problem"] == "its flash holds data outside the image"
    assert asked[4]["chip"] == "RP2350"


def test_a_running_sealed_pad_is_known_only_by_its_ports_record(bench: Bench, tmp_path: Path) -> None:
    bench.add(1)
    record = tmp_path / "pads.csv"
    words = ["seal", str(bench.image), "--record", str(record)]
    assert CliRunner().invoke(main, words, obj=bench.host()).exit_code == 0
    (pad,) = devices(bench, "--ask")
    assert (pad["mode"], pad["serial"], pad["image"], pad["port"]) == ("sealed", "", "", "/dev/ttyACM1")
    (pad,) = devices(bench, "--record", record)
    assert (pad["image"], pad["source"]) == (f"{bench.image.name} (record)", "record")
    table = CliRunner().invoke(main, ["devices", "--record", str(record)], obj=bench.host()).stdout
    assert table.splitlines()[0].split() == [
        "pad",
        "serial",
        "mode",
        "chip",
        "image",
        "policy",
        "port",
        "problem",
    ]


@pytest.mark.slow
def test_a_service_pad_is_asked_over_its_console(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    pad = bench.add(1)
    pad.flash.content[:] = parse(ensure("service").uf2.read_bytes()).flash(2 * 1024 * 1024)
    bench.restart(pad)
    restarted = []

    class Answers:
        """A fake console; test_sync_pad.py tests the real one."""

        @classmethod
        def open(cls, device: str) -> Answers:
            if device != "/dev/ttyACM1":
                raise KesuError("another device", code=Exit.UNAVAILABLE)
            return cls()

        def __enter__(self) -> Answers:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def evaluate(self, _expression: str) -> object:
            return (60_000, 300_000, 1)

        def restart(self) -> None:
            restarted.append(True)

    monkeypatch.setattr("kesu.devices.sync.console.Console", Answers)
    (found,) = devices(bench, "--ask")
    assert (found["mode"], found["serial"]) == ("service", pad.serial)
    assert (found["image"], found["policy"]) == ("service image", "idle 60 s, at most 300 s, en")
    assert restarted, "the application runs again"
    (found,) = devices(bench)
    assert found["policy"] == ""


def test_without_a_pad_the_hint_names_doctor(bench: Bench) -> None:
    result = CliRunner().invoke(main, ["devices"], obj=bench.host())
    assert (result.exit_code, "kesu doctor" in result.stdout) == (0, True)
