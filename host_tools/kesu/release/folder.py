"""folder: puts a release together: index, sums, signatures."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from kesu.common import atomic
from kesu.common.errors import Exit, KesuError
from kesu.common.minisign import SigningKey
from kesu.images.release_names import INDEX, SIGNATURE, SUMS, trusted_comment


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """A temporary folder that is renamed to `target` at the end, or removed on any failure, Ctrl-C included.

    Raises KesuError if `target` exists or cannot be created.
    """
    if target.is_symlink() or target.exists():
        raise KesuError(
            f"{target} already exists; a release is never overwritten",
            hint="remove it, raise the version in pyproject.toml, or give another --out",
            code=Exit.CANNOT_CREATE,
        )
    try:
        with atomic.new_folder(target) as part:
            yield part
    except OSError as error:
        raise KesuError(
            f"the release cannot be written to {target}: {error.strerror}",
            hint="give --out a folder on a disk with room that you may write to",
            code=Exit.CANNOT_CREATE,
        ) from error


def write_json(path: Path, content: object) -> None:
    """Write one JSON file, indented and in a fixed order."""
    path.write_text(
        json.dumps(content, indent=1, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8"
    )


def list_sums(folder: Path) -> None:
    """SHA256SUMS over every file but itself and the signatures, in the format of `sha256sum -c`."""
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder).as_posix()}\n"
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != SUMS and path.suffix != SIGNATURE
    ]
    (folder / SUMS).write_text("".join(lines), encoding="utf-8")


def sign(folder: Path, key: SigningKey, version: str, packages: Iterable[str] = ()) -> list[str]:
    """Sign every UF2, these packages, the index and the sums, each into a .minisig next to it.

    Returns the signed names.
    """
    names = [*sorted(path.name for path in folder.glob("*.uf2")), *packages, INDEX, SUMS]
    for name in names:
        content = (folder / name).read_bytes()
        text = key.sign(content, trusted_comment(version, name))
        (folder / f"{name}{SIGNATURE}").write_text(text, encoding="utf-8")
    return names
