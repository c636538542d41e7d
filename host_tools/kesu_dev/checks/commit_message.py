"""commit_message: check the form of commit messages; as a commit-msg hook, or over a range in CI."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

from kesu_dev.checks.tracked import ROOT

LIMIT = 72
SUBJECT = re.compile(r"^[a-z][a-z0-9_./-]*(?:, [a-z][a-z0-9_./-]*)*: \S")
TRAILER = re.compile(r"^[A-Za-z-]+(?:-by)?: .+ <.+>$")
NOT_IMPERATIVE = re.compile(r"^(?:\w+(?:ed|ing)|adds|fixes|makes|moves|removes|uses|writes)$", re.IGNORECASE)
IMPERATIVE = frozenset(
    ("embed", "feed", "need", "shed", "speed", "exceed", "proceed", "bring", "ping", "string")
)
LAST_UNCHECKED = "fc52955b8487ff6ce8cf0d67e84b8ecfca4d9797"
"""Commits up to this one were made before the rule."""


def problems(message: str) -> list[str]:
    """What is wrong with a commit message, one sentence each; [] if nothing."""
    lines = [line for line in message.splitlines() if not line.startswith("#")]
    while lines and not lines[-1].strip():
        lines.pop()
    if not lines:
        return ["The message is empty."]
    subject = lines[0]
    found = []
    if len(subject) > LIMIT:
        found.append(f"The subject has {len(subject)} characters; {LIMIT} are allowed.")
    if not SUBJECT.match(subject):
        found.append("The subject needs an area: 'area: imperative subject'.")
    else:
        verb = subject.split(": ", 1)[1].split()[0]
        if NOT_IMPERATIVE.match(verb) and verb.lower() not in IMPERATIVE:
            found.append(f"Write the subject in the imperative, not {verb!r}.")
    if subject.endswith("."):
        found.append("The subject ends without a full stop.")
    if len(lines) > 1 and lines[1].strip():
        found.append("Leave the second line empty.")
    if not any(line.strip() and not TRAILER.match(line) for line in lines[2:]):
        found.append("Add a body that says why.")
    return found


def main(arguments: list[str]) -> int:
    """`commit_message.py FILE` checks one message; without FILE every commit after LAST_UNCHECKED."""
    if arguments:
        found = problems(Path(arguments[0]).read_text(encoding="utf-8"))
        for problem in found:
            print(problem, file=sys.stderr)
        return 1 if found else 0
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        print("no git history here: commit messages are not checked")
        return 0
    known = subprocess.run(
        ["git", "cat-file", "-e", f"{LAST_UNCHECKED}^{{commit}}"], capture_output=True, check=False
    )
    wanted = f"{LAST_UNCHECKED}..HEAD" if known.returncode == 0 else "HEAD^!"
    log = subprocess.run(
        ["git", "log", "--no-merges", "--format=%h%x00%B%x01", wanted],
        capture_output=True,
        text=True,
        check=True,
    )
    status = 0
    for entry in filter(str.strip, log.stdout.split("\x01")):
        name, message = entry.strip().split("\0", 1)
        for problem in problems(message):
            print(f"{name} {message.splitlines()[0][:60]!r}: {problem}")
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
