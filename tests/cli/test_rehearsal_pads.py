"""test_rehearsal_pads: `kesu seal --rehearse` and `kesu flash --rehearse`: marked, and nothing real is touched."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from kesu.common.uf2 import parse
from kesu.devices.discovery.host import Host
from kesu.devices.flash.image import load_image
from kesu.devices.flash.record import Record
from kesu.devices.rehearsal.descriptors import descriptors_in
from kesu.devices.rehearsal.options import KINDS, MARK
from kesu.images.toolchain.request import BuiltImage
from kesu.spec.call_line import PRODUCT, VENDOR
from pad_bench import Bench

WATCH = """
import os, sys
log = open({log!r}, "a")
def hook(event, arguments):
    if event in ("open", "os.listdir", "os.scandir", "subprocess.Popen", "socket.connect", "os.remove", "os.rename"):
        print(event, *[repr(one) for one in arguments[:2]], file=log, flush=True)
sys.addaudithook(hook)
from kesu.cli.commands import main
main(sys.argv[1:], prog_name="kesu")
"""
REAL = ("'/dev/ttyACM", "'/dev/sd", "'/dev/bus/usb", "'/sys/", "'/proc/mounts", "'/media", "'/run/media")


def rehearse(folder: Path, *words: object) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    """Run `kesu` in `folder` under an audit hook; the result, and what it opened, listed, ran and connected to."""
    log = folder / "audit.log"
    log.unlink(missing_ok=True)
    folder.joinpath("home").mkdir(exist_ok=True)
    environment = {**os.environ, "HOME": str(folder / "home"), "XDG_STATE_HOME": str(folder / "home/state")}
    done = subprocess.run(
        [sys.executable, "-c", WATCH.format(log=str(log)), *map(str, words)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done, log.read_text().splitlines()


def touched(events: list[str]) -> list[str]:
    """Events about real pads: their devices and drives, and picotool."""
    return [
        one
        for one in events
        if any(place in one for place in REAL) or one.startswith("subprocess.Popen 'picotool'")
    ]


@pytest.mark.slow
def test_the_default_rehearsal_shows_each_result_and_touches_nothing(
    sealed: BuiltImage, tmp_path: Path
) -> None:
    done, events = rehearse(tmp_path, "seal", sealed.uf2, "--all", "--rehearse")
    assert done.returncode == 1
    lines = (done.stdout + done.stderr).splitlines()
    assert len(lines) > 30
    assert [line for line in lines if not line.startswith(MARK)] == []
    rows = [line.split("  ") for line in done.stdout.splitlines() if "1-1." in line]
    results = Counter(
        word for row in rows for word in row if word in ("done", "not proven", "wrong chip", "lost")
    )
    assert results == {"done": 5, "not proven": 1, "wrong chip": 1, "lost": 1}
    assert touched(events) == []
    # What it wrote: the record, beside a temporary folder that is gone.
    record = {"rehearsal-kesu-sealed.csv", ".rehearsal-kesu-sealed.csv.lock"}
    assert {path.name for path in tmp_path.iterdir()} == {"audit.log", "home", *record}
    assert list((tmp_path / "home").rglob("*")) == []
    assert any("kesu-rehearsal-" in one for one in events), "the hook sees what is opened"
    temporary = {
        one.split("kesu-rehearsal-")[1].split("/")[0].strip("'") for one in events if "kesu-rehearsal-" in one
    }
    assert not any(Path("/tmp", f"kesu-rehearsal-{name}").exists() for name in temporary)


def test_control_without_the_option_this_machine_is_looked_at(sealed: BuiltImage, tmp_path: Path) -> None:
    _, events = rehearse(tmp_path, "flash", sealed.uf2, "--all", "--via", "drive")
    assert any("'/sys/bus/usb/devices" in one or "'/proc/mounts'" in one for one in events)
    assert touched(events)


@pytest.mark.slow
def test_a_rehearsal_can_be_resumed_with_repaired_pads(sealed: BuiltImage, tmp_path: Path) -> None:
    words = ("seal", sealed.uf2, "--all", "--rehearse", "--record", "pads.csv", "--json", "--resume")
    done, _ = rehearse(tmp_path, *words, "--rehearse-pads", "good,unplugged")
    first = json.loads(done.stdout)
    assert first["rehearsal"] is True
    assert [pad["result"] for pad in first["pads"]] == ["done", "lost"]
    done, _ = rehearse(tmp_path, *words, "--rehearse-pads", "good,good")
    assert [pad["result"] for pad in json.loads(done.stdout)["pads"]] == ["skipped", "done"]
    assert done.returncode == 0
    assert not (tmp_path / "pads.csv").exists(), "the real record is not written"
    serials = {entry.serial for entry in Record(tmp_path / "rehearsal-pads.csv").entries()}
    assert all(serial.startswith("7e57") for serial in serials)


@pytest.mark.slow
def test_a_drive_takes_the_image_without_proof(sealed: BuiltImage, tmp_path: Path) -> None:
    words = ("flash", sealed.uf2, "--all", "--rehearse", "--via", "drive", "--json")
    done, events = rehearse(tmp_path, *words, "--rehearse-pads", "good,unplugged,wrong-chip")
    assert [pad["result"] for pad in json.loads(done.stdout)["pads"]] == ["done", "lost", "wrong chip"]
    assert touched(events) == []


@pytest.mark.slow
def test_errors_and_wrong_kinds_are_marked_or_refused(sealed: BuiltImage, tmp_path: Path) -> None:
    done, _ = rehearse(tmp_path, "seal", sealed.uf2, "--rehearse")
    assert done.returncode == 2
    assert f"{MARK}: 8 pads were found" in done.stderr
    for wrong in ("good,bad", ",".join(["good"] * 21), ""):
        done, _ = rehearse(tmp_path, "seal", sealed.uf2, "--rehearse", "--rehearse-pads", wrong)
        assert done.returncode == 2
    assert set(KINDS) == {"good", "worn", "wrong-chip", "unplugged", "mute"}


def test_descriptors_in_the_image_are_those_that_the_virtual_pad_enumerates_with(
    bench: Bench, sealed: BuiltImage
) -> None:
    flash = parse(sealed.uf2.read_bytes()).flash(2 * 1024 * 1024)
    found = descriptors_in(flash, VENDOR, PRODUCT)
    assert found == bench._enumerated(flash)
    assert len(found) == 18 + 75
    assert descriptors_in(flash.replace(found[:18], bytes(18)), VENDOR, PRODUCT) == b""
    assert descriptors_in(flash.replace(found[18:], bytes(75)), VENDOR, PRODUCT) == b""
    assert load_image(sealed.uf2).sealed
    assert Host().root == Path("/")
