"""image: checks an image before any pad is touched: blocks, chip, manifest, signatures.

Each file is read once, and the data read is what is written: replacing a file afterwards has no effect.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kesu.common.documents import from_json, read_plain
from kesu.common.errors import Exit, KesuError
from kesu.common.uf2 import FLASH, SECTOR_SIZE, Uf2Image, load, parse
from kesu.common.usb_ids import CHIPS, RP2350, Chip
from kesu.images.identity import Identity, comparable, identity_of
from kesu.images.policy.block import InvalidBlock, bytes_in, parsed
from kesu.images.policy.stamp import base_of, block_of, flash_of, stamped
from kesu.images.release_names import SIGNATURE
from kesu.images.signed import SignedImage, signed_image
from kesu.spec.policy import LAYOUT


@dataclass(frozen=True)
class FlashImage:
    """An image that may be written. data: the UF2 file. signed: the trusted comment, None if not
    checked. version: of the image, "" where neither a signature nor its bytes give one. key_id: of the key
    that signed it. policy: checksum of its policy block, "" for an image without one.
    """

    path: Path
    data: bytes
    uf2: Uf2Image
    chip: Chip
    sha256: str
    profile: str
    signed: str | None
    version: str = ""
    key_id: str = ""
    policy: str = ""

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def sealed(self) -> bool:
        return self.profile == "sealed"

    def whole_sectors(self) -> bytes:
        """The image from the start of flash to the end of its last sector, gaps filled with 0xFF."""
        size = self.uf2.end - FLASH.start
        return self.uf2.flash(size + -size % SECTOR_SIZE)


def load_image(
    path: Path,
    public_key: Path | None = None,
    *,
    base: Path | None = None,
    policy: Mapping[str, int] | None = None,
) -> FlashImage:
    """Read and check an image and its manifest; with a public key also signatures and index of its release.

    The board comes from the signed index, otherwise from the image's own bytes and its manifest, which must
    agree. policy: settings to put into the image once it is checked. base: the image of which this one is a copy
    with another policy; everything is then checked on the base, and this one must differ from it in a valid policy
    block alone. With a public key, a base beside a copy is found by the name in the copy.
    Raises KesuError with code 65 for an image that must not be written.
    """
    data = load(path)
    if base is None and public_key is not None:
        base = _signed_base(path, data)
    if base is not None:
        checked = _checked(base, load(base), public_key)
        if base_of(data, path) != base_of(checked.data, base):
            raise _refuse(
                path,
                f"it differs from {base.name} in more than its policy",
                "make it again from that image with `kesu policy apply`",
            )
        checked = _with_data(checked, path, data)
    else:
        checked = _checked(path, data, public_key)
    if policy is not None:
        checked = _with_data(checked, path, stamped(checked.data, policy, path))
    return checked


def _signed_base(path: Path, data: bytes) -> Path | None:
    """The signed image beside one without a signature, by the name that the latter was built under."""
    if path.with_name(f"{path.name}{SIGNATURE}").exists():
        return None
    try:
        own = identity_of(flash_of(parse(data, path)))
    except KesuError:
        return None
    beside = path.with_name(f"{own.name}.uf2") if own is not None else path
    return beside if beside != path and beside.with_name(f"{beside.name}{SIGNATURE}").exists() else None


def _with_data(checked: FlashImage, path: Path, data: bytes) -> FlashImage:
    """The same image with other bytes, of which all but the policy have been checked."""
    uf2 = parse(data, path)
    return replace(
        checked,
        path=path,
        data=data,
        uf2=uf2,
        sha256=hashlib.sha256(data).hexdigest(),
        policy=block_of(uf2, path).checksum,
    )


def _checked(path: Path, data: bytes, public_key: Path | None) -> FlashImage:
    uf2 = parse(data, path)
    chip = next((chip for chip in CHIPS if chip.family == uf2.family), RP2350)
    sha256 = hashlib.sha256(data).hexdigest()
    manifest = _manifest_bytes(path)
    signed = signed_image(path, data, manifest, public_key) if public_key is not None else None
    content = _manifest(path, manifest)
    outputs = content.get("outputs")
    if not isinstance(outputs, dict) or outputs.get(path.name) != sha256:
        raise _refuse(
            path,
            "its bytes are not those of its manifest",
            "take image and manifest from one release, or build both again",
        )
    own = identity_of(uf2.flash(uf2.end - FLASH.start))
    board = signed.board if signed is not None else content.get("board")
    if board != chip.board:
        whose = "the index of its release is" if signed is not None else "its manifest is"
        raise _refuse(
            path,
            f"it is for the {chip.name}, {whose} for the board '{board}'",
            "take image and manifest from one release",
        )
    profile = signed.profile if signed is not None else str(content.get("profile"))
    if own is not None:
        _check_own(path, own, profile, content, signed)
    crc = _policy_crc(path, uf2, own)
    if signed is not None:
        return FlashImage(
            path, data, uf2, chip, sha256, profile, signed.comment, signed.version, signed.key_id, crc
        )
    version = own.version if own is not None else ""
    return FlashImage(path, data, uf2, chip, sha256, profile, None, version, policy=crc)


def _policy_crc(path: Path, uf2: Uf2Image, own: Identity | None) -> str:
    """Checksum of the policy block, "" for an image that has none. KesuError for a block that no pad would use."""
    at_its_place = bytes_in(flash_of(uf2))
    if own is None or not at_its_place.startswith(LAYOUT.magic):
        return ""
    try:
        return parsed(at_its_place).checksum
    except InvalidBlock as error:
        raise _refuse(
            path,
            f"{error}; a pad would mark every page",
            "take the image of a release, or apply a policy again",
        ) from error


def _check_own(
    path: Path, own: Identity, profile: str, manifest: dict[str, Any], signed: SignedImage | None
) -> None:
    """Check that the image's own description matches file name, manifest and index."""
    # A copy with another policy has the name that its owner gave it.
    named = str(manifest.get("name")) if signed is None and "base_uf2_sha256" in manifest else path.stem
    said = [
        ("it is named", own.name, named),
        ("it is described as", own.name.rpartition("-")[2], profile),
    ]
    if "version" in manifest:
        said.append(("its manifest says", own.version, str(manifest["version"])))
    if signed is not None:
        said += [
            ("its release is", own.version, signed.version),
            ("its index says", own.image_id, signed.image_id),
        ]
    for how, truth, stated in said:
        if truth != stated:
            raise _refuse(
                path,
                f"it was built as {own.name} {own.version} {own.image_id}; {how} {stated}",
                "take image and manifest from one release, under the names that they have there",
            )


def _manifest_bytes(path: Path) -> bytes:
    beside = path.with_suffix(".json")
    try:
        return read_plain(beside)
    except OSError as error:
        raise _unreadable(path) from error


def _manifest(path: Path, data: bytes) -> dict[str, Any]:
    try:
        content = from_json(data)
    except ValueError as error:
        raise _unreadable(path) from error
    if not isinstance(content, dict):
        raise _refuse(path, f"{path.with_suffix('.json').name} is not a manifest", "take it from the release")
    return content


def _unreadable(path: Path) -> KesuError:
    return _refuse(
        path,
        f"its manifest {path.with_suffix('.json').name} is not there or cannot be read",
        "keep the .json of the release next to the .uf2",
    )


def _refuse(path: Path, reason: str, hint: str) -> KesuError:
    return KesuError(f"{path.name}: {reason}.", hint=hint, code=Exit.DATA)


def is_older(version: str, than: str) -> bool:
    """Whether a version is older than another. One that cannot be compared is older than all others."""
    one, other = comparable(version), comparable(than)
    if one is None or other is None:
        return one is None and other is not None
    return one < other
