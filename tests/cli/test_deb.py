"""test_deb: the Debian package of the agent: what is in it, that its command runs, and its scripts."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import gzip
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from kesu.agent.hook import WORDS
from kesu.cli.commands import SUBCOMMANDS
from kesu.common.errors import KesuError
from kesu_dev.distribution import deb
from kesu_dev.distribution.deb import make_deb
from kesu_dev.distribution.make import make_agent

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="dpkg-deb is of Debian"),
]


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_agent(tmp_path_factory.mktemp("deb"))


@pytest.fixture(scope="module")
def tree(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package as dpkg unpacks it into a bare root, and its control files in DEBIAN."""
    root = tmp_path_factory.mktemp("root")
    subprocess.run(["dpkg-deb", "-R", package, root], check=True)
    return root


def test_it_is_small_and_of_root(package: Path) -> None:
    assert package.stat().st_size < 2_000_000
    listed = subprocess.run(["dpkg-deb", "-c", package], capture_output=True, text=True, check=True).stdout
    lines = listed.splitlines()
    assert len(lines) > 100
    for line in lines:
        mode, owner = line.split()[:2]
        assert owner == "root/root"
        assert mode[0] == "l" or mode[5] == mode[8] == "-", f"others may not write: {line}"


def test_dependencies_are_debians_and_fit_the_metadata(tree: Path) -> None:
    control = (tree / "DEBIAN/control").read_text()
    (metadata,) = (tree / deb.LIBRARY).glob("kesu-*.dist-info/METADATA")
    wanted = [
        line.removeprefix("Requires-Dist: ")
        for line in metadata.read_text().splitlines()
        if line.startswith("Requires-Dist: ") and "extra ==" not in line
    ]
    assert len(wanted) == 3
    of_debian = {"click": "click", "pyserial": "serial", "dbus-fast": "dbus-fast"}
    for line in wanted:
        name, least = line.split(";")[0].replace("<", ",").split(">=")[0], line.split(">=")[1].split(",")[0]
        name = name.rstrip(",0123456789. ")
        assert f"python3-{of_debian[name]} (>= {least.split(';')[0].strip()})" in control
    assert f"Version: {metadata.parent.name.split('-')[1].removesuffix('.dist')}" in control


def test_the_unit_starts_for_people_only_and_runs_this_command(tree: Path) -> None:
    unit = (tree / deb.USER_UNITS / deb.UNIT).read_text()
    assert "ExecStart=/usr/bin/kesu agent\n" in unit
    assert unit.index("[Unit]") < unit.index("ConditionUser=!@system") < unit.index("[Service]")
    assert "%h" not in unit
    link = tree / deb.USER_UNITS / "default.target.wants" / deb.UNIT
    assert link.is_symlink()
    assert link.resolve() == (tree / deb.USER_UNITS / deb.UNIT).resolve()


def test_its_command_runs_from_its_own_library(tree: Path) -> None:
    text = (tree / "usr/bin/kesu").read_text()
    assert text.startswith("#!/usr/bin/python3 -I\n")
    moved = text.replace(f"/{deb.LIBRARY}", str(tree / deb.LIBRARY))
    shown = subprocess.run(
        [sys.executable, "-I", "-c", f"{moved}", "--version"], capture_output=True, text=True, check=False
    )
    assert shown.returncode == 0, shown.stderr
    where = moved.replace("main()\n", "import kesu; print(kesu.__path__)")
    shown = subprocess.run([sys.executable, "-I", "-c", where], capture_output=True, text=True, check=True)
    assert str(tree / deb.LIBRARY) in shown.stdout


def test_scripts_are_valid_and_removal_cleans_what_installation_compiled(tree: Path) -> None:
    for name in deb.SCRIPTS:
        script = tree / "DEBIAN" / name
        assert script.stat().st_mode & 0o111
        subprocess.run(["sh", "-n", script], check=True)
    assert "py3compile" in (tree / "DEBIAN/postinst").read_text()
    assert "py3clean" in (tree / "DEBIAN/prerm").read_text()


def test_one_commit_gives_one_package(package: Path, tmp_path: Path) -> None:
    assert make_agent(tmp_path).read_bytes() == package.read_bytes()


def test_the_manual_page_names_commands_and_files_that_exist(tree: Path) -> None:
    manual = gzip.decompress((tree / "usr/share/man/man1/kesu.1.gz").read_bytes()).decode()
    named = set(re.findall(r"kesu ([a-z]+)", manual)) - {"agent"}
    assert {"hook", "relay", "doctor"} <= named
    assert named <= SUBCOMMANDS.keys()
    assert all(word in manual for word in WORDS)
    if shutil.which("man") is not None:
        page = tree / "usr/share/man/man1/kesu.1.gz"
        shown = subprocess.run(
            ["man", "--warnings", "-l", page],
            capture_output=True,
            text=True,
            check=True,
            env=os.environ | {"LC_ALL": "C.UTF-8"},
        )
        assert shown.stderr == ""
        assert "kesu hook EVENT" in shown.stdout


def test_the_package_says_for_which_device_it_is(tree: Path) -> None:
    rules = (tree / "usr/lib/udev/rules.d/70-kesu.rules").read_text()
    (given,) = re.findall(
        r"<modalias>(.*)</modalias>", (tree / "usr/share/metainfo/local.kesu.agent.metainfo.xml").read_text()
    )
    vendor, product = re.findall(r'ATTR{id(?:Vendor|Product)}=="(\w+)"', rules)[:2]
    assert given == f"usb:v{vendor}p{product}d*".upper().replace("USB:V", "usb:v").replace(
        "P0", "p0"
    ).replace("D*", "d*")


@pytest.mark.skipif(shutil.which("lintian") is None, reason="lintian is not installed")
def test_lintian_finds_nothing(tmp_path: Path) -> None:
    package = make_agent(tmp_path, "Support desk <it@example.com>")
    found = subprocess.run(
        ["lintian", "--fail-on", "none", package], capture_output=True, text=True, check=True
    ).stdout
    assert [line for line in found.splitlines() if line[:2] in ("E:", "W:")] == []


def test_a_maintainer_without_an_address_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KesuError, match="maintainer"):
        make_deb(tmp_path / "kesu-0.1.0-py3-none-any.whl", tmp_path, maintainer="Support desk")
