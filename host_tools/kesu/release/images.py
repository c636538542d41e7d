"""images: builds each image of a release twice in two places and compares them byte for byte."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kesu.common.errors import Exit, KesuError
from kesu.common.paths import cache
from kesu.common.progress import Progress
from kesu.images.toolchain import BuiltImage, build
from kesu.images.toolchain.inputs import file_hash
from kesu.images.toolchain.request import BuildRequest, image_files


@dataclass(frozen=True)
class Which:
    """One image of a release: board and panel, always sealed."""

    board: str
    panel: str

    def __str__(self) -> str:
        return f"{self.board} {self.panel}"

    def request(self, out: Path) -> BuildRequest:
        """What `kesu dev build` is asked for."""
        return BuildRequest(board=self.board, panel=self.panel, out=out)


def build_all(wanted: Sequence[Which], out: Path) -> dict[Which, BuiltImage]:
    """Build every image into `out`, in the checkout's own cache, so that a second release reuses its objects."""
    built: dict[Which, BuiltImage] = {}
    with Progress("Building the images") as step:
        for number, which in enumerate(wanted):
            step.update(number, len(wanted), str(which))
            built[which] = build(which.request(out))
    return built


def rebuild_and_compare(built: dict[Which, BuiltImage]) -> list[str]:
    """Build everything again from the downloads only, in another place and in reverse order.

    Images of one board share a build folder, and with it the objects that none of their inputs changes. In
    reverse order each image inherits from another one than the first time, so an object that was wrongly not
    recompiled shows as a difference. UF2, ELF and manifest are compared. Raises KesuError if a byte
    differs. Returns the SHA-256 of each UF2 as the second build made it, last image first.
    """
    with tempfile.TemporaryDirectory(prefix="kesu-second-build-") as scratch:
        place = Path(scratch)
        for name in ("apt", "downloads"):
            if (cache() / name).is_dir():
                shutil.copytree(cache() / name, place / "cache" / name)
        sums: list[str] = []
        with Progress("Building them again, elsewhere") as step:
            for number, (which, first) in enumerate(reversed(built.items())):
                step.update(number, len(built), str(which))
                second = _built_in(which, place)
                for one, other in zip(_files(first), _files(second), strict=True):
                    if other.read_bytes() != one.read_bytes():
                        raise KesuError(
                            f"{one.name} is not reproducible: a second build elsewhere gave other bytes",
                            hint="a release needs two builds that agree; compare the two with `kesu audit`",
                            code=Exit.NO,
                        )
                sums.append(file_hash(second.uf2))
        return sums


def _files(image: BuiltImage) -> tuple[Path, Path, Path]:
    return (image.uf2, image.elf, image.manifest)


def _built_in(which: Which, place: Path) -> BuiltImage:
    """The image of a build by another process with a cache of its own, which starts empty."""
    command = [sys.executable, "-m", "kesu", "dev", "build", "--out", str(place / "out")]
    command += ["--board", which.board, "--panel", which.panel]
    done = subprocess.run(
        command,
        env=os.environ | {"KESU_CACHE": str(place / "cache")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise KesuError(
            f"the second build of {which} failed:\n{done.stderr.strip()[-2000:]}",
            hint="`kesu dev build` with KESU_CACHE set to an empty folder does the same",
            code=Exit.INTERNAL,
        )
    return image_files(which.request(place / "out"))
