"""tools: runs external programs; reports missing ones and failures."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from kesu.common.errors import Exit, KesuError

# Program -> the Debian package that contains it.
COMPILERS = {
    "arm-none-eabi-gcc": "gcc-arm-none-eabi",
    "cmake": "cmake",
    "ninja": "ninja-build",
    "picotool": "picotool",
    "make": "make",
    "gcc": "gcc",
    "patch": "patch",
}
LAST_LINES = 12


def require(programs: Mapping[str, str] = COMPILERS, *, purpose: str = "build firmware") -> None:
    """Raise KesuError naming every program that is not on PATH, with the packages that contain them."""
    missing = {name: package for name, package in programs.items() if shutil.which(name) is None}
    if missing:
        raise KesuError(
            f"Missing to {purpose}: {', '.join(missing)}.",
            hint="Run `./dev setup`, or install the packages "
            f"{' '.join(sorted(set(missing.values())))} (their names on Debian 13).",
            code=Exit.UNAVAILABLE,
        )


def run(
    command: Sequence[str], *, cwd: Path | None = None, env: Mapping[str, str] | None = None, hint: str = ""
) -> str:
    """Run a command and return its output. Raises KesuError with the last lines when it fails."""
    done = subprocess.run(
        command,
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        lines = [line[:240] for line in done.stdout.splitlines() if line.strip()]
        tail = "\n  ".join(lines[-LAST_LINES:])
        raise KesuError(
            f"`{Path(command[0]).name}` failed (exit status {done.returncode}):\n  {tail}",
            hint=hint,
            code=Exit.INTERNAL,
        )
    return done.stdout


def compiler_version() -> str:
    """Version of the ARM compiler, as it prints it."""
    require()
    return run(["arm-none-eabi-gcc", "-dumpfullversion"]).strip()
