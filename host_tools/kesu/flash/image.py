"""image: what is to be written, checked before any pad is touched: blocks, chip, manifest, signature."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from kesu.documents import from_json, read_plain
from kesu.errors import KesuError
from kesu.evidence import minisign
from kesu.pads.usb_ids import CHIPS, RP2350, Chip
from kesu.uf2 import FLASH, SECTOR_SIZE, UNUSABLE, Uf2Image, load, parse


@dataclass(frozen=True)
class FlashImage:
    """An image that may be written. data: the UF2 file. signed: the trusted comment, None if not asked
    for."""

    path: Path
    data: bytes
    uf2: Uf2Image
    chip: Chip
    sha256: str
    profile: str
    signed: str | None

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def sealed(self) -> bool:
        return self.profile == "sealed"

    def whole_sectors(self) -> bytes:
        """The image from the start of flash to the end of its last sector, 0xFF where it has nothing."""
        size = self.uf2.end - FLASH.start
        return self.uf2.flash(size + -size % SECTOR_SIZE)


def load_image(path: Path, public_key: Path | None = None) -> FlashImage:
    """Read and check an image, its manifest, and with a public key its signature (`IMAGE.uf2.minisig`).

    Raises KesuError with code 65 for an image that must not be written.
    """
    data = load(path)
    uf2 = parse(data, path)
    chip = next((chip for chip in CHIPS if chip.family == uf2.family), RP2350)
    sha256 = hashlib.sha256(data).hexdigest()
    manifest = _manifest(path)
    outputs = manifest.get("outputs")
    if not isinstance(outputs, dict) or outputs.get(path.name) != sha256:
        raise _refuse(
            path,
            "its bytes are not those of its manifest",
            "take image and manifest from one release, or build both again",
        )
    if manifest.get("board") != chip.board:
        raise _refuse(
            path,
            f"it is for the {chip.name}, its manifest is for the board '{manifest.get('board')}'",
            "take image and manifest from one release",
        )
    signed = _signature(path, data, public_key) if public_key is not None else None
    return FlashImage(path, data, uf2, chip, sha256, str(manifest.get("profile")), signed)


def _manifest(path: Path) -> dict[str, object]:
    beside = path.with_suffix(".json")
    try:
        content = from_json(read_plain(beside))
    except (OSError, ValueError) as error:
        raise _refuse(
            path,
            f"its manifest {beside.name} is not there or cannot be read",
            "keep the .json of the release beside the .uf2",
        ) from error
    if not isinstance(content, dict):
        raise _refuse(path, f"{beside.name} is not a manifest", "take it from the release")
    return content


def _signature(path: Path, data: bytes, public_key: Path) -> str:
    beside = path.with_name(f"{path.name}.minisig")
    try:
        text = read_plain(beside).decode("utf-8")
    except (OSError, ValueError) as error:
        raise _refuse(
            path,
            f"it is not signed: there is no {beside.name}",
            "take the signature from the release; unsigned images are written without --public-key only",
        ) from error
    try:
        return minisign.verify(data, text, public_key)
    except minisign.BadSignature as error:
        raise _refuse(
            path, f"its signature is not good: {error}", "do not use this file; fetch the release again"
        ) from error


def _refuse(path: Path, reason: str, hint: str) -> KesuError:
    return KesuError(f"{path.name}: {reason}.", hint=hint, code=UNUSABLE)
