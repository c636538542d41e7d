"""rig_library: the parts of the rig's firmware that need no chip, compiled for this machine: panel, touch, requests."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import ctypes
import shutil
import subprocess
from pathlib import Path

from kesu.common.checkout import ROOT
from kesu_dev.rig.headers import rig_headers

FIRMWARE = ROOT / "firmware" / "rig"
HARNESS = Path(__file__).parent / "rig_host"
PURE = ("panel.c", "panel_state.c", "panel_update.c", "touch.c", "request.c", "record.c")
WARNINGS = ("-Wall", "-Wextra", "-Werror")


def _command(folder: Path, *options: str) -> list[str]:
    for name, text in rig_headers("test").items():
        (folder / name).write_text(text, encoding="ascii")
    sources = [str(FIRMWARE / name) for name in PURE]
    places = [f"-I{FIRMWARE}", f"-I{folder}"]
    return [
        "gcc",
        "-std=gnu11",
        "-g",
        "-O1",
        *WARNINGS,
        *options,
        *places,
        *sources,
        str(HARNESS / "hooks.c"),
    ]


def library(folder: Path) -> ctypes.CDLL:
    """The parts as a library. folder: an empty one."""
    target = folder / "rig.so"
    command = _command(folder, "-shared", "-fPIC", "-fsanitize=undefined", "-fno-sanitize-recover=all")
    subprocess.run([*command, "-o", str(target)], check=True)
    loaded = ctypes.CDLL(str(target))
    loaded.host_plane.restype = ctypes.POINTER(ctypes.c_uint8)
    return loaded


def fuzzer(folder: Path) -> Path | None:
    """The fuzzing program with address and undefined-behaviour sanitizers; None where they are missing."""
    sanitizers = "-fsanitize=address,undefined"
    empty = folder / "empty.c"
    empty.write_text("int main(void) { return 0; }\n", encoding="ascii")
    target = folder / "fuzz"
    if (
        shutil.which("gcc") is None
        or subprocess.run(["gcc", sanitizers, "-o", target, empty], check=False).returncode
    ):
        return None
    command = _command(folder, sanitizers, "-fno-sanitize-recover=all")
    subprocess.run([*command, str(HARNESS / "fuzz.c"), "-o", str(target)], check=True)
    return target
