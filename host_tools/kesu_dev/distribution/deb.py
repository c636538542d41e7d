"""deb: a Debian package of the agent from a wheel: for every user of the PC, started at log-on by systemd.

It depends on Debian's own click, pyserial and dbus-fast; nothing is downloaded at installation. Python files are
compiled and cleaned by py3compile and py3clean (python3, py3compile(1)), so that removal leaves nothing.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import gzip
import os
import re
import shutil
import subprocess
import tempfile
import zipfile
from pathlib import Path

from kesu.common.checkout import repository
from kesu.common.errors import Exit, KesuError
from kesu.spec.call_line import PRODUCT, VENDOR

NAME = "kesu-agent"
LIBRARY = Path("usr/lib/kesu-agent")
USER_UNITS = Path("usr/lib/systemd/user")
UNIT = "kesu-agent.service"
DEPENDS = "python3 (>= 3.11), python3-click (>= 8.1.7), python3-serial (>= 3.5), python3-dbus-fast (>= 2.20)"
MAINTAINER = "Kesu project <kesu@localhost>"
COMMAND = f"""#!/usr/bin/python3 -I
# kesu: the command line of this package. SPDX-License-Identifier: MIT
import sys

sys.path.insert(0, "/{LIBRARY}")
from kesu.__main__ import main

main()
"""
RELOAD = "if [ -S /run/udev/control ]; then udevadm control --reload || true; fi\n"
MANUAL = Path(__file__).with_name("kesu.1")
METAINFO = f"""<?xml version="1.0" encoding="UTF-8"?>
<!-- local.kesu.agent.metainfo.xml: which device the package is for. SPDX-License-Identifier: MIT -->
<component type="generic">
  <id>local.kesu.agent</id>
  <metadata_license>MIT</metadata_license>
  <project_license>MIT</project_license>
  <name>Kesu agent</name>
  <summary>Call state for e-ink memo pads</summary>
  <description>
    <p>Passes the state of the calls of this PC's phone to its memo pads, which erase every note after the call.</p>
  </description>
  <provides>
    <modalias>usb:v{VENDOR:04X}p{PRODUCT:04X}d*</modalias>
  </provides>
</component>
"""
SCRIPTS = {
    "postinst": f'if [ "$1" = configure ]; then\npy3compile -p {NAME} /{LIBRARY}\n{RELOAD}fi\n',
    "prerm": f"py3clean -p {NAME} || find /{LIBRARY} -name __pycache__ -prune -exec rm -rf {{}} +\n",
    "postrm": RELOAD,
}


def make_deb(wheel: Path, out: Path, epoch: str = "315532800", maintainer: str = MAINTAINER) -> Path:
    """Build the package into `out`. wheel: without compiled cores. epoch: the time of all its files, s since 1970.

    maintainer: `NAME <ADDRESS>` of the site that hands it out.

    Raises KesuError where the maintainer has no address, dpkg-deb is missing or refuses the tree.
    """
    if not re.fullmatch(r"[^<>\n]+ <[^<>@\s]+@[^<>@\s]+>", maintainer):
        raise KesuError("The maintainer must be like: Support desk <it@example.com>.", code=Exit.USAGE)
    if shutil.which("dpkg-deb") is None:
        raise KesuError("dpkg-deb is not installed.", hint="Build it on Debian.", code=Exit.UNAVAILABLE)
    version = wheel.name.split("-")[1]
    with tempfile.TemporaryDirectory(prefix="kesu-deb-") as folder:
        tree = Path(folder) / "tree"
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(tree / LIBRARY)
        _files(tree, version, maintainer)
        _control(tree, version, maintainer)
        for path in [tree, *tree.rglob("*")]:
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.parent.name in ("bin",) else 0o644)
        for name in SCRIPTS:
            (tree / "DEBIAN" / name).chmod(0o755)
        out.mkdir(parents=True, exist_ok=True)
        target = out / f"{NAME}_{version}_all.deb"
        done = subprocess.run(
            ["dpkg-deb", "--root-owner-group", "-Zxz", "--build", tree, target],
            env=os.environ | {"SOURCE_DATE_EPOCH": epoch},
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise KesuError(f"dpkg-deb: {done.stderr.strip()}", code=Exit.DATA)
    return target


def _files(tree: Path, version: str, maintainer: str) -> None:
    root = repository()
    unit = (root / "docs/examples" / UNIT).read_text(encoding="utf-8")
    lines = [line for line in unit.splitlines() if not line.startswith("#   systemctl")]
    lines[0] = (
        "# kesu-agent.service: `kesu agent` for each user of this PC, from log-on. `systemctl --global disable"
    )
    lines.insert(1, "# kesu-agent` keeps it from starting.")
    # Not in the session of a greeter (gdm, sddm): its agent would hold the port that the operator's needs.
    lines.insert(lines.index("[Unit]") + 1, "ConditionUser=!@system")
    text = "\n".join(lines).replace("%h/.local/bin/kesu", "/usr/bin/kesu") + "\n"
    _write(tree / "usr/bin/kesu", COMMAND)
    _write(tree / USER_UNITS / UNIT, text)
    wants = tree / USER_UNITS / "default.target.wants"
    wants.mkdir()
    (wants / UNIT).symlink_to(f"../{UNIT}")
    _write(
        tree / "usr/lib/udev/rules.d/70-kesu.rules",
        (root / "host_tools/kesu/devices/udev/70-kesu.rules").read_text(encoding="utf-8"),
    )
    manual = tree / "usr/share/man/man1/kesu.1.gz"
    manual.parent.mkdir(parents=True)
    manual.write_bytes(gzip.compress(MANUAL.read_bytes(), mtime=0))
    _write(tree / "usr/share/metainfo/local.kesu.agent.metainfo.xml", METAINFO)
    documents = tree / "usr/share/doc" / NAME
    _write(documents / "copyright", (root / "LICENSE").read_text(encoding="utf-8"))
    _write(documents / "examples/agent.toml", (root / "docs/examples/agent.toml").read_text(encoding="utf-8"))
    news = f"{NAME} ({version}) unstable; urgency=medium\n\n  * See CHANGELOG.md of the project.\n\n"
    news += f" -- {maintainer}  Tue, 01 Jan 1980 00:00:00 +0000\n"
    (documents / "changelog.gz").write_bytes(gzip.compress(news.encode(), mtime=0))


def _control(tree: Path, version: str, maintainer: str) -> None:
    size = sum(path.stat().st_size for path in tree.rglob("*") if path.is_file()) // 1024
    _write(
        tree / "DEBIAN/control",
        f"Package: {NAME}\nVersion: {version}\nArchitecture: all\nSection: comm\nPriority: optional\n"
        f"Maintainer: {maintainer}\nInstalled-Size: {size}\nDepends: {DEPENDS}\n"
        "Description: call state for Kesu memo pads\n"
        " Passes the state of the calls of this PC's phone to its e-ink memo pads, which\n"
        " erase every note after the call. It starts at log-on, for each user.\n",
    )
    for name, text in SCRIPTS.items():
        _write(tree / "DEBIAN" / name, f"#!/bin/sh\nset -e\n{text}")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
