"""sources: fetches, checks, unpacks, patches and links the pinned sources of sources.toml."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import os
import shutil
import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kesu.common.errors import Exit, KesuError
from kesu.common.paths import cache
from kesu.common.progress import Progress
from kesu.images.toolchain.debian import Apt
from kesu.images.toolchain.inputs import combined, file_hash, local_tree_stamp, tree_files
from kesu.images.toolchain.tools import require, run

PINS = Path(__file__).with_name("sources.toml")
# A file by which the source tree is recognised.
LANDMARKS = {
    "micropython": "ports/rp2/main.c",
    "pico-sdk": "pico_sdk_init.cmake",
    "tinyusb": "src/tusb.h",
}


@dataclass(frozen=True)
class Source:
    """One entry of sources.toml. folder: path of the tree in the package; sha256: by file name."""

    name: str
    package: str
    version: str
    kind: str
    folder: str
    sha256: Mapping[str, str]


def pinned() -> dict[str, Source]:
    """All sources, by name."""
    document = tomllib.loads(PINS.read_text(encoding="utf-8"))
    return {
        name: Source(
            name, entry["package"], entry["version"], entry["kind"], entry.get("folder", ""), entry["sha256"]
        )
        for name, entry in document.items()
    }


def check_local(trees: Mapping[str, Path]) -> None:
    """Raise KesuError unless every given folder is the right source tree."""
    for name, path in trees.items():
        if not (path / LANDMARKS[name]).is_file():
            raise KesuError(
                f"{path} is not a source tree of {name}: {LANDMARKS[name]} is not in it.",
                hint=f"Give the folder that holds {LANDMARKS[name]} with --{name} DIR.",
                code=Exit.DATA,
            )


def check_file(path: Path, expected: str) -> None:
    """Raise KesuError, and remove the file, unless its SHA-256 is the pinned one."""
    found = file_hash(path)
    if found != expected:
        path.unlink()
        raise KesuError(
            f"{path.name} has SHA-256 {found}, but {expected} is pinned in sources.toml; it was removed.",
            hint="Run the build again. If it stays so, the mirror serves another file: do not use it.",
            code=Exit.DATA,
        )


class Sources:
    """Unpacked source trees in the cache; each is unpacked once."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder if folder is not None else cache()
        self._apt: Apt | None = None

    def tree(self, source: Source) -> Path:
        """Folder of one unpacked source; fetches and unpacks it the first time."""
        place = self._folder / "sources" / f"{source.name}-{source.version}"
        if not place.is_dir():
            files = [self._fetched(source, name, digest) for name, digest in source.sha256.items()]
            self._unpack(source, files, place)
        return place / source.folder

    def _fetched(self, source: Source, name: str, digest: str) -> Path:
        downloads = self._folder / "downloads"
        path = downloads / name
        if not path.is_file():
            downloads.mkdir(parents=True, exist_ok=True)
            if self._apt is None:
                self._apt = Apt(self._folder / "apt")
            with Progress(f"Fetching {source.package} {source.version}"):
                self._apt.fetch(source.package, source.version, source.kind, downloads)
        if not path.is_file():
            raise KesuError(
                f"apt-get did not bring {name}.",
                hint=f"Give --{source.name} DIR instead.",
                code=Exit.UNAVAILABLE,
            )
        check_file(path, digest)
        return path

    def _unpack(self, source: Source, files: list[Path], place: Path) -> None:
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=place.parent) as scratch:
            target = Path(scratch) / "tree"
            if source.kind == "source":
                require({"dpkg-source": "dpkg-dev"})
                description = next(path for path in files if path.suffix == ".dsc")
                # Every file is checked against sources.toml, so its signature need not be.
                run(["dpkg-source", "--no-check", "-x", str(description), str(target)], cwd=Path(scratch))
            else:
                require({"dpkg-deb": "dpkg"})
                run(["dpkg-deb", "-x", str(files[0]), str(target)])
            target.rename(place)


def port_stamp(patches: Path, local: Mapping[str, Path]) -> str:
    """Hash over the pins, the patches and the given source trees: the name of a prepared tree.

    It includes the path of the cache: links and CMake's files hold absolute paths, so a copied or moved checkout
    would otherwise build the sources of the old one.
    """
    return combined(
        {
            "cache": str(cache()),
            "pins": file_hash(PINS),
            "patches": {path.name: file_hash(path) for path in tree_files(patches)},
            "local": {name: [str(path), local_tree_stamp(path)] for name, path in local.items()},
        }
    )


def prepared_port(patches: Path, local: Mapping[str, Path]) -> Path:
    """A MicroPython tree with patches applied, libraries linked and mpy-cross built; made once."""
    check_local(local)
    place = cache() / "port" / port_stamp(patches, local)[:16]
    if place.is_dir():
        return place
    sources = Sources()
    trees = {name: local.get(name) or sources.tree(source) for name, source in pinned().items()}
    place.parent.mkdir(parents=True, exist_ok=True)
    with (
        Progress("Preparing MicroPython and its cross compiler"),
        tempfile.TemporaryDirectory(dir=place.parent) as scratch,
    ):
        target = Path(scratch) / "port"
        shutil.copytree(trees["micropython"], target, symlinks=True, ignore=shutil.ignore_patterns(".git"))
        for path in tree_files(patches):
            run(
                ["patch", "-p1", "--batch", "--forward", "-i", str(path)],
                cwd=target,
                hint=f"{path.name} fits MicroPython 1.25.0 only.",
            )
        for name in ("pico-sdk", "tinyusb"):
            link = target / "lib" / name
            if link.is_symlink():
                link.unlink()
            elif link.exists():
                shutil.rmtree(link)
            link.symlink_to(trees[name])
        # The port's CMake files look for this file to detect whether the submodule exists.
        (target / "lib" / "micropython-lib").mkdir(exist_ok=True)
        (target / "lib" / "micropython-lib" / "README.md").touch()
        environment = os.environ | {"MICROPY_GIT_TAG": "v1.25.0", "MICROPY_GIT_HASH": "kesu"}
        run(["make", "-C", "mpy-cross", f"-j{os.cpu_count() or 1}"], cwd=target, env=environment)
        target.rename(place)
    return place
