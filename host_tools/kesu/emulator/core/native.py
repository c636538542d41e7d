"""native: finds the compiled cores: in the package, in the cache, or compiled on the spot.

setup.py loads this file by its path to compile them for a wheel, so it imports nothing but the standard library at its
top.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import ctypes
import hashlib
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

FLAGS = ("-O2", "-ffp-contract=off", "-shared", "-fPIC")
"""Without contraction: a product is rounded before it is added, as VMLA does."""
WHOLE = ("-flto", "-fno-semantic-interposition")
"""Compile the files of a library as one, so that functions can be inline across them; left out where a compiler or its
linker cannot."""
LIBRARIES = ("-lm",)
STRICT = ("-Wall", "-Wextra", "-Werror")
"""For the tests: on a user's machine the warning of another compiler must not stop the build."""
REMEDY = (
    "Install a C compiler (Debian: apt-get install gcc), or a wheel of kesu that is made for this system."
)


class NotCompiled(Exception):
    """A core cannot be compiled or loaded; the text says why."""


@dataclass(frozen=True)
class Source:
    """All .c and .h files of a folder and of those it shares, which make one library. name: of the library."""

    name: str
    folder: Path
    shared: tuple[Path, ...] = ()

    @property
    def files(self) -> list[Path]:
        """The files to compile."""
        return self._all("*.c")

    def _all(self, pattern: str) -> list[Path]:
        return [path for folder in (self.folder, *self.shared) for path in sorted(folder.glob(pattern))]

    @property
    def all_files(self) -> list[Path]:
        """All that the library is made of, headers too."""
        return [*self.files, *self._all("*.h")]

    @property
    def include(self) -> list[str]:
        """Options of the compiler for the headers of shared folders."""
        return [f"-I{folder}" for folder in self.shared]

    def file_name(self) -> str:
        """Name of the library of exactly this source and these flags, so that no other one is ever loaded."""
        digest = hashlib.sha256(" ".join((*FLAGS, *WHOLE)).encode())
        for path in self.all_files:
            digest.update(path.name.encode() + path.read_bytes())
        return f"{self.name}-{digest.hexdigest()[:16]}{'.dll' if os.name == 'nt' else '.so'}"

    def compile_to(self, target: Path) -> None:
        """Compile into the new file `target`. NotCompiled without a compiler, or with its first error."""
        compiler = shutil.which("cc") or shutil.which("gcc")
        if compiler is None:
            raise NotCompiled("no C compiler was found")
        try:
            self._compile(compiler, (*FLAGS, *WHOLE), target)
        except NotCompiled:
            self._compile(compiler, FLAGS, target)

    def _compile(self, compiler: str, flags: tuple[str, ...], target: Path) -> None:
        command = [compiler, *flags, *self.include, "-o", str(target), *map(str, self.files), *LIBRARIES]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        except OSError as error:
            raise NotCompiled(f"{compiler} cannot be run: {error.strerror}") from error
        if done.returncode:
            said = [line for line in done.stderr.splitlines() if line.strip()]
            why = next((line for line in said if "error" in line), said[0] if said else "no message")
            raise NotCompiled(f"{Path(compiler).name} failed: {why.strip()}")


CHIPS = Path(__file__).parents[1] / "chips"
SHADOW = Path(__file__).parents[1] / "shadow"
USES = Path(__file__).parents[1] / "uses"
THUMB = Source("thumb", CHIPS / "rp2040", (SHADOW, USES))
M33 = Source("m33", CHIPS / "rp2350", (SHADOW, USES))
SCAN = Source("scan", Path(__file__).parents[2] / "verify" / "search")
PIO = Source("pio", CHIPS / "pio")
SOURCES = (THUMB, M33, SCAN, PIO)


def load(source: Source) -> ctypes.CDLL:
    """The library of this source. NotCompiled when there is none and none can be made."""
    packaged = source.folder / source.file_name()
    if packaged.is_file():
        try:
            return ctypes.CDLL(str(packaged))
        except OSError:
            pass  # of another libc, for example: compile one
    try:
        return ctypes.CDLL(str(_cached(source)))
    except OSError:
        pass  # the cache cannot be written, or is on a disk from which nothing may be run
    with tempfile.TemporaryDirectory(prefix="kesu-core-") as folder:
        library = Path(folder) / source.file_name()
        source.compile_to(library)
        try:
            return ctypes.CDLL(str(library))
        except OSError as error:
            raise NotCompiled(f"the compiled library cannot be loaded: {error}") from error


def _cached(source: Source) -> Path:
    """The library in the cache; compiled if it is missing. OSError if the folder is not usable."""
    from kesu.common import paths

    folder = paths.cache() / "virtual"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    target = folder / source.file_name()
    if not target.exists():
        with tempfile.TemporaryDirectory(dir=folder) as new:
            source.compile_to(Path(new) / target.name)
            (Path(new) / target.name).replace(target)
    for path in (folder, target):
        _refuse_others(path)
    return target


def _refuse_others(path: Path) -> None:
    """PermissionError if another user owns the path or everyone may write to it: its code would run as this user."""
    if sys.platform == "win32":
        return
    found = path.stat()
    if found.st_uid not in (os.geteuid(), 0) or found.st_mode & stat.S_IWOTH:
        raise PermissionError(f"{path} can be changed by other users")
