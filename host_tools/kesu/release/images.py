"""images: every image of a release, built twice in two places, and compared byte for byte."""
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

from kesu.build import BuiltImage, build
from kesu.build.inputs import file_hash
from kesu.build.paths import cache
from kesu.build.request import BuildRequest
from kesu.errors import KesuError
from kesu.progress import Progress

NOT_REPRODUCIBLE = 3
COULD_NOT_BUILD = 4


@dataclass(frozen=True)
class Which:
    """One image of a release: board, panel and language, always sealed."""

    board: str
    panel: str
    language: str

    def request(self, out: Path) -> BuildRequest:
        """What `kesu build` is asked for."""
        return BuildRequest(board=self.board, panel=self.panel, language=self.language, out=out)


def build_all(wanted: Sequence[Which], out: Path) -> dict[Which, BuiltImage]:
    """Build every image into `out`, in the checkout's own cache."""
    built: dict[Which, BuiltImage] = {}
    with Progress("Building the images") as step:
        for number, which in enumerate(wanted):
            step.update(number, len(wanted), f"{which.board} {which.panel} {which.language}")
            built[which] = build(which.request(out))
    return built


def rebuild_and_compare(built: dict[Which, BuiltImage]) -> list[str]:
    """Build everything again from nothing but the downloads, in another place.

    Raises KesuError if a byte differs. Returns the SHA-256 of each UF2 as the second build made it, in the
    order given.
    """
    with tempfile.TemporaryDirectory(prefix="kesu-second-build-") as scratch:
        place = Path(scratch)
        for name in ("apt", "downloads"):
            if (cache() / name).is_dir():
                shutil.copytree(cache() / name, place / "cache" / name)
        sums: list[str] = []
        with Progress("Building them again, elsewhere") as step:
            for number, (which, first) in enumerate(built.items()):
                step.update(number, len(built), f"{which.board} {which.panel} {which.language}")
                second = _built_in(which, place)
                if second.read_bytes() != first.uf2.read_bytes():
                    raise KesuError(
                        f"{first.uf2.name} is not reproducible: built again elsewhere, its bytes are others",
                        hint="a release needs two builds that agree; compare the two with `kesu audit`",
                        code=NOT_REPRODUCIBLE,
                    )
                sums.append(file_hash(second))
        return sums


def _built_in(which: Which, place: Path) -> Path:
    """The UF2 of a build by another process with a cache of its own, which starts empty."""
    command = [sys.executable, "-m", "kesu", "build", "--out", str(place / "out")]
    command += ["--board", which.board, "--panel", which.panel, "--language", which.language]
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
            f"the second build of {which.board} {which.panel} {which.language} failed:\n"
            f"{done.stderr.strip()[-2000:]}",
            hint="`kesu build` with KESU_CACHE set to an empty folder does the same",
            code=COULD_NOT_BUILD,
        )
    return which.request(place / "out").out / f"{which.request(place / 'out').name}.uf2"
