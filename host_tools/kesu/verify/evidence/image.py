"""image: describes the verified image."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import hashlib
from typing import Any

from kesu.common.documents import from_json, read_plain
from kesu.images.toolchain import BuiltImage


def describe_image(image: BuiltImage) -> dict[str, Any]:
    """For `Run.image`: file, uf2_sha256, uf2_bytes, elf_sha256 manifest ({} if none)."""
    uf2 = image.uf2.read_bytes()
    described: dict[str, Any] = {
        "file": image.uf2.name,
        "uf2_sha256": hashlib.sha256(uf2).hexdigest(),
        "uf2_bytes": len(uf2),
        "elf_sha256": hashlib.sha256(image.elf.read_bytes()).hexdigest() if image.elf.is_file() else None,
        "manifest": {},
    }
    try:
        manifest = from_json(read_plain(image.manifest))
    except (OSError, ValueError):
        return described
    return described | {"manifest": manifest if isinstance(manifest, dict) else {}}


def manifest_of(image: dict[str, Any]) -> dict[str, Any]:
    """The manifest inside `Run.image`; empty when the run had none."""
    manifest = image.get("manifest")
    return manifest if isinstance(manifest, dict) else {}


def policy_in_words(image: dict[str, Any]) -> str:
    """The policy that the verified image had, with its checksum."""
    manifest = manifest_of(image)
    values, crc = manifest.get("policy"), manifest.get("policy_crc")
    if not isinstance(values, dict) or not isinstance(crc, str):
        return "not known"
    return ", ".join([f"checksum {crc}", *(f"{name} {value}" for name, value in values.items())])


def name_of(image: dict[str, Any]) -> str:
    """Name of the image from its manifest, otherwise its file name."""
    return str(manifest_of(image).get("name") or image.get("file") or "unnamed image")
