"""proof: the evidence of each image of a release: checked if given, made if not, said if missing."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kesu import evidence
from kesu.build import BuiltImage
from kesu.build.inputs import file_hash
from kesu.errors import KesuError
from kesu.progress import Progress

BROKEN = 1
COULD_NOT_RUN = 2
PROCESSES = 2
NOT_EMULATED = "none: no emulator runs this chip; its structure is audited"
NOT_ASKED = "none: this release was made without it"


@dataclass(frozen=True)
class Proof:
    """What a release says of one image: a verdict with its profile, or why there is none."""

    says: str
    has_folder: bool = False


def given(folders: Sequence[Path]) -> dict[str, tuple[Path, str]]:
    """Evidence at hand by the SHA-256 of its UF2: folder, and verdict with profile.

    Raises KesuError for a folder that was changed, or that does not say HOLDS.
    """
    found: dict[str, tuple[Path, str]] = {}
    for folder in folders:
        checked = evidence.check(folder)
        if checked.problems:
            problem = checked.problems[0]
            raise KesuError(
                f"the evidence in {folder} is not as it was written: {problem.file}: {problem.what}",
                hint="make it again with `kesu verify --profile full --out DIR`",
                code=BROKEN,
            )
        report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
        if checked.verdict != "HOLDS":
            raise KesuError(
                f"the evidence in {folder} says {checked.verdict}",
                hint="such an image is not released",
                code=BROKEN,
            )
        found[str(report["image"]["uf2_sha256"])] = (folder, f"HOLDS ({checked.target}, {report['profile']})")
    return found


def make(
    image: BuiltImage, board: str, profile: str, known: dict[str, tuple[Path, str]], place: Path
) -> Proof:
    """The proof of one image. profile: full, quick or none. place: its folder goes there, named like it.

    Raises KesuError when the promise does not hold.
    """
    at_hand = known.get(file_hash(image.uf2))
    if at_hand is not None:
        target = place / image.uf2.stem
        shutil.copytree(at_hand[0], target)
        return Proof(at_hand[1], True)
    if board != "pico":
        return Proof(NOT_EMULATED)
    if profile == "none":
        return Proof(NOT_ASKED)
    return _verified(image, profile, place / image.uf2.stem)


def _verified(image: BuiltImage, profile: str, folder: Path) -> Proof:
    # Imported here: the emulator is needed only where something is run.
    from kesu.verify.run import runner

    seed = secrets.randbelow(2**31)
    with Progress(f"Verifying {image.uf2.name} ({profile}, seed {seed})") as step:
        run = runner.verify(image, profile, seed, PROCESSES, step.update)
    evidence.write(run, folder)
    if run.verdict != "HOLDS":
        raise KesuError(
            f"{image.uf2.name}: the promise is {run.verdict} (seed {seed}), so there is no release",
            hint=f"`kesu verify --profile {profile} --seed {seed} {image.uf2}` says where",
            code=BROKEN,
        )
    return Proof(f"HOLDS ({run.target}, {profile})", True)
