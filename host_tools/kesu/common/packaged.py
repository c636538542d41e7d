"""packaged: the sealed images and the page that an installed wheel has, in one archive.

`./dev wheel` writes the archive. The symbols of the images take 20 MB and resemble each other, so all files are
compressed together. They are unpacked into the cache on first use, and their hashes are checked on every use.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from kesu.common import paths
from kesu.common.atomic import replace_file
from kesu.common.errors import Exit, KesuError

FOLDER = Path(__file__).resolve().parents[1] / "packaged"
ARCHIVE, CONTENTS = "release.tar.xz", "contents.json"
IMAGES, PAGE, CARD = "images", "page", "card"
"""Folders in the archive: images with ELF, manifest and, from a release, signatures; the static page; the operator's
card."""
AGAIN = "Install kesu again; if that does not help, report it."


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write the archive of these files into `folder`, the same bytes for the same files."""
    import lzma
    import tarfile

    packed = io.BytesIO()
    with (
        lzma.open(packed, "wb", preset=9 | lzma.PRESET_EXTREME) as compressed,
        tarfile.open(fileobj=compressed, mode="w|", format=tarfile.PAX_FORMAT) as archive,
    ):
        for name in sorted(files, key=_likeness):
            entry = tarfile.TarInfo(name)
            entry.size = len(files[name])
            archive.addfile(entry, io.BytesIO(files[name]))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ARCHIVE).write_bytes(packed.getvalue())
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())}
    (folder / CONTENTS).write_text(json.dumps(digests, indent=1) + "\n", encoding="utf-8")


def _likeness(name: str) -> tuple[str, str]:
    """Order of the files: those that resemble each other one after the other."""
    return Path(name).suffix, Path(name).name


@cache
def contents() -> Mapping[str, str]:
    """Path in the archive to SHA-256; empty in a checkout, and in a wheel that was built without images."""
    try:
        found = json.loads((FOLDER / CONTENTS).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return {str(name): str(digest) for name, digest in found.items()}


def names(folder: str, ending: str = "") -> list[str]:
    """The names of the files in a folder of the archive."""
    start = f"{folder}/"
    return [
        name.removeprefix(start) for name in contents() if name.startswith(start) and name.endswith(ending)
    ]


def unpacked(folder: str) -> Path:
    """A folder in the cache with the files of one folder of the archive, unchanged. Raises KesuError."""
    import lzma
    import tarfile

    wanted = {name: digest for name, digest in contents().items() if name.startswith(f"{folder}/")}
    if not wanted:
        raise _none()
    try:
        key = hashlib.sha256(json.dumps(dict(contents())).encode()).hexdigest()[:16]
        place = paths.cache() / "packaged" / key
        missing = {name for name, digest in wanted.items() if _digest(place / name) != digest}
        if missing:
            _unpack(place, missing)
    except (EOFError, lzma.LZMAError, tarfile.TarError) as error:
        raise _damaged(ARCHIVE) from error
    except OSError as error:
        where = getattr(error, "filename", None)
        raise KesuError(
            f"The packaged files cannot be unpacked: {f'{where}: ' if where else ''}"
            f"{getattr(error, 'strerror', None) or error}.",
            hint="Set KESU_CACHE to a folder with 50 MB of free space that you may write to.",
            code=Exit.CANNOT_CREATE,
        ) from error
    return place / folder


def _unpack(place: Path, missing: set[str]) -> None:
    import tarfile

    with tarfile.open(FOLDER / ARCHIVE, mode="r:xz") as archive:
        for entry in archive:
            file = archive.extractfile(entry) if entry.name in missing else None
            if file is None:
                continue
            content = file.read()
            if hashlib.sha256(content).hexdigest() != contents()[entry.name]:
                raise _damaged(entry.name)
            (place / entry.name).parent.mkdir(parents=True, exist_ok=True)
            replace_file(place / entry.name, content)
            missing.discard(entry.name)
    for name in missing:
        raise _damaged(name)


def _digest(path: Path) -> str | None:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None


def _none() -> KesuError:
    return KesuError(
        "This installation of kesu has no images and no page: its wheel was built without them.",
        hint="Install the wheel of a release, give an image's .uf2, or use a checkout of the project.",
        code=Exit.UNAVAILABLE,
    )


def _damaged(name: str) -> KesuError:
    return KesuError(
        f"The installed package is damaged: {name} is not as it was.", hint=AGAIN, code=Exit.DATA
    )
