"""test_extras: what a command needs is in the metadata, and a command without it says which extra to install."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import ast
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from click.testing import CliRunner
from kesu.cli import commands
from kesu.common import extras
from kesu.common.errors import Exit
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[3]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PACKAGE_OF = {
    "PIL": "pillow",
    "cyclonedx": "cyclonedx-python-lib",
    "packageurl": "packageurl-python",
    "elftools": "pyelftools",
    "serial": "pyserial",
}
"""Import name to package, where they differ by more than - and _."""


def named(requirements: list[str]) -> set[str]:
    return {str(canonicalize_name(Requirement(line).name)) for line in requirements} - {"kesu"}


def imported(folder: Path) -> set[str]:
    """The packages that the modules of a folder import, anywhere in them, without those of Python and kesu."""
    found = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                found.add(str(node.module))
    tops = {name.partition(".")[0] for name in found} - set(sys.stdlib_module_names) - {"kesu", "kesu_dev"}
    return {canonicalize_name(PACKAGE_OF.get(top, top)) for top in tops}


@pytest.mark.slow
def test_every_imported_package_is_in_the_metadata() -> None:
    declared = named(PROJECT["dependencies"]).union(*map(named, PROJECT["optional-dependencies"].values()))
    found = imported(ROOT / "host_tools" / "kesu")
    assert {"numpy", "pillow", "click", "cryptography"} <= found
    assert found - declared == set()
    assert declared - found == {"kanjivg", "brotli"}, "packages of data, and one that fontTools loads"


def test_the_agents_packages_import_only_what_the_base_has() -> None:
    base = named(PROJECT["dependencies"])
    for package in ("agent", "relay", "cli"):
        assert imported(ROOT / "host_tools" / "kesu" / package) <= base, package


def test_every_tested_version_is_within_the_range_of_the_metadata() -> None:
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    pins = [Requirement(line.split("#")[0]) for line in lines if line.split("#")[0].strip()]
    versions = {canonicalize_name(pin.name): next(iter(pin.specifier)).version for pin in pins}
    ranges = PROJECT["dependencies"] + [
        line for part in PROJECT["optional-dependencies"].values() for line in part
    ]
    wanted = {canonicalize_name(one.name): one for one in map(Requirement, ranges)}
    wanted.pop(canonicalize_name("kesu"))
    assert versions.keys() == wanted.keys()
    for name, requirement in wanted.items():
        assert requirement.specifier.contains(versions[name]), requirement
        assert all(one.operator not in ("==", "===") for one in requirement.specifier), requirement


def test_every_extra_of_the_table_is_in_the_metadata_and_every_command_exists() -> None:
    assert set(extras.EXTRA_OF.values()) <= PROJECT["optional-dependencies"].keys()
    assert extras.EXTRA_OF.keys() <= commands.SUBCOMMANDS.keys() | commands.DEV_SUBCOMMANDS.keys()
    assert not {"agent", "hook", "relay", "pad"} & extras.EXTRA_OF.keys()


def requires(_name: str) -> list[str]:
    """Metadata as setuptools and uv write it."""
    return [
        "click<9,>=8.1.7",
        'dbus-fast<6,>=2.20; sys_platform == "linux"',
        'no-such-thing>=1; extra == "flash"',
        'click>=8; extra == "flash"',
        "other.thing[fast]<2,>=1 ; python_version > '3' and extra == 'verify'",
    ]


def test_missing_packages_of_one_extra_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [extras.missing(extra) for extra in PROJECT["optional-dependencies"]] == [[]] * len(
        PROJECT["optional-dependencies"]
    )
    monkeypatch.setattr(metadata, "requires", requires)
    assert extras.missing("flash") == ["no-such-thing"]
    assert extras.missing("verify") == ["other.thing"]
    assert extras.missing("agent") == []


def test_a_command_without_its_packages_is_refused_before_it_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "requires", requires)
    result = CliRunner().invoke(commands.main, ["flash", "absent.uf2"])
    assert result.exit_code == Exit.UNAVAILABLE
    assert "not installed: no-such-thing." in result.output
    assert '-> Install the extra "flash": pip install "kesu[flash]"' in result.output
    assert CliRunner().invoke(commands.main, ["flash", "--help"]).exit_code == 0
    assert CliRunner().invoke(commands.main, ["dev", "sync"]).exit_code == Exit.UNAVAILABLE
    assert CliRunner().invoke(commands.main, ["images"]).output.startswith("kesu: A checkout")


def test_a_module_that_cannot_be_imported_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "requires", requires)
    monkeypatch.setitem(sys.modules, "kesu.verify.runner.command", None)
    result = CliRunner().invoke(commands.main, ["verify", "--help"])
    assert (result.exit_code, "kesu[verify]" in result.output) == (Exit.UNAVAILABLE, True)
