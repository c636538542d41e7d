"""checking: whether an evidence folder is whole, unchanged, true to itself, and signed."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kesu.documents import from_json, open_plain, read_plain
from kesu.errors import KesuError, unreadable
from kesu.evidence.folder import REQUIRED, SIGNATURE, SUMS
from kesu.evidence.minisign import BadSignature, read_public, verify
from kesu.verify.outcome import SCHEMA, verdict_of

MOST_REPORT_BYTES = 256 * 1024 * 1024
LINE = re.compile(r"([0-9a-f]{64})  (\S.*)")


@dataclass(frozen=True)
class Problem:
    """Something that is wrong with a folder: the file, and a sentence."""

    file: str
    what: str


@dataclass(frozen=True)
class Checked:
    """problems: empty when the folder is as it was written. verdict, target: what its report says.

    signed: the trusted comment of a verified signature. has_signature: whether there is one, verified or not.
    """

    problems: tuple[Problem, ...]
    verdict: str
    target: str
    signed: str | None
    has_signature: bool


def check(folder: Path, public_key: Path | None = None) -> Checked:
    """Check sums, completeness, the report against itself and, given a key, the signature.

    Raises KesuError when there is no evidence folder, or the key cannot be used.
    """
    try:
        listed = read_plain(folder / SUMS)
    except OSError as error:
        raise KesuError(
            f"{folder} is not an evidence folder: its {SUMS} cannot be read.",
            hint="Give a folder that `kesu verify` wrote.",
            code=unreadable(error),
        ) from error
    problems = _sums(folder, listed)
    has_signature = (folder / SIGNATURE).is_file()
    signed = None
    if public_key is not None:
        read_public(public_key)  # a key that cannot be used is told before a signature that is not there
        try:
            signed = verify(listed, _signature(folder), public_key)
        except BadSignature as error:
            problems.append(Problem(SIGNATURE, f"the signature is not good: {error}"))
    report, fault = _report(folder)
    problems += [Problem("report.json", fault)] if fault else []
    return Checked(
        tuple(problems),
        str(report.get("verdict", "unknown")),
        str(report.get("target", "unknown")),
        signed,
        has_signature,
    )


def _signature(folder: Path) -> str:
    try:
        return read_plain(folder / SIGNATURE).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadSignature("there is none that can be read") from error


def _sums(folder: Path, listed: bytes) -> list[Problem]:
    problems, expected = [], {}
    for line in listed.decode("utf-8", "replace").splitlines():
        found = LINE.fullmatch(line)
        if not found or found[2] in expected or _leaves(found[2]):
            problems.append(Problem(SUMS, f"this line does not belong: {line[:80]!r}"))
        else:
            expected[found[2]] = found[1]
    problems += [Problem(name, "is not in the list of sums") for name in REQUIRED if name not in expected]
    for name, digest in expected.items():
        path = folder / name
        if path.is_symlink() or not path.is_file():
            problems.append(Problem(name, "is missing"))
        elif _digest(path) != digest:
            problems.append(Problem(name, "was changed after it was written"))
    there = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_symlink() or not path.is_dir()  # a link to a folder is no folder of the evidence
    }
    signature = folder / SIGNATURE
    known = {SUMS, SIGNATURE} if signature.is_file() and not signature.is_symlink() else {SUMS}
    extra = sorted(there - expected.keys() - known)
    return problems + [Problem(name, "was added after the folder was written") for name in extra]


def _digest(path: Path) -> str:
    try:
        with open_plain(path) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        return f"none: {error.strerror}"


def _leaves(name: str) -> bool:
    return name.startswith("/") or ".." in name.split("/") or "\\" in name


def _report(folder: Path) -> tuple[dict[str, Any], str]:
    """The report, and why it cannot be right ("" when it can)."""
    try:
        report = from_json(read_plain(folder / "report.json", MOST_REPORT_BYTES))
    except OSError:
        return {}, ""  # its sum has told already
    except ValueError:
        return {}, "cannot be read as JSON"
    if not isinstance(report, dict):
        return {}, "is not a report"
    if report.get("schema") != SCHEMA:
        return report, f"has schema {report.get('schema')!r}; this version of kesu knows {SCHEMA}"
    try:
        wanted = verdict_of(report["interrupted"], lambda part, word: [entry[word] for entry in report[part]])
    except (KeyError, TypeError, AttributeError):
        return report, "has parts missing"
    if report.get("verdict") != wanted:
        return report, f"says {report.get('verdict')}, but what it lists amounts to {wanted}"
    return report, ""
