"""attacks: attacks on the host tools as rows of a table, and helpers that their tests share.

`@attack` says in words what a test does and how it must end; docs/reliability.md shows these rows, and
test_attacks_table.py checks that the page is up to date. Most of the attacks succeed against `naive_write`.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

ROWS: list[Row] = []
WITHIN_S = 60.0  # this time passes only when something hangs
Test = TypeVar("Test", bound=Callable[..., object])


@dataclass(frozen=True)
class Row:
    """One line of the table. code: the exit status; None if the command keeps running or none is run."""

    part: str
    done: str
    happens: str
    code: int | None
    file: str
    test: str


def attack(part: str, done: str, happens: str, code: int | None = None) -> Callable[[Test], Test]:
    """A row for the test below. The fixture `code` is the number given here."""

    def note(test: Test) -> Test:
        name = test.__name__
        test.code = code  # type: ignore[attr-defined]  # read by the fixture
        ROWS.append(Row(part, done, happens, code, test.__module__, name))
        return test

    return note


def table(rows: Sequence[Row]) -> str:
    """The rows as Markdown, by part."""
    lines = ["| what is attacked | attack | what happens | exit | test |", "|---|---|---|---|---|"]
    for row in sorted(rows, key=lambda row: (row.part, row.file)):
        code = "-" if row.code is None else str(row.code)
        lines.append(f"| {row.part} | {row.done} | {row.happens} | {code} | `{row.file}`, `{row.test}` |")
    return "\n".join(lines)


def unprivileged() -> list[str]:
    """Prefix that makes file permissions apply to a command even when root runs the tests."""
    if os.geteuid() != 0:
        return []
    return ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"]


def kesu(
    *arguments: object,
    before: str = "",
    prefix: Sequence[str] = (),
    environment: dict[str, str] | None = None,
    stdout: int | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """Run `kesu ARGUMENTS` in a separate process, after the Python code `before`."""
    code = f"{before}\nfrom kesu.__main__ import main\nmain()"
    return subprocess.run(
        [*prefix, sys.executable, "-c", code, *map(str, arguments)],
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if stdout is None else stdout,
        stderr=subprocess.PIPE,
        timeout=WITHIN_S,
        check=False,
    )


def one_line(done: subprocess.CompletedProcess[bytes]) -> str:
    """The message of a refused command: one line, and at most one hint."""
    said = done.stderr.decode("utf-8", "replace").splitlines()
    assert said, done
    assert said[0].startswith("kesu: "), said
    assert len(said) <= 2, said
    assert all(line.startswith("  -> ") for line in said[1:]), said
    assert "unexpected fault" not in said[0], said
    return said[0]


def full_after(size: int) -> str:
    """Python code that limits each file of its process to `size` bytes, as on a full disk."""
    return f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))"


KILLED_AT_FSYNC = "import os, signal; os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)"
"""Python code that kills its process after a write and before the rename."""


def naive_write(path: Path, text: str) -> None:
    """Write a file without precautions."""
    with path.open("w", encoding="utf-8") as file:
        file.write(text)


def naive_replace(path: Path, text: str) -> None:
    """Replace a file by way of a temporary file with a predictable name."""
    fresh = path.with_name(f".{path.name}.new")
    naive_write(fresh, text)
    fresh.replace(path)


def run_python(code: str, *arguments: object) -> subprocess.CompletedProcess[bytes]:
    """Run Python code in a separate process."""
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        capture_output=True,
        timeout=WITHIN_S,
        check=False,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
