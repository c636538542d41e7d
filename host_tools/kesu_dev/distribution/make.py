"""make: builds wheels and source archive from a copy of the tracked files, to which page and images are added.

Nothing is built in the checkout itself, where a leftover of an earlier version could get into a wheel.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from platform import libc_ver

from elftools.elf.elffile import ELFFile
from elftools.elf.gnuversions import GNUVerNeedSection
from kesu.common import packaged
from kesu.common.checkout import repository
from kesu.common.errors import Exit, KesuError
from kesu.common.progress import Progress
from kesu.demo.page.image_files import PadImage
from kesu.demo.page.site import build_site
from kesu.emulator.core import native
from kesu.images import toolchain
from kesu.images.policy import card
from kesu.images.release_names import INDEX, SIGNATURE, SUMS
from kesu.images.toolchain.request import BOARDS, BuiltImage, built_files
from kesu.spec.panels import PANELS

from kesu_dev.checks.tracked import tracked
from kesu_dev.distribution.deb import MAINTAINER, make_deb

PACKAGE = "host_tools/kesu/"
TOP = frozenset(("LICENSE", "MANIFEST.in", "README.md", "pyproject.toml", "setup.py"))
LOCKS = re.compile(r"requirements(-agent|-flash|-verify)?\.(lock|txt)")
OLDEST_GLIBC = (2, 17)
"""Of the tags manylinux_*; every Linux that has Python 3.11 is newer."""
BUILD = "import sys\nfrom setuptools import build_meta\ngetattr(build_meta, sys.argv[1])(sys.argv[2])\n"


def sealed_images() -> list[BuiltImage]:
    """The sealed image for every board and panel, built if necessary."""
    wanted = list(product(BOARDS, PANELS))
    made = []
    with Progress("Sealed images") as shown:
        for done, (board, panel) in enumerate(wanted):
            shown.update(done, len(wanted), f"{board} {panel}")
            made.append(toolchain.ensure("sealed", board=board, panel=panel))
    return made


def released_images(release: Path) -> list[BuiltImage]:
    """The images of a folder of `kesu release`. KesuError when it has none."""
    found = [built_files(path) for path in sorted(release.glob("kesu-*-sealed.uf2"))]
    if not found:
        raise KesuError(
            f"{release} has no sealed image.",
            hint="Give a folder that `kesu release` made.",
            code=Exit.NO_INPUT,
        )
    return found


def contents(images: Sequence[BuiltImage], page: Path) -> dict[str, bytes]:
    """Files of the archive in the wheel: images with index and signatures if they are of a release, and the page."""
    files: dict[str, bytes] = {}
    for image in images:
        signature = image.uf2.with_name(f"{image.uf2.name}{SIGNATURE}")
        for path in (image.uf2, image.elf, image.manifest, *filter(Path.is_file, [signature])):
            files[f"{packaged.IMAGES}/{path.name}"] = path.read_bytes()
    for name in (INDEX, SUMS):
        for path in (images[0].uf2.with_name(name), images[0].uf2.with_name(f"{name}{SIGNATURE}")):
            if path.is_file():
                files[f"{packaged.IMAGES}/{path.name}"] = path.read_bytes()
    for path in sorted(page.rglob("*")):
        if path.is_file():
            files[f"{packaged.PAGE}/{path.relative_to(page).as_posix()}"] = path.read_bytes()
    return files | {f"{packaged.CARD}/{name}": path.read_bytes() for name, path in card.sources().items()}


def make_agent(out: Path, maintainer: str = MAINTAINER) -> Path:
    """Build the Debian package of the agent into `out`: no images, no page, no compiled core."""
    root = repository()
    with tempfile.TemporaryDirectory(prefix="kesu-deb-") as folder:
        stage, made = Path(folder) / "stage", Path(folder) / "made"
        made.mkdir()
        _copy_tracked(root, stage)
        with Progress("Building the Debian package"):
            _build(stage, "build_wheel", made, {"KESU_WHEEL_CORE": "none"})
            return make_deb(next(made.glob("*.whl")), out, _time_of_commit(), maintainer)


def _copy_tracked(root: Path, stage: Path) -> None:
    for name in tracked(root):
        if name.startswith(PACKAGE) or name in TOP or LOCKS.fullmatch(name):
            (stage / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / name, stage / name)


def make(out: Path, images: Sequence[BuiltImage], platform: str | None = None) -> list[Path]:
    """Build source archive, wheel with the C core and wheel without it into `out`, beside the lock files.

    images: what to put in; none for a wheel without images and page. platform: tag of the wheel with the core.
    """
    root = repository()
    with tempfile.TemporaryDirectory(prefix="kesu-wheel-") as folder:
        stage = Path(folder) / "stage"
        _copy_tracked(root, stage)
        if images:
            shown = [_shown(one) for one in images]
            page = build_site(Path(folder) / "page", shown)
            with Progress("Packing images and page"):
                packaged.write(stage / PACKAGE / "packaged", contents(images, page))
        made = Path(folder) / "made"
        made.mkdir()
        tag = {"KESU_WHEEL_PLATFORM": platform} if platform else _linux_tag(Path(folder))
        with Progress("Building source archive and wheels"):
            _build(stage, "build_sdist", made, {})
            _build(stage, "build_wheel", made, {"KESU_WHEEL_CORE": "none"})
            _build(stage, "build_wheel", made, {"KESU_WHEEL_CORE": "required"} | tag)
        out.mkdir(parents=True, exist_ok=True)
        built = [Path(shutil.copy2(path, out)) for path in sorted(made.iterdir())]
        locks = [path for path in sorted(root.glob("requirements*.lock")) if LOCKS.fullmatch(path.name)]
        return built + [Path(shutil.copy2(path, out)) for path in locks]


def _shown(image: BuiltImage) -> PadImage:
    _, board, panel, _ = image.uf2.stem.split("-")
    return PadImage(board, panel, image)


def _build(stage: Path, hook: str, out: Path, settings: Mapping[str, str]) -> None:
    """Run one hook of the build backend, in a copy of its own, so that no build sees what another left."""
    with tempfile.TemporaryDirectory(prefix="kesu-wheel-build-") as folder:
        place = Path(folder) / "tree"
        shutil.copytree(stage, place)
        done = subprocess.run(
            [sys.executable, "-c", BUILD, hook, str(out)],
            cwd=place,
            env=os.environ | {"SOURCE_DATE_EPOCH": _time_of_commit()} | dict(settings),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise KesuError(
            f"setuptools could not run {hook}:\n{done.stderr.strip()[-2000:]}",
            hint="Run `./dev setup`, which installs setuptools and gcc.",
            code=Exit.UNAVAILABLE,
        )


def _time_of_commit() -> str:
    """The time for all files of the archives, so that one commit gives the same archives."""
    shown = subprocess.run(
        ["git", "log", "-1", "--format=%ct"], cwd=repository(), capture_output=True, text=True, check=False
    )
    return shown.stdout.strip() or "315532800"  # 1980, the oldest that a zip can hold


def _linux_tag(folder: Path) -> dict[str, str]:
    """The tag of the oldest glibc that the libraries need, as pip and PyPI know it; none where there is no glibc."""
    if libc_ver()[0] != "glibc":
        return {}
    needed = OLDEST_GLIBC
    for source in native.SOURCES:
        library = folder / source.file_name()
        try:
            source.compile_to(library)
        except native.NotCompiled as error:
            raise KesuError(
                f"The C core cannot be compiled: {error}.", hint=native.REMEDY, code=Exit.UNAVAILABLE
            ) from None
        with library.open("rb") as file:
            needed = max([needed, *_glibc_versions(ELFFile(file))])
    return {"KESU_WHEEL_PLATFORM": f"manylinux_{needed[0]}_{needed[1]}_{os.uname().machine}"}


def _glibc_versions(elf: ELFFile) -> Iterator[tuple[int, int]]:
    for section in elf.iter_sections():
        if isinstance(section, GNUVerNeedSection):
            for _, versions in section.iter_versions():
                for version in versions:
                    found = re.fullmatch(r"GLIBC_(\d+)\.(\d+)(\.\d+)?", version.name)
                    if found:
                        yield int(found[1]), int(found[2])
