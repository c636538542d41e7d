"""carried: what a release has beside images: packages of the agent and of @kesu/line, the extension, policy files.

One commit gives the same bytes: files are in a fixed order, with one time and no owner. The exception is the Windows
installer, whose package code is new each time, as Windows Installer demands.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import gzip
import io
import json
import shutil
import tarfile
import tempfile
import zipfile
from pathlib import Path

from kesu.common.checkout import repository
from kesu.demo.page.bundle import SOURCES, install_packages
from kesu.images.toolchain.tools import run

from kesu_dev.distribution.make import make_agent
from kesu_dev.distribution.msi import make_msi

POLICIES = ("browser-policies", "windows-policies")
"""Folders of docs/examples."""
OLDEST = (1980, 1, 1, 0, 0, 0)
"""The oldest time that a zip can hold."""


def make_carried(out: Path, windows: Path | None = None) -> list[Path]:
    """Write all of it into `out`; returns the packages, which are signed one by one.

    windows: folder of the agent's Windows programs, for its installer.
    """
    packages = [make_agent(out), *line_packages(out)]
    if windows is not None:
        version = packages[0].name.split("_")[1]
        packages.append(make_msi(windows, version, out))
    for name in POLICIES:
        shutil.copytree(repository() / "docs" / "examples" / name, out / name)
    return packages


def line_packages(out: Path) -> list[Path]:
    """Build @kesu/line as npm installs it (.tgz) and the extension as browsers take it (.zip) into `out`."""
    install_packages()
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="kesu-line-") as folder:
        built = Path(folder)
        run(["node", "line_build.mjs", str(built)], cwd=SOURCES)
        version = json.loads((built / "npm" / "package.json").read_text(encoding="utf-8"))["version"]
        package = out / f"kesu-line-{version}.tgz"
        package.write_bytes(_npm(built / "npm"))
        extension = out / f"kesu-line-extension-{version}.zip"
        extension.write_bytes(_zip(built / "extension"))
    return [package, extension]


def _files(folder: Path) -> list[tuple[str, bytes]]:
    return [
        (path.relative_to(folder).as_posix(), path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    ]


def _npm(folder: Path) -> bytes:
    """A tarball with everything below `package/`, as `npm pack` writes it."""
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in _files(folder):
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size, entry.mode, entry.mtime = len(content), 0o644, 315532800
            archive.addfile(entry, io.BytesIO(content))
    return gzip.compress(whole.getvalue(), mtime=0)


def _zip(folder: Path) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in _files(folder):
            entry = zipfile.ZipInfo(name, OLDEST)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return whole.getvalue()
