"""test_picotool_real: the real picotool without a pad: the stand-in has its messages and exit codes."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import shutil
import subprocess
import threading
from pathlib import Path

import pytest
from kesu.common.uf2 import FLASH, parse
from kesu.devices.flash import steps
from kesu.devices.flash.image import load_image
from kesu.devices.flash.picotool import Picotool
from kesu.devices.flash.steps import Stopped
from kesu.images.identity import identity_of
from kesu.images.toolchain import ensure
from pad_bench import Bench

pytestmark = pytest.mark.skipif(shutil.which("picotool") is None, reason="picotool is not installed")


def real(*words: str) -> tuple[int, str]:
    done = subprocess.run(["picotool", *words], capture_output=True, text=True, check=False)
    assert done.stderr == "", "messages are on standard output"
    return done.returncode, done.stdout


def tool(command: str, cancelled: threading.Event | None = None) -> Picotool:
    return Picotool((command,), 1, 99, cancelled or threading.Event())


def test_no_device_gives_lost_with_both_picotools(tmp_path: Path) -> None:
    bench = Bench(tmp_path, ensure("sealed").uf2)
    try:
        said = []
        for command in ("picotool", str(bench.server.command)):
            with pytest.raises(Stopped) as stopped:
                tool(command).erase(lambda _: None)
            assert stopped.value.verdict is steps.LOST
            said.append(stopped.value.note)
        assert said[0] == said[1]
        assert "ended with 249: No accessible RP-series device in BOOTSEL mode was found at bus 1" in said[0]
    finally:
        bench.close()


@pytest.mark.parametrize(
    "words",
    [
        ["info", "-d", "-a"],
        ["erase", "-a"],
        ["save", "-a", "-t", "bin", "x.bin"],
        ["load", "-v", "-t", "bin", "x.bin", "-o", "10000000"],
        ["reboot"],
    ],
    ids=lambda words: str(words[0]),
)
def test_picotool_accepts_every_command_line_of_kesu(words: list[str]) -> None:
    code, text = real(*words, "--bus", "1", "--address", "99")
    assert (code, "No accessible RP-series device" in text) == (249, True)
    code, text = real(*words, "--bus", "1", "--address", "99", "--frobnicate")
    assert (code, "ERROR: unexpected option" in text or "ERROR" in text) == (255, True)


@pytest.mark.parametrize(
    "words",
    [
        "Erasing: ",
        "Erased ",
        "Loading into ",
        "Verifying ",
        "  OK",
        "  FAILED",
        "Saving file: ",
        "The device was rebooted into application mode.",
        "The device contents did not match the file",
        "Program Information",
        "description",
        "Device Information",
        "flash size",
        "flash id",
        "chipid",
        "unable to connect",
    ],
)
def test_the_stand_in_uses_messages_of_the_real_one(words: str) -> None:
    program = Path(str(shutil.which("picotool"))).read_bytes()
    assert words.encode() in program
    assert b"Frobnicating: " not in program


def test_wrong_arguments_are_an_error_of_the_tool_not_of_the_pad() -> None:
    with pytest.raises(Stopped) as stopped:
        tool("picotool")._run(["frob"], lambda _: None)
    assert stopped.value.verdict is steps.TOOL_FAILED
    assert "Unknown command" in stopped.value.note or "ended with 255" in stopped.value.note


def test_picotool_converts_the_padded_image_to_the_same_bytes(tmp_path: Path) -> None:
    """The .bin that is loaded holds what the UF2 holds, and nothing but 0xFF after it."""
    image = load_image(ensure("sealed").uf2)
    binary, again = tmp_path / "image.bin", tmp_path / "again.uf2"
    binary.write_bytes(image.whole_sectors())
    code, text = real("uf2", "convert", str(binary), str(again), "--family", "rp2040")
    assert code == 0, text
    flash = parse(again.read_bytes()).flash(1 << 21)
    assert flash == image.uf2.flash(1 << 21)


def test_picotool_reads_the_chip_of_the_images() -> None:
    code, text = real("info", "-a", str(ensure("sealed").uf2))
    assert (code, "family ID 'rp2040'" in text) == (0, True)


def test_a_cancelled_run_ends_at_once(tmp_path: Path) -> None:
    slow = tmp_path / "slow"
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)
    cancelled = threading.Event()
    threading.Timer(0.2, cancelled.set).start()
    with pytest.raises(Stopped) as stopped:
        tool(str(slow), cancelled).info()
    assert stopped.value.verdict is steps.INTERRUPTED


def test_a_missing_picotool_is_reported(tmp_path: Path) -> None:
    with pytest.raises(Stopped, match="cannot be run") as stopped:
        tool(str(tmp_path / "absent")).info()
    assert stopped.value.verdict is steps.TOOL_FAILED


def test_missing_permission_is_not_reported_as_lost(tmp_path: Path) -> None:
    """picotool's message for a device it may not open (main.cpp), which has the exit code of no device."""
    refusing = tmp_path / "refusing"
    words = "Device at bus 1, address 99 appears to be in BOOTSEL mode, but picotool was unable to connect."
    refusing.write_text(f"#!/bin/sh\necho '{words}'\nexit 249\n")
    refusing.chmod(0o755)
    with pytest.raises(Stopped, match="no permission") as stopped:
        tool(str(refusing)).info()
    assert stopped.value.verdict is steps.TOOL_FAILED


def test_picotool_and_kesu_read_the_same_identity() -> None:
    """`kesu flash` compares versions by this identity, which picotool reads from a pad."""
    path = ensure("sealed").uf2
    code, text = real("info", "-d", "-a", str(path))
    image = load_image(path)
    own = identity_of(image.uf2.flash(image.uf2.end - FLASH.start))
    assert own is not None
    assert (code, f"description:       {own.name} {own.version} {own.image_id}" in text) == (0, True)
    assert text.index("Program Information") < text.index("description:")
