"""installed: kesu installed from its wheel into an environment of its own, and run away from any checkout."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

OFFLINE = ("NewConnectionError", "Temporary failure in name resolution", "ConnectTimeoutError")


class NoRegistry(Exception):
    """The package registry cannot be reached."""


@dataclass
class Installed:
    """One environment. folder: where commands run; it also holds the user's home. size: bytes on disk that the
    installation added to an empty environment."""

    venv: Path
    folder: Path
    size: int = 0
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        runtime = self.folder / "runtime"
        runtime.mkdir(mode=0o700, parents=True)
        self.environment = {
            "HOME": str(self.folder / "home"),
            "XDG_RUNTIME_DIR": str(runtime),
            "PATH": "/usr/bin:/bin",
            "LANG": "C.UTF-8",
        }

    @property
    def python(self) -> Path:
        return self.venv / "bin" / "python"

    def run(self, *words: object, **more: str) -> subprocess.CompletedProcess[str]:
        """Run `kesu`; `more` are environment variables."""
        return self.execute(self.venv / "bin" / "kesu", *words, **more)

    def execute(self, *words: object, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(word) for word in words],
            cwd=self.folder,
            env=self.environment | more,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=1200,
        )

    @contextmanager
    def started(self, *words: object) -> Iterator[subprocess.Popen[str]]:
        """`kesu` in the background; it is ended at the end."""
        process = subprocess.Popen(
            [self.venv / "bin" / "kesu", *map(str, words)],
            cwd=self.folder,
            env=self.environment | {"PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        try:
            yield process
        finally:
            process.terminate()
            process.wait(30)

    def imported(self, *words: object) -> set[str]:
        """The packages that a command imports, without Python's own and the hook of setuptools (_distutils_hack)."""
        done = self.run(*words, PYTHONPROFILEIMPORTTIME="1")
        modules = {
            line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if "import time:" in line
        }
        tops = {module.partition(".")[0] for module in modules}
        return {
            top
            for top in tops - {"_distutils_hack"}
            if list((self.venv / "lib").glob(f"python3*/site-packages/{top}/__init__.py"))
        }


def install(place: Path, wheel: Path, extra: str, lock: Path) -> Installed:
    """Install as docs/install.md says: the locked packages first, then the wheel, which finds all that it needs."""
    venv = place / "venv"
    place.mkdir(exist_ok=True)
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    made = Installed(venv, place / "away")
    empty = on_disk(venv)
    locked = ("--require-hashes", "--only-binary", ":all:", "-r", lock)
    for what in (locked, ("--no-index", f"{wheel}[{extra}]")):
        done = subprocess.run(
            [made.python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *what],
            env={key: value for key, value in os.environ.items() if not key.startswith("PYTHON")},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode and any(sign in done.stderr for sign in OFFLINE):
            raise NoRegistry(done.stderr)
        assert done.returncode == 0, done.stderr
    made.size = on_disk(venv) - empty
    return made


def on_disk(folder: Path) -> int:
    """Bytes that a folder takes on the disk."""
    return sum(path.lstat().st_blocks * 512 for path in folder.rglob("*"))
