"""checking: checks that an evidence folder is complete, unchanged, consistent, and signed."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from kesu.common.documents import from_json, open_plain, read_plain
from kesu.common.errors import KesuError, unreadable
from kesu.common.minisign import BadSignature, read_public, verify
from kesu.verify.evidence import demands
from kesu.verify.evidence.again import other_policy, repeated
from kesu.verify.evidence.folder import REQUIRED, SIGNATURE, SUMS, contents, report_json
from kesu.verify.evidence.reading import NotAReport, run_of
from kesu.verify.results import Run

MOST_REPORT_BYTES = 256 * 1024 * 1024
LINE = re.compile(r"([0-9a-f]{64})  (\S.*)")


@dataclass(frozen=True)
class Problem:
    """An error in a folder: the file and a sentence."""

    file: str
    what: str


@dataclass(frozen=True)
class Checked:
    """Result of a check. problems: empty when the folder is unchanged. verdict: computed from the report's values;
    target: as the report states it.

    signed: the trusted comment of a verified signature. has_signature: whether there is one, verified or not.
    computed: conclusions that were computed again from values; taken: those that were taken from the report.
    """

    problems: tuple[Problem, ...]
    verdict: str
    target: str
    signed: str | None
    has_signature: bool
    computed: tuple[str, ...] = ()
    taken: tuple[str, ...] = ()


def check(folder: Path, public_key: Path | None = None, image: Path | None = None) -> Checked:
    """Check sums, completeness, consistency of the report and, given a key, the signature. image: the verified image,
    of which the structure audit is repeated, or a copy of it with another policy.

    Raises KesuError when there is no evidence folder, the key cannot be used, or the image is not the verified one.
    """
    return checked_run(folder, public_key, image)[0]


def checked_run(
    folder: Path, public_key: Path | None = None, image: Path | None = None
) -> tuple[Checked, Run | None]:
    """As `check`, together with the run, which has its pictures if there is no problem; None if it cannot be read."""
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
        read_public(public_key)  # report an unusable key before a missing signature
        try:
            signed = verify(listed, _signature(folder), public_key)
        except BadSignature as error:
            problems.append(Problem(SIGNATURE, f"the signature is not good: {error}"))
    run, faults = _report(folder)
    problems += [Problem("report.json", fault) for fault in faults]
    if run is not None and not problems:
        problems += _rewritten(folder, run)
    if run is not None and image is not None:
        problems += [Problem("report.json", what) for what in repeated(run, image)]
    computed, taken = sources(run, image is not None) if run is not None else ((), ())
    policy = other_policy(run, image) if run is not None and image is not None else None
    if policy is not None:
        said = f"image: the verified one with the policy of checksum {policy}; no other byte differs"
        computed = (said, *computed)
    checked = Checked(
        tuple(problems),
        run.verdict if run is not None else "unknown",
        run.target if run is not None else "unknown",
        signed,
        has_signature,
        computed,
        taken,
    )
    return checked, run


def sources(run: Run, audited: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The conclusions of a run that this check computed again from values, and those taken from the report."""
    computed = [
        name
        for name, entries in (
            ("cells of the matrix", run.cells),
            ("pairs, at each instant", run.pairs),
            ("walks with traced ink", run.walks),
            ("code that ran with ink", run.coverage),
            ("searches for new code with ink", run.guided),
            ("times", run.timings),
            ("seeded leaks, from the checks that noticed them", run.mutants),
            ("faults: time until the note was gone, final state, and what was left at the end", run.faults),
        )
        if entries
    ]
    taken = ["what was measured: that each value was seen in a run"]
    if run.findings:
        (computed if audited else taken).append(
            "structure of the image: repeated on the image"
            if audited
            else "structure of the image: each rule's verdict; repeat it with --image FILE"
        )
    if run.faults:
        taken.append(
            "faults: replies to hostile requests and readiness after bus events, from `reason`; "
            "repeat the run with its seed"
        )
    return tuple(computed), tuple(taken)


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
        if path.is_symlink() or not path.is_dir()  # a symbolic link to a folder counts as a file
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


def _report(folder: Path) -> tuple[Run | None, list[str]]:
    try:
        return recount(read_plain(folder / "report.json", MOST_REPORT_BYTES))
    except OSError:
        return None, []  # the check of sums reports this


def recount(raw: bytes) -> tuple[Run | None, list[str]]:
    """The run in a report.json, and its errors.

    All conclusions are computed again from the measurements, with the bounds, the mask and the requirements of this
    version of kesu.
    """
    try:
        report = from_json(raw)
    except ValueError:
        return None, ["cannot be read as JSON"]
    try:
        run = run_of(report)
    except NotAReport as fault:
        return None, [str(fault)]
    faults = demands.impossible(run)
    missing = demands.missing(run)
    if run.missing != missing:
        faults.append(f"says that it lacks {_listed(run.missing)}; it lacks {_listed(missing)}")
        run.missing = missing
    if report["verdict"] != run.verdict:
        faults.append(f"says {report['verdict']}, but what it lists amounts to {run.verdict}")
    if not faults and report_json(run) != raw:
        faults.append(
            "is not what kesu writes of this run: a conclusion in it does not follow from its values"
        )
    return run, faults


def _listed(parts: list[str]) -> str:
    return "; ".join(parts[:3]) or "nothing"


def _rewritten(folder: Path, run: Run) -> list[Problem]:
    """Problems of the pages, which must equal what this version of kesu makes of report.json and the pictures."""
    names = [path.stem for path in (folder / "pictures").glob("*.png")]
    run.pictures = {name: read_plain(folder / "pictures" / f"{name}.png") for name in names}
    try:
        files = contents(run)
    except ValueError as error:
        return [Problem("pictures", str(error))]
    wrong = [name for name in REQUIRED if read_plain(folder / name, MOST_REPORT_BYTES) != files[name]]
    made = run.versions.get("kesu", "an unknown version")
    return [Problem(name, f"does not say what report.json says (written by kesu {made})") for name in wrong]
