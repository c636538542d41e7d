"""toolchain: compares compiler, linker, libraries and headers with those pinned in toolchain.toml.

The same sources give the same bytes only with the same toolchain. With another one, the manifest says so.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import functools
import platform
import shutil
import subprocess
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kesu.images.toolchain.inputs import combined, file_hash, tree_files
from kesu.images.toolchain.tools import run

PINS = Path(__file__).with_name("toolchain.toml")
GCC = "arm-none-eabi-gcc"
MISSING = "missing"
LIBRARIES = {
    "pico": "thumb/v6-m/nofp",
    "pico2": "thumb/v8-m.main+fp/softfp",
}
"""Folder of the libraries for a board's core, as GCC names its multilibs."""
_FROM_GCC = ("crti.o", "crtbegin.o", "crtend.o", "crtn.o", "libgcc.a")
_FROM_NEWLIB = ("crt0.o", "libc.a", "libg.a", "libm.a", "libnosys.a", "libstdc++.a", "nosys.specs")
_ASKED_OF_GCC = ("cc1", "cc1plus", "collect2", "as", "ld", "objcopy")
_ON_PATH = (GCC, "arm-none-eabi-g++", "picotool")
_PACKAGES = (
    "gcc-arm-none-eabi",
    "binutils-arm-none-eabi",
    "libnewlib-arm-none-eabi",
    "libstdc++-arm-none-eabi-newlib",
    "picotool",
    "cmake",
    "ninja-build",
)
_PROCESSORS = {"x86_64": "amd64", "aarch64": "arm64"}


@dataclass(frozen=True)
class Toolchain:
    """The installed toolchain, by name. packages: versions, where dpkg knows them. The others: SHA-256.

    libraries: those that may be linked into an image of one board. headers: one hash for each folder.
    """

    packages: Mapping[str, str]
    programs: Mapping[str, str]
    headers: Mapping[str, str]
    libraries: Mapping[str, str]

    @property
    def goes_in(self) -> dict[str, dict[str, str]]:
        """The part that is compiled or linked into an image, independent of the machine."""
        return {"headers": dict(self.headers), "libraries": dict(self.libraries)}

    def described(self) -> dict[str, Any]:
        """The toolchain as recorded in a manifest. pins: SHA-256 of the list that it was compared with."""
        return {
            "pins": file_hash(PINS),
            "packages": dict(self.packages),
            "programs": dict(self.programs),
            **self.goes_in,
        }

    def differs(self) -> list[str]:
        """Names of the items that differ from the pins. Hashes are compared; versions are only informative."""
        pins = pinned()
        # Debian compiles the programs for each processor: the complete set of one of them must match.
        own = pins["programs"].get(processor(), {})
        programs = next((table for table in pins["programs"].values() if table == self.programs), own)
        libraries = {name: pins["libraries"].get(name, "") for name in self.libraries}
        pairs = ((self.programs, programs), (self.headers, pins["headers"]), (self.libraries, libraries))
        return [
            name
            for found, wanted in pairs
            for name in sorted(found.keys() | wanted.keys())
            if found.get(name, MISSING) != wanted.get(name)
        ]


def pinned() -> dict[str, Any]:
    """toolchain.toml."""
    return tomllib.loads(PINS.read_text(encoding="utf-8"))


@functools.cache
def measured(board: str) -> Toolchain:
    """The toolchain of this machine for one board; measured once per process."""
    gcc, newlib = _folders()
    folder = LIBRARIES[board]
    libraries = {f"gcc/{folder}/{name}": gcc / folder / name for name in _FROM_GCC}
    libraries |= {f"newlib/{folder}/{name}": newlib / "lib" / folder / name for name in _FROM_NEWLIB}
    asked = {name: Path(run([GCC, f"-print-prog-name={name}"]).strip()) for name in _ASKED_OF_GCC}
    found = asked | {name: Path(shutil.which(name) or MISSING) for name in _ON_PATH}
    # The file that the linker uses is in both folders.
    libraries["newlib/nosys.specs"] = newlib / "lib" / "nosys.specs"
    headers = {"gcc": gcc / "include", "gcc-fixed": gcc / "include-fixed", "newlib": newlib / "include"}
    return Toolchain(
        packages=_packages(),
        programs={name: _hash(path) for name, path in sorted(found.items())},
        headers={name: _tree_hash(path.resolve()) for name, path in headers.items()},
        libraries={name: _hash(path) for name, path in sorted(libraries.items())},
    )


def linked_in(link_map: str) -> list[str]:
    """Names, as in `libraries`, of what the linker loaded from the toolchain, by its map."""
    gcc, newlib = _folders()
    roots = (("gcc", gcc.resolve()), ("newlib", (newlib / "lib").resolve()))
    names = set()
    for line in link_map.splitlines():
        path = Path(line.removeprefix("LOAD ").strip())
        if line.startswith("LOAD ") and path.is_absolute():
            whole = path.resolve()  # ld reaches newlib's files from gcc's folder, with ".." in between
            names |= {
                f"{name}/{whole.relative_to(root).as_posix()}"
                for name, root in roots
                if whole.is_relative_to(root)
            }
    return sorted(names)


def in_words(manifest: Mapping[str, Any]) -> str:
    """Differences between an image's toolchain and the pinned one, by its manifest; "" for the pinned one."""
    try:
        known = manifest["toolchain"]
        tables = [known[name] for name in ("packages", "programs", "headers", "libraries")]
        found = Toolchain(*(dict(table) for table in tables))
        differs = [*found.differs(), *sorted(set(known["linked"]) - found.libraries.keys())]
    except (KeyError, TypeError, ValueError):
        return "its toolchain is not recorded"
    if not found.programs or not found.libraries:
        return "its toolchain is not recorded"
    more = f" and {len(differs) - 4} more" if len(differs) > 4 else ""
    return f"not the pinned toolchain: {', '.join(differs[:4])}{more}" if differs else ""


def _folders() -> tuple[Path, Path]:
    """Folders of GCC's own files and of newlib's."""
    gcc = Path(run([GCC, "-print-libgcc-file-name"]).strip()).parent
    return gcc, gcc.parents[2] / "arm-none-eabi"


def processor() -> str:
    """Debian's name of this machine's processor."""
    return _PROCESSORS.get(platform.machine(), platform.machine())


def _packages() -> dict[str, str]:
    """Versions by dpkg; none on a machine without it."""
    try:
        done = subprocess.run(
            ["dpkg-query", "-W", "-f=${Package} ${Version}\\n", *_PACKAGES],
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return {}
    return dict(line.split(" ", 1) for line in done.stdout.splitlines() if line.count(" ") == 1)


def _hash(path: Path) -> str:
    return file_hash(path) if path.is_file() else MISSING


def _tree_hash(folder: Path) -> str:
    if not folder.is_dir():
        return MISSING
    return combined({path.relative_to(folder).as_posix(): file_hash(path) for path in tree_files(folder)})
