"""suite: MicroPython's tests for a board, what each has to print, and which are skipped.

The rules are those of MicroPython's tests/run-tests.py for the rp2 port with 32-bit floats.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

FOLDERS = ("basics", "micropython", "float", "stress", "extmod", "misc", "extmod_hardware", "ports/rp2")
SKIP = b"SKIP\n"
_KNOWN = Path(__file__).with_name("known.toml")
_TRIES = 12
"""How often CPython runs while it prints something else: some tests sleep, and on a busy machine it wakes up late."""
_ANY_LINES = b"########\n"
_BY_PATTERN = ("basics/bytes_compare3", "basics/builtin_help")
"""Tests whose .exp is a list of patterns."""
_SKIPPED = {
    "basics/exception_chain": "the warning is printed on a PC only",
    "micropython/meminfo": "prints other lines than a PC",
    "float/float_divmod": "needs 64-bit floats",
    "float/float2int_doubleprec_intbig": "needs 64-bit floats",
    "float/float_format_ints_doubleprec": "needs 64-bit floats",
    "float/float_parse_doubleprec": "needs 64-bit floats",
    "extmod/ssl_poll": "needs the coverage build",
}


@dataclass(frozen=True)
class Test:
    """One file. name: folder and file, without .py."""

    name: str
    path: Path

    @property
    def wired(self) -> bool:
        """Whether it needs a wire from the transmitting pin of UART0 to the receiving one."""
        return self.name.startswith("extmod_hardware/")

    @property
    def skipped(self) -> str:
        """Why MicroPython's runner leaves it out ("" if it does not)."""
        if self.name in _SKIPPED:
            return _SKIPPED[self.name]
        if re.search(rb"^import unittest", self.path.read_bytes(), re.MULTILINE):
            return "needs the library unittest, which is not on the board"
        return ""

    def passes(self, printed: bytes) -> bool:
        """Whether that output is right: the .exp file's, or what CPython prints."""
        printed = printed.replace(b"\r\n", b"\n")
        expected = self.path.with_suffix(".py.exp")
        if self.name in _BY_PATTERN:
            return _matches(expected.read_bytes(), printed)
        if expected.is_file():
            return expected.read_bytes().replace(b"\r\n", b"\n") == printed
        return any(self._by_cpython() == printed for _ in range(_TRIES))

    def _by_cpython(self) -> bytes | None:
        """What CPython prints. None: it fails."""
        done = subprocess.run(
            [sys.executable, "-BS", str(self.path)],
            cwd=self.path.parent,
            env={**os.environ, "PYTHONPATH": str(self.path.parents[1]), "PYTHONIOENCODING": "utf-8"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        return done.stdout if done.returncode == 0 else None


def _matches(patterns: bytes, printed: bytes) -> bool:
    """Lines of patterns; ######## stands for any number of lines. As in run-tests.py, only \\ before a bracket or a
    point makes a pattern of a character."""
    whole = b""
    for line in patterns.splitlines(keepends=True):
        whole += b"(?:.*\n)*?" if line == _ANY_LINES else _escaped(line)
    return re.fullmatch(whole, printed) is not None


def _escaped(line: bytes) -> bytes:
    special = rb"\\([][().?+*\\])"
    parts = re.split(special, line)
    return b"".join(part if index % 2 else re.escape(part) for index, part in enumerate(parts))


def tests(source: Path) -> list[Test]:
    """All tests of a MicroPython source tree, sorted. source: its folder."""
    return [
        Test(f"{folder}/{path.stem}", path)
        for folder in FOLDERS
        for path in sorted((source / "tests" / folder).glob("*.py"))
    ]


def sample(chosen: Sequence[Test], size: int) -> list[Test]:
    """So many of the tests that a runner does not leave out, from all folders; always the same."""
    wanted = [test for test in chosen if not test.skipped]
    return sorted(wanted, key=lambda test: hashlib.sha256(test.name.encode()).digest())[:size]


def known(board: str) -> dict[str, tuple[str, str]]:
    """Tests that do not pass on that board: name to (outcome, reason). outcome: "fails" or "does not end"."""
    with _KNOWN.open("rb") as stream:
        content = tomllib.load(stream)
    return {
        name: (entry["outcome"], entry["reason"])
        for name, entry in content.items()
        if board in entry.get("boards", (board,))
    }
