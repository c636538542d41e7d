"""languages: check C and shell scripts with their tools, every tracked file of the language.

    python -m kesu_dev.checks.languages c|shell [--write]

A file belongs to a language by its suffix, or by the interpreter that its first line names.
"""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kesu_dev.checks.tracked import ROOT, tracked

INTERPRETER = re.compile(rb"#!\s*/(?:usr/)?bin/(?:env\s+(?:-\S+\s+)*)?(\w+)")


@dataclass(frozen=True)
class Language:
    """How files are recognised, and what checks them; `write` puts right what the tool can."""

    suffixes: frozenset[str]
    interpreters: frozenset[str]
    check: tuple[str, ...]
    write: tuple[str, ...] | None = None

    def has(self, root: Path, name: str) -> bool:
        """Whether the file is of this language."""
        path = root / name
        if path.suffix in self.suffixes:
            return True
        return not path.suffix and interpreter(path) in self.interpreters


LANGUAGES = {
    "c": Language(
        frozenset((".c", ".h", ".cpp", ".hpp")),
        frozenset(),
        ("clang-format", "--dry-run", "-Werror"),
        ("clang-format", "-i"),
    ),
    "shell": Language(
        frozenset((".sh", ".bash")), frozenset(("sh", "bash", "dash")), ("shellcheck", "--severity=style")
    ),
}


def interpreter(path: Path) -> str:
    """Name of the program that the first line asks for; "" if none."""
    with path.open("rb") as file:
        found = INTERPRETER.match(file.readline(200))
    return found[1].decode() if found else ""


def files(language: Language, root: Path = ROOT, names: list[str] | None = None) -> list[str]:
    """The tracked files of a language, below `root`."""
    return [name for name in (names or tracked(root)) if language.has(root, name)]


def run(command: tuple[str, ...], root: Path, names: list[str]) -> int:
    """Run the tool of this environment over the files; its exit code."""
    program = Path(sys.executable).with_name(command[0])
    return subprocess.run([program, *command[1:], *names], cwd=root, check=False).returncode


def main(arguments: list[str], tool: Callable[[tuple[str, ...], Path, list[str]], int] = run) -> int:
    """Check all files of a language; 1 if its tool finds anything, 2 for a wrong call."""
    language = LANGUAGES.get(arguments[0]) if arguments else None
    command = language and (language.write if "--write" in arguments[1:] else language.check)
    if language is None or not command:
        print(f"usage: python -m kesu_dev.checks.languages {'|'.join(LANGUAGES)} [--write]", file=sys.stderr)
        return 2
    names = files(language)
    if not names:
        print("no file of this language is tracked: nothing was checked", file=sys.stderr)
        return 1
    return 1 if tool(command, ROOT, names) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
