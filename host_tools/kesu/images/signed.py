"""signed: identifies an image of a release by its signatures: file, release and board.

The signature of a UF2 covers its bytes and, in its trusted comment, release and file name. The
board comes from the index of the same release, whose signature also names that release: never from an unsigned
file.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kesu.common import minisign
from kesu.common.documents import from_json, read_plain
from kesu.common.errors import Exit, KesuError
from kesu.images.identity import comparable
from kesu.images.release_names import FORMAT, INDEX, SIGNATURE, trusted_comment

_AGAIN = "do not use this file; fetch the release again, all of it"
_TOGETHER = f"keep {INDEX} and {INDEX}{SIGNATURE} of the release next to the .uf2"
_TEXTS = ("file", "sha256", "board", "panel", "profile", "image_id")


@dataclass(frozen=True)
class SignedImage:
    """The entry of a signed index for an image. comment: the UF2's trusted comment. key_id: of the signing key."""

    version: str
    board: str
    panel: str
    profile: str
    image_id: str
    comment: str
    key_id: str


def signed_image(path: Path, data: bytes, manifest: bytes, public_key: Path) -> SignedImage:
    """The index entry of the UF2 with the bytes `data`; index and signatures are in the same folder.

    manifest: the bytes of its .json. Raises KesuError, code 65, unless every signature fits
    its file by content, name and release, and the index lists exactly these bytes under exactly this name.
    """
    comment = _signed_comment(path, data, path, public_key)
    beside = path.with_name(INDEX)
    try:
        content = read_plain(beside)
    except OSError as error:
        raise _refuse(path, f"its release has no {INDEX} that can be read", _TOGETHER) from error
    index_comment = _signed_comment(path, content, beside, public_key)
    version, entry = _entry(path, content)
    for name, said in ((INDEX, index_comment), (path.name, comment)):
        wanted = trusted_comment(version, name)
        if said != wanted:
            raise _refuse(path, f"the signature of {name} is of '{said}', not of '{wanted}'", _AGAIN)
    _check_files(path, entry, {path.name: data, path.with_suffix(".json").name: manifest})
    _check_name(path, entry)
    texts = {name: entry[name] for name in _TEXTS if name not in ("file", "sha256")}
    key_id, _ = minisign.read_public(public_key)
    return SignedImage(version=version, comment=comment, key_id=key_id[::-1].hex().upper(), **texts)


def _signed_comment(path: Path, content: bytes, of: Path, public_key: Path) -> str:
    beside = of.with_name(f"{of.name}{SIGNATURE}")
    what = "it" if of == path else f"the {of.name} of its release"
    try:
        text = read_plain(beside).decode("utf-8")
    except (OSError, ValueError) as error:
        raise _refuse(
            path,
            f"{what} is not signed: there is no {beside.name}",
            "take the signatures from the release; unsigned images are written without --public-key only",
        ) from error
    try:
        return minisign.verify(content, text, public_key, prehashed=True)
    except minisign.BadSignature as error:
        whose = "its signature" if of == path else f"the signature of {of.name}"
        raise _refuse(path, f"{whose} is not good: {error}", _AGAIN) from error


def _entry(path: Path, content: bytes) -> tuple[str, dict[str, Any]]:
    """Version of the release, and the one entry for this file name."""
    try:
        index = from_json(content, unique=True)
        if type(index["format"]) is not int or index["format"] != FORMAT:
            raise _refuse(
                path,
                f"the {INDEX} of its release has a format that is not known",
                "take a release and a `kesu` that belong together",
            )
        version, images = index["version"], index["images"]
        found = [image for image in images if image["file"] == path.name]
    except (ValueError, KeyError, TypeError) as error:
        raise _refuse(path, f"the {INDEX} of its release cannot be read", _AGAIN) from error
    if not isinstance(version, str) or comparable(version) is None:
        raise _refuse(path, f"the {INDEX} of its release names no version", _AGAIN)
    if len(found) != 1:
        many = "does not list" if not found else "lists more than once"
        raise _refuse(path, f"the {INDEX} of its release {many} a file of this name", _AGAIN)
    entry = found[0]
    if not all(isinstance(entry.get(name), str) for name in _TEXTS) or not isinstance(
        entry.get("files"), dict
    ):
        raise _refuse(path, f"the {INDEX} of its release does not say what this image is for", _AGAIN)
    return version, entry


def _check_files(path: Path, entry: dict[str, Any], read: dict[str, bytes]) -> None:
    """Check that files of the image have the hashes of the index, which must list those in `read`."""
    files = entry["files"]
    if entry["sha256"] != files.get(path.name):
        raise _refuse(path, f"the {INDEX} of its release contradicts itself", _AGAIN)
    for name in sorted(files.keys() | read.keys()):
        content = read.get(name)
        if content is None:
            if not name.isprintable() or Path(name).name != name or name in ("", ".."):
                raise _refuse(path, f"the {INDEX} of its release lists a file of another folder", _AGAIN)
            try:
                content = read_plain(path.with_name(name))
            except FileNotFoundError:
                continue  # the ELF may be missing
            except OSError as error:
                raise _refuse(path, f"{name} cannot be read ({error.strerror})", _AGAIN) from error
        if files.get(name) != hashlib.sha256(content).hexdigest():
            raise _refuse(path, f"{name} is not the file that the signed {INDEX} lists", _AGAIN)


def _check_name(path: Path, entry: dict[str, Any]) -> None:
    begins, ends = f"kesu-{entry['board']}-{entry['panel']}-", f"-{entry['profile']}.uf2"
    if not (path.name.startswith(begins) and path.name.endswith(ends)):
        raise _refuse(path, f"the {INDEX} of its release has it as {begins}...{ends}", _AGAIN)


def _refuse(path: Path, reason: str, hint: str) -> KesuError:
    return KesuError(f"{path.name}: {reason}.", hint=hint, code=Exit.DATA)
