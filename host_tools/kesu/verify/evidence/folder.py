"""folder: writes an evidence folder atomically."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

from kesu.common.atomic import new_folder
from kesu.common.errors import Exit, KesuError
from kesu.common.minisign import SigningKey
from kesu.verify.evidence.image import name_of
from kesu.verify.evidence.junit import junit_xml
from kesu.verify.evidence.letter import letter_markdown, letter_page
from kesu.verify.evidence.report import report_page
from kesu.verify.results import Run

SUMS = "SHA256SUMS"
SIGNATURE = f"{SUMS}.minisig"
REQUIRED = ("junit.xml", "letter-of-volatility.html", "letter-of-volatility.md", "report.html", "report.json")
PICTURE_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,60}")


def ensure_free(folder: Path) -> None:
    """Raise KesuError unless `folder` is missing or empty. Call this before a long run."""
    if folder.is_symlink() or (folder.exists() and (not folder.is_dir() or any(folder.iterdir()))):
        raise KesuError(
            f"{folder} is there already; evidence is never overwritten.",
            hint="Give the name of a new folder.",
            code=Exit.CANNOT_CREATE,
        )


def contents(run: Run) -> dict[str, bytes]:
    """Every file of the folder by name, except the list of sums and its signature."""
    for name in run.pictures:
        if not PICTURE_NAME.fullmatch(name):
            raise ValueError(f"not a name for a picture: {name!r}")
    files = {
        "report.json": report_json(run),
        "report.html": _utf8(report_page(run)),
        "junit.xml": junit_xml(run),
        "letter-of-volatility.html": _utf8(letter_page(run)),
        "letter-of-volatility.md": _utf8(letter_markdown(run)),
    }
    return files | {f"pictures/{name}.png": picture for name, picture in run.pictures.items()}


def report_json(run: Run) -> bytes:
    """report.json of a run; equal runs give equal bytes."""
    return _utf8(f"{json.dumps(run.to_dict(), indent=1, ensure_ascii=False, allow_nan=False)}\n")


def _utf8(text: str) -> bytes:
    """Encode as UTF-8; a lone surrogate, valid in JSON only, becomes its JSON escape."""
    return text.encode("utf-8", "backslashreplace")


def sums(files: dict[str, bytes]) -> bytes:
    """SHA256SUMS, in the format of `sha256sum -c`."""
    lines = (f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in sorted(files.items()))
    return "".join(lines).encode()


def write(run: Run, folder: Path, key: SigningKey | None = None) -> None:
    """Write the evidence of a run to a new folder, atomically by one rename. key: signs it.

    Raises KesuError when the folder is taken or cannot be written.
    """
    ensure_free(folder)
    files = contents(run)
    listed = sums(files)
    files[SUMS] = listed
    if key is not None:
        trusted = f"Kesu evidence, {run.target}, {run.verdict}, {name_of(run.image)}, {run.started}"
        files[SIGNATURE] = key.sign(listed, trusted).encode()
    try:
        with new_folder(folder) as part:
            for name, content in files.items():
                path = part / name
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(content)
    except OSError as error:
        raise KesuError(
            f"Cannot write the evidence to {folder}: {error.strerror}.",
            hint="Give a folder on a disk with room that you may write to.",
            code=Exit.CANNOT_CREATE,
        ) from error
