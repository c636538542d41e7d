"""proof: the evidence of each image of a release: reused if given, otherwise made; the index says if missing."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kesu.common.errors import Exit, KesuError
from kesu.common.progress import Progress
from kesu.images.toolchain import BuiltImage
from kesu.images.toolchain.inputs import file_hash
from kesu.verify import evidence
from kesu.verify.evidence.folder import SUMS
from kesu.verify.profile import PROFILES

PROCESSES = 2
NOT_ASKED = "none: this release was made without it"
STRENGTH = {"none": 0, "quick": 1, "faults": 2, "soak": 2, "full": 3}
"""Profiles of `kesu verify` by strength; faults includes quick, and only full includes the seeded leaks."""


@dataclass(frozen=True)
class Given:
    """Given evidence that was checked: its folder, its verdict, and its profile."""

    folder: Path
    says: str
    profile: str


@dataclass(frozen=True)
class Proof:
    """The statement of a release about one image: a verdict with its profile, or why there is none.

    taken_over: the evidence was given, so the run was not made for this release.
    """

    says: str
    has_folder: bool = False
    taken_over: bool = False


def given(folders: Sequence[Path], least: str, public_key: Path | None = None) -> dict[str, Given]:
    """Given evidence by the SHA-256 of its UF2.

    folders: evidence folders, or folders of such. least: the weakest profile that is good enough. public_key:
    minisign key that must have signed them. Raises KesuError for a folder that was changed, was not signed
    with that key, does not say HOLDS, or tried less than `least`.
    """
    found: dict[str, Given] = {}
    for folder in [one for place in folders for one in _within(place)]:
        checked = evidence.check(folder, public_key)
        if checked.problems:
            problem = checked.problems[0]
            raise KesuError(
                f"the evidence in {folder} was changed: {problem.file}: {problem.what}",
                hint="make it again with `kesu verify --profile full --out DIR`",
                code=Exit.NO,
            )
        if checked.verdict != "HOLDS":
            raise KesuError(
                f"the evidence in {folder} says {checked.verdict}",
                hint="such an image is not released",
                code=Exit.NO,
            )
        report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
        profile = str(report["profile"])
        if STRENGTH.get(profile, 0) < STRENGTH[least]:
            raise KesuError(
                f"the evidence in {folder} is of a {profile} run, this release asks for {least}",
                hint=f"leave it out, so that it is made, or ask for less with --verify {profile}",
                code=Exit.DATA,
            )
        found[str(report["image"]["uf2_sha256"])] = Given(
            folder, f"HOLDS ({checked.target}, {profile})", profile
        )
    return found


def _within(place: Path) -> list[Path]:
    """The folder itself if it is evidence, otherwise the evidence folders in it."""
    if (place / SUMS).is_file():
        return [place]
    inside = sorted(path for path in place.iterdir() if (path / SUMS).is_file())
    return inside or [place]  # which `evidence.check` then refuses by name


def refuse_strangers(known: dict[str, Given], images: Sequence[BuiltImage]) -> None:
    """Raise KesuError for evidence of an image that is not in this release."""
    for digest in known.keys() - {file_hash(image.uf2) for image in images}:
        raise KesuError(
            f"the evidence in {known[digest].folder} is of no image of this release "
            f"(its image has SHA-256 {digest[:16]}...)",
            hint="leave it out; it is of other sources, another policy, board or panel",
            code=Exit.DATA,
        )


def make(image: BuiltImage, profile: str, known: dict[str, Given], place: Path) -> Proof:
    """The proof of one image. profile: full, quick or none. place: parent of its folder, which is named like the image.

    Raises KesuError if the promise does not hold.
    """
    given = known.get(file_hash(image.uf2))
    if given is not None:
        shutil.copytree(given.folder, place / image.uf2.stem)
        return Proof(given.says, has_folder=True, taken_over=True)
    if profile == "none":
        return Proof(NOT_ASKED)
    return _verified(image, profile, place / image.uf2.stem)


@contextmanager
def kept_if_stopped(place: Path, shelf: Path) -> Iterator[None]:
    """Move the evidence folders of `place` to `shelf` if the block fails.

    A full run takes minutes; the next release of the same images reuses it. Raises KesuError for Ctrl-C, and
    adds the path of the evidence to every KesuError.
    """
    try:
        yield
    except KeyboardInterrupt:
        raise KesuError(
            "interrupted: no release was made",
            hint=_kept(place, shelf) or "nothing was left behind; run it again",
            code=Exit.INTERRUPTED,
        ) from None
    except KesuError as error:
        error.hint = "; ".join(filter(None, (error.hint, _kept(place, shelf))))
        raise


def _kept(place: Path, shelf: Path) -> str:
    """A message on the evidence made until now; "" if there is none."""
    made = sorted(path for path in place.iterdir() if (path / SUMS).is_file()) if place.is_dir() else []
    for folder in made:
        shelf.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(shelf / folder.name, ignore_errors=True)
        folder.rename(shelf / folder.name)
    if not made:
        return ""
    return f"evidence of {len(made)} images was kept: run it again with --evidence {shelf} to go on"


def _verified(image: BuiltImage, profile: str, folder: Path) -> Proof:
    # Imported here: the emulator is needed only where something is run.
    from kesu.verify.runner import runner

    seed = secrets.randbelow(2**31)
    with Progress(f"Verifying {image.uf2.name} ({profile}, seed {seed})") as step:
        run = runner.verify(image, PROFILES[profile], seed, PROCESSES, step.update)
    if run.interrupted:
        raise KeyboardInterrupt
    evidence.write(run, folder)
    if run.verdict != "HOLDS":
        raise KesuError(
            f"{image.uf2.name}: the promise is {run.verdict} (seed {seed}), so there is no release",
            hint=f"`kesu verify --profile {profile} --seed {seed} dist/{image.uf2.name}` says where",
            code=Exit.NO,
        )
    return Proof(f"HOLDS ({run.target}, {profile})", has_folder=True)
