"""native: finds the compiled thumb.c: in the package, in the cache, or compiled on the spot.

setup.py loads this file by its path to compile thumb.c for a wheel, so it imports nothing but the standard library at
its top.
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
from pathlib import Path

SOURCE = Path(__file__).with_name("thumb.c")
FLAGS = ("-O2", "-shared", "-fPIC")
STRICT = ("-Wall", "-Wextra", "-Werror")
"""For the tests: on a user's machine the warning of another compiler must not stop the build."""
REMEDY = (
    "Install a C compiler (Debian: apt-get install gcc), or a wheel of kesu that is made for this system."
)


class NotCompiled(Exception):
    """thumb.c cannot be compiled or loaded; the text says why."""


def file_name() -> str:
    """Name of the library of exactly this source and these flags, so that no other one is ever loaded."""
    digest = hashlib.sha256(SOURCE.read_bytes() + " ".join(FLAGS).encode()).hexdigest()[:16]
    return f"thumb-{digest}{'.dll' if os.name == 'nt' else '.so'}"


def compile_to(target: Path) -> None:
    """Compile thumb.c into the new file `target`. NotCompiled without a compiler, or with its first error."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise NotCompiled("no C compiler was found")
    command = [compiler, *FLAGS, "-o", str(target), str(SOURCE)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        raise NotCompiled(f"{compiler} cannot be run: {error.strerror}") from error
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.strip()]
        why = next((line for line in said if "error" in line), said[0] if said else "no message")
        raise NotCompiled(f"{Path(compiler).name} failed: {why.strip()}")


def load() -> ctypes.CDLL:
    """The library of this source. NotCompiled when there is none and none can be made."""
    packaged = SOURCE.with_name(file_name())
    if packaged.is_file():
        try:
            return ctypes.CDLL(str(packaged))
        except OSError:
            pass  # of another libc, for example: compile one
    try:
        return ctypes.CDLL(str(_cached()))
    except OSError:
        pass  # the cache cannot be written, or is on a disk from which nothing may be run
    with tempfile.TemporaryDirectory(prefix="kesu-core-") as folder:
        library = Path(folder) / file_name()
        compile_to(library)
        try:
            return ctypes.CDLL(str(library))
        except OSError as error:
            raise NotCompiled(f"the compiled library cannot be loaded: {error}") from error


def _cached() -> Path:
    """The library in the cache; compiled if it is missing. OSError if the folder is not usable."""
    from kesu.common import paths

    folder = paths.cache() / "virtual"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    target = folder / file_name()
    if not target.exists():
        with tempfile.TemporaryDirectory(dir=folder) as new:
            compile_to(Path(new) / target.name)
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
