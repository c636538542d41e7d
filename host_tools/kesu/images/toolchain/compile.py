"""compile: runs CMake and Ninja in a persistent build folder, and extracts the useful lines of a failure."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from kesu.common.errors import Exit, KesuError
from kesu.common.progress import Progress
from kesu.images.toolchain.request import STOCK, BuildRequest
from kesu.images.toolchain.tools import LAST_LINES, run

STEP = re.compile(r"^\[(\d+)/(\d+)\]\s*(.*)")
USEFUL = re.compile(
    r"error|, line \d+|undefined reference|multiple definition|overflowed|No such file|Error", re.IGNORECASE
)
COMMAND_LINE = re.compile(r"^(: && )?/\S+ (.* )?-[DIo]|^FAILED:")
CONFIGURE = Path(__file__)
"""The files that determine how a build folder is configured: a folder of another version is not reused."""
# Time stamp in the image, instead of the build time: release of MicroPython 1.25.0.
EPOCH = "1744675200"


def environment() -> dict[str, str]:
    """Environment variables that make builds reproducible.

    PYTHONHASHSEED: the port's boardgen.py iterates over a set, so the order of pin names depends on hashes.
    """
    return os.environ | {
        "SOURCE_DATE_EPOCH": EPOCH,
        "MICROPY_GIT_TAG": "v1.25.0",
        "MICROPY_GIT_HASH": "kesu",
        "PYTHONHASHSEED": "0",
        "LC_ALL": "C.UTF-8",
        "CLICOLOR_FORCE": "0",
        "NINJA_STATUS": "[%f/%t] ",
    }


def configure(request: BuildRequest, port: Path, stage: Path, folder: Path) -> None:
    """Write the build files, once per folder. Raises KesuError with CMake's last lines."""
    if (folder / "build.ninja").is_file():
        return
    # Each becomes "." wherever a path is recorded, debug information included.
    named = (folder, stage, folder.parent / "boards", port, port.resolve(), *_linked(port))
    paths = ";".join(str(path) for path in named)
    definitions = {
        "MICROPY_BOARD": request.board_folder,
        "MICROPY_BOARD_DIR": folder.parent / "boards" / request.board_folder,
        "MICROPY_FROZEN_MANIFEST": folder.parent / "manifests" / f"{request.profile}.py",
        "MICROPY_MANIFEST_KESU_STAGE": stage,
        "KESU_PROFILE": request.profile,
        "KESU_PATHS": paths,
        "Python3_EXECUTABLE": sys.executable,
    }
    if request.profile != STOCK:
        definitions["USER_C_MODULES"] = stage / "native" / "micropython.cmake"
    command = ["cmake", "-S", str(port / "ports" / "rp2"), "-B", str(folder), "-G", "Ninja"]
    command += [f"-D{name}={value}" for name, value in definitions.items()]
    with Progress(f"Configuring the {request.profile} image"):
        run(command, env=environment(), hint=f"CMake's log is in {folder}.")


def _linked(port: Path) -> list[Path]:
    return [(port / "lib" / name).resolve() for name in ("pico-sdk", "tinyusb")]


def compile_image(request: BuildRequest, folder: Path) -> None:
    """Bring firmware.elf and firmware.uf2 in `folder` up to date. Raises KesuError with compiler lines."""
    log = folder / "compile.log"
    with Progress(f"Compiling the {request.profile} image") as step, log.open("w", encoding="utf-8") as kept:
        process = subprocess.Popen(
            ["ninja", "-C", str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=environment(),
        )
        assert process.stdout is not None
        with process.stdout as lines:
            for line in lines:
                kept.write(line)
                found = STEP.match(line)
                if found:
                    step.update(int(found[1]), int(found[2]), Path(found[3].split(" ")[-1]).name)
        status = process.wait()
        if status:
            kept.flush()
            raise KesuError(
                f"The {request.profile} image does not compile:\n  "
                + "\n  ".join(useful_lines(log.read_text(encoding="utf-8"))),
                hint=f"Fix the errors above and build again. Full log: {log}",
                code=Exit.DATA,
            )


def useful_lines(log: str) -> list[str]:
    """The last lines of a build log that report errors, without the long command lines."""
    lines = [line for line in log.splitlines() if line.strip() and not COMMAND_LINE.match(line)]
    telling = [line for line in lines if USEFUL.search(line) and not STEP.match(line)]
    return [line[:240] for line in (telling or lines)[-LAST_LINES:]]
