"""copy: writes a copy of an image with another policy: the UF2, and ELF and manifest where the image has them."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from kesu.common.atomic import replace_file
from kesu.common.documents import read_plain
from kesu.common.errors import Exit, KesuError, unwritable
from kesu.common.uf2 import load
from kesu.images.policy.block import packed, parsed
from kesu.images.policy.stamp import stamped, stamped_elf, stamped_manifest

_TOGETHER = "take .uf2, .elf and .json from one release, or leave .elf and .json away"


def apply(image: Path, values: Mapping[str, int], out: Path) -> list[Path]:
    """Write the copy to `out` and return the files written, the UF2 first.

    Everything is read and checked before anything is written; each file is replaced as a whole, the manifest, which
    lists the others, last. Raises KesuError for an image that cannot get a policy, or files of different images.
    """
    data = load(image)
    files = {out: stamped(data, values, image)}
    if out.suffix != ".uf2":
        raise KesuError(
            f"{out} does not end with .uf2.", hint="Give a name such as desk.uf2.", code=Exit.USAGE
        )
    if out.exists() and out.samefile(image):
        raise KesuError(
            f"{out} is the image itself.",
            hint="Give another name: the image is needed again to show that only the policy differs.",
            code=Exit.USAGE,
        )
    elf, manifest = (_beside(image, suffix) for suffix in (".elf", ".json"))
    if elf is not None and manifest is not None:
        try:
            files[out.with_suffix(".elf")] = stamped_elf(elf, values)
            listed = {path.name: content for path, content in files.items()}
            base = hashlib.sha256(data).hexdigest()
            files[out.with_suffix(".json")] = stamped_manifest(manifest, listed, parsed(packed(values)), base)
        except ValueError as error:
            raise KesuError(
                f"{image.stem}.elf or .json is not of this image: {error}.", hint=_TOGETHER, code=Exit.DATA
            ) from error
    try:
        out.with_suffix(".json").unlink(missing_ok=True)
        for path, content in files.items():
            replace_file(path, content)
    except OSError as error:
        raise unwritable(out, error) from error
    return [*files]


def _beside(image: Path, suffix: str) -> bytes | None:
    try:
        return read_plain(image.with_suffix(suffix))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise KesuError(
            f"{image.with_suffix(suffix)} cannot be read: {error.strerror}.", hint=_TOGETHER, code=Exit.DATA
        ) from error
