"""wine_prefix: a Windows of its own for one test, by wine: its files and registry as values that can be compared."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

WINE = shutil.which("wine")
PATIENCE_S = 600  # passes only when something hangs, also on a busy machine
_KEY = re.compile(r"\[(.*)\] \d+")
_VALUE = re.compile(r'(@|"(?:[^"\\]|\\.)*")=(.*)')
OF_WINE = ("DriverDateData", "Software\\Microsoft\\Windows NT\\CurrentVersion\\NetworkCards")
"""Values that wine writes anew at each start."""
EMPTY_OF_INSTALLER = "windows/Installer"
"""Folder of wine's installer for its copies of packages. Windows has one from the beginning."""


class Prefix:
    """A wine prefix. Nothing of it is outside of the folder; there is no window and no desktop."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.drive = folder / "drive_c"
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder.parent),
            "LANG": "C.UTF-8",
            "WINEPREFIX": str(folder),
            "WINEDEBUG": "-all",
            "WINEDLLOVERRIDES": "mscoree,mshtml=",  # nothing is offered for download
        }
        self._is_written = False
        self.run("wineboot", "-i")

    def run(self, *command: str | Path) -> int:
        """Run a program to its end. Returns the exit code."""
        wine = WINE or "wine"
        done = subprocess.run(
            [wine, *command],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=PATIENCE_S,
        )
        self._is_written = False
        return done.returncode

    def _settle(self) -> None:
        """End what still runs; wineserver writes the registry to its files then."""
        if self._is_written:
            return
        self._is_written = True
        for option in ("-k", "-w"):
            subprocess.run(
                [shutil.which("wineserver") or "/usr/lib/wine/wineserver", option],
                env=self._environment,
                check=False,
                capture_output=True,
                timeout=PATIENCE_S,
            )

    def windows_path(self, path: Path) -> str:
        """The path as a program of Windows names it."""
        return "Z:" + str(path.resolve()).replace("/", "\\")

    def tree(self) -> frozenset[str]:
        """Every file and folder of drive C, without the installer's own empty folder."""
        self._settle()
        found = {path.relative_to(self.drive).as_posix() for path in self.drive.rglob("*")}
        if not any(name.startswith(f"{EMPTY_OF_INSTALLER}/") for name in found):
            found.discard(EMPTY_OF_INSTALLER)
        return frozenset(found)

    def registry(self) -> dict[tuple[str, str], str]:
        """Key and name -> content of every value of the machine and of the user, as wine writes them to its files."""
        self._settle()
        found = {}
        for file in ("system.reg", "user.reg"):
            key = ""
            for line in (
                (self.folder / file).read_text(encoding="utf-8", errors="surrogateescape").splitlines()
            ):
                if named := _KEY.fullmatch(line):
                    key = f"{file}:{named[1]}".replace("\\\\", "\\")
                elif (valued := _VALUE.match(line)) and not any(
                    mark in f"{key}\\{valued[1]}" for mark in OF_WINE
                ):
                    found[key, valued[1].strip('"')] = valued[2].replace("\\\\", "\\")
        return found

    def keys(self, mark: str) -> set[str]:
        """Keys whose path has this text, with or without values."""
        self._settle()
        text = "".join(
            (self.folder / file).read_text(encoding="utf-8", errors="surrogateescape")
            for file in ("system.reg", "user.reg")
        )
        keys = {key.replace("\\\\", "\\") for key in _KEY.findall(text)}
        return {key for key in keys if mark.lower() in key.lower()}
