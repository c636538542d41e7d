"""test_msi: the Windows package: its tables, its message file, and its life under wine's Windows Installer.

Programs of wine stand in for the agent's. What only Windows can show is listed in docs/windows.md.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import copy
import shutil
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from kesu.agent.windows import events
from kesu.agent.windows.events import EVENTS
from kesu.common.errors import Exit, KesuError
from kesu_dev.distribution import message_file, msi, msi_rules
from kesu_dev.distribution.msi import make_msi
from kesu_dev.distribution.msi_rules import Package
from wine_prefix import WINE, Prefix

needs_wixl = pytest.mark.skipif(
    shutil.which("wixl") is None or shutil.which("msiinfo") is None, reason="wixl and msitools are of Debian"
)
VERSION, NEWER = "0.1.0", "0.2.0"


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder like PyInstaller's: two programs, and a folder with what they need."""
    folder = tmp_path_factory.mktemp("programs")
    inner = folder / "_internal" / "kesu" / "spec"
    inner.mkdir(parents=True)
    for name in (msi.AGENT, msi.COMMAND):
        (folder / name).write_bytes(b"MZ a program")
    (folder / "_internal" / "base_library.zip").write_bytes(b"library")
    (inner / "agent_policies.toml").write_text("policies")
    (folder / "_internal" / "python313.dll").write_bytes(b"MZ a library")
    return folder


@pytest.fixture(scope="module")
def package(programs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_msi(programs, VERSION, tmp_path_factory.mktemp("msi"))


@pytest.fixture(scope="module")
def read(package: Path) -> Package:
    return msi_rules.read(package)


@needs_wixl
def test_the_package_breaks_no_rule_and_has_every_file(read: Package, programs: Path) -> None:
    assert msi_rules.findings(read) == []
    names = {row["FileName"].rpartition("|")[2] for row in read.of("File")}
    assert names == {path.name for path in programs.rglob("*") if path.is_file()} | {message_file.NAME}
    assert read.properties["ProductVersion"] == VERSION
    assert read.properties["UpgradeCode"] == msi.UPGRADE_CODE


@needs_wixl
def test_its_registry_values_are_the_start_and_the_event_source(read: Package) -> None:
    values = {(row["Key"], row["Name"]): row["Value"] for row in read.of("Registry")}
    assert values == {
        (msi.RUN_KEY, "KesuAgent"): '"[INSTALLDIR]kesu-agent.exe"',
        (msi.EVENT_KEY, "EventMessageFile"): "#%[INSTALLDIR]kesu-messages.dll",
        (msi.EVENT_KEY, "TypesSupported"): "#7",
    }
    assert msi.EVENT_KEY.endswith(f"\\Application\\{events.SOURCE}")


@pytest.mark.slow
@needs_wixl
def test_identifiers_stay_or_change_as_updates_need_it(read: Package, programs: Path, tmp_path: Path) -> None:
    again = msi_rules.read(make_msi(programs, VERSION, tmp_path / "again"))
    assert again.tables == read.tables
    newer = msi_rules.read(make_msi(programs, NEWER, tmp_path / "newer"))
    assert newer.of("Component") == read.of("Component")
    assert newer.properties["ProductCode"] != read.properties["ProductCode"]
    changed = tmp_path / "changed"
    shutil.copytree(programs, changed)
    (changed / "_internal" / "base_library.zip").write_bytes(b"another")
    other = msi_rules.read(make_msi(changed, VERSION, tmp_path / "other"))
    assert other.properties["ProductCode"] != read.properties["ProductCode"]
    assert other.of("Component") == read.of("Component")


def broken(package: Package, table: str, row: int, **fields: str) -> Package:
    tables = copy.deepcopy(package.tables)
    tables[table][row] |= fields
    return replace(package, tables=tables)


def without(package: Package, table: str, row: int = 0) -> Package:
    tables = copy.deepcopy(package.tables)
    del tables[table][row]
    return replace(package, tables=tables)


def with_row(package: Package, table: str, **fields: str) -> Package:
    tables = copy.deepcopy(package.tables)
    tables.setdefault(table, []).append(fields)
    return replace(package, tables=tables)


def first(package: Package, table: str, column: str, value: str) -> int:
    return next(index for index, row in enumerate(package.of(table)) if row[column] == value)


BROKEN: dict[str, tuple[str, Callable[[Package], Package]]] = {
    "a component of no folder": ("keys", lambda one: broken(one, "Component", 0, Directory_="nowhere")),
    "a file of no component": ("keys", lambda one: broken(one, "File", 0, Component_="none")),
    "a value of no component": ("keys", lambda one: broken(one, "Registry", 0, Component_="none")),
    "a key path that is no file": ("keys", lambda one: broken(one, "Component", 0, KeyPath="none")),
    "a long name alone": ("names", lambda one: broken(one, "File", 0, FileName="base_library.zip")),
    "one name twice": (
        "names",
        lambda one: broken(
            one, "File", first(one, "File", "FileName", "kesu.exe"), FileName="X.EXE|kesu-agent.exe"
        ),
    ),
    "one identifier twice": (
        "components",
        lambda one: broken(one, "Component", 0, ComponentId=one.of("Component")[1]["ComponentId"]),
    ),
    "a 32-bit component": ("components", lambda one: broken(one, "Component", 0, Attributes="0")),
    "a component of no feature": ("components", lambda one: without(one, "FeatureComponents")),
    "a folder elsewhere": (
        "components",
        lambda one: broken(
            one, "Directory", first(one, "Directory", "Directory", "INSTALLDIR"), Directory_Parent="TARGETDIR"
        ),
    ),
    "a value of the user": ("machine", lambda one: broken(one, "Registry", 0, Root="1")),
    "for one user": (
        "machine",
        lambda one: without(one, "Property", first(one, "Property", "Property", "ALLUSERS")),
    ),
    "another upgrade code": ("upgrade", lambda one: broken(one, "Upgrade", 0, UpgradeCode="{0}")),
    "older ones stay": (
        "upgrade",
        lambda one: without(one, "Upgrade", first(one, "Upgrade", "ActionProperty", "WIX_UPGRADE_DETECTED")),
    ),
    "newer ones are replaced": (
        "upgrade",
        lambda one: without(
            one, "Upgrade", first(one, "Upgrade", "ActionProperty", "WIX_DOWNGRADE_DETECTED")
        ),
    ),
    "a version of four numbers": (
        "upgrade",
        lambda one: broken(
            one, "Property", first(one, "Property", "Property", "ProductVersion"), Value="0.1.0.1"
        ),
    ),
    "files before the old ones go": (
        "sequence",
        lambda one: broken(
            one,
            "InstallExecuteSequence",
            first(one, "InstallExecuteSequence", "Action", "RemoveExistingProducts"),
            Sequence="6500",
        ),
    ),
    "values that are never removed": (
        "sequence",
        lambda one: without(
            one,
            "InstallExecuteSequence",
            first(one, "InstallExecuteSequence", "Action", "RemoveRegistryValues"),
        ),
    ),
    "a file in no cabinet": ("media", lambda one: broken(one, "File", 0, Sequence="99")),
    "a cabinet beside the package": ("media", lambda one: broken(one, "Media", 0, Cabinet="a.cab")),
    "a custom action": ("quiet", lambda one: with_row(one, "CustomAction", Action="run", Type="50")),
}


@needs_wixl
@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_package_is_found(case: str, read: Package) -> None:
    rule, change = BROKEN[case]
    assert [one.split(":")[0] for one in msi_rules.findings(change(read))][:1] == [rule]


def test_what_is_no_folder_of_an_agent_is_refused(programs: Path, tmp_path: Path) -> None:
    with pytest.raises(KesuError, match=r"has no kesu-agent\.exe") as caught:
        make_msi(tmp_path, VERSION, tmp_path)
    assert caught.value.code is Exit.NO_INPUT
    with pytest.raises(KesuError, match="no version"):
        make_msi(programs, "1.0.dev1", tmp_path)


def texts(table: bytes) -> dict[int, str]:
    """A message table, read as winnt.h describes it: blocks with first and last number and a place."""
    found = {}
    (blocks,) = struct.unpack_from("<I", table)
    for block in range(blocks):
        low, high, at = struct.unpack_from("<III", table, 4 + 12 * block)
        for number in range(low, high + 1):
            length, flags = struct.unpack_from("<HH", table, at)
            assert (length % 4, flags) == (0, 1)
            found[number] = table[at + 4 : at + length].decode("utf-16-le").rstrip("\0")
            at += length
    return found


def section(library: bytes) -> bytes:
    """The resources, found by the headers of the file as "PE Format" has them."""
    (new,) = struct.unpack_from("<I", library, 60)
    assert library[:2] == b"MZ"
    assert library[new : new + 4] == b"PE\0\0"
    machine, sections, *_, size, _flags = struct.unpack_from("<HHIIIHH", library, new + 4)
    assert (machine, sections) == (0x8664, 1)
    optional = new + 24
    assert struct.unpack_from("<H", library, optional) == (0x20B,)
    at, length = struct.unpack_from("<II", library, optional + 112 + 2 * 8)
    name, virtual, address, raw, where = struct.unpack_from("<8sIIII", library, optional + size)
    assert (name, address, virtual) == (b".rsrc\0\0\0", at, length)
    assert len(library) == where + raw
    return library[where : where + length]


def test_the_message_file_has_every_event_in_both_languages() -> None:
    library = message_file.message_file()
    assert library == message_file.message_file()
    content = section(library)
    places, at = {}, 0
    for depth in range(3):
        *_, named, ids = struct.unpack_from("<IIHHHH", content, at)
        assert named == 0
        for index in range(ids):
            name, place = struct.unpack_from("<II", content, at + 16 + 8 * index)
            if depth == 2:
                places[name] = place
        first_name, first_place = struct.unpack_from("<II", content, at + 16)
        assert (first_name == 11) is (depth == 0)
        at = first_place & 0x7FFFFFFF
    assert places.keys() == {0x0409, 0x0411}
    for langid, language in ((0x0409, "en"), (0x0411, "ja")):
        address, size, *_ = struct.unpack_from("<IIII", content, places[langid])
        begin = address - message_file.SECTION_AT
        assert texts(content[begin : begin + size]) == {
            event.identifier: f"{getattr(event, language)}\r\n" for event in EVENTS
        }


RUN = f"system.reg:{msi.RUN_KEY}"
EVENTS_KEY = "system.reg:System\\ControlSet001\\Services\\Eventlog\\Application"


@needs_wixl
@pytest.mark.slow
@pytest.mark.long
@pytest.mark.deep
@pytest.mark.skipif(WINE is None, reason="wine is not installed (Debian: apt-get install wine)")
def test_installed_updated_and_removed_under_wine_it_leaves_nothing(programs: Path, tmp_path: Path) -> None:
    old = make_msi(programs, VERSION, tmp_path / "old")
    added = tmp_path / "added"
    shutil.copytree(programs, added)
    (added / "_internal" / "new.txt").write_text("new")
    (added / "_internal" / "base_library.zip").unlink()
    new = make_msi(added, NEWER, tmp_path / "new")
    prefix = Prefix(tmp_path / "wine")
    # Values of others beside ours: they have to stay, and with them the keys.
    neighbours = "".join(
        f'[HKEY_LOCAL_MACHINE\\{key}]\n"Neighbour"="stays"\n'
        for key in (msi.RUN_KEY, r"SYSTEM\CurrentControlSet\Services\EventLog\Application")
    )
    (tmp_path / "neighbours.reg").write_text(f"REGEDIT4\n\n{neighbours}")
    assert prefix.run("regedit", "/S", prefix.windows_path(tmp_path / "neighbours.reg")) == 0
    files, values = prefix.tree(), prefix.registry()
    assert values[RUN, "Neighbour"] == values[EVENTS_KEY, "Neighbour"] == '"stays"'

    def installer(option: str, package: Path) -> int:
        return prefix.run("msiexec", option, prefix.windows_path(package), "/qn")

    assert installer("/i", old) == 0
    home = "Program Files/Kesu"
    kept = {f"{home}/{path.relative_to(programs).as_posix()}" for path in programs.rglob("*")}
    assert prefix.tree() - files > kept | {home, f"{home}/{message_file.NAME}"}
    found = prefix.registry()
    assert found[RUN, "KesuAgent"] == '"\\"C:\\Program Files\\Kesu\\kesu-agent.exe\\""'
    source = f"{EVENTS_KEY}\\{events.SOURCE}"
    assert found[source, "EventMessageFile"] == 'str(2):"C:\\Program Files\\Kesu\\kesu-messages.dll"'
    assert found[source, "TypesSupported"] == "dword:00000007"
    uninstall = {name.rpartition("\\")[2] for name in prefix.keys("CurrentVersion\\Uninstall\\{")}
    assert len(uninstall) == 1

    assert installer("/i", new) == 0
    assert installer("/i", old) != 0, "an older one is refused"
    tree = prefix.tree()
    assert f"{home}/_internal/new.txt" in tree
    assert f"{home}/_internal/base_library.zip" not in tree
    found = prefix.registry()
    assert found[RUN, "KesuAgent"]
    versions = {content for (_, name), content in found.items() if name == "DisplayVersion"}
    assert f'"{NEWER}"' in versions
    assert f'"{VERSION}"' not in versions

    assert installer("/x", new) == 0
    assert prefix.tree() == files
    assert prefix.registry() == values
    assert prefix.keys("kesu") == set()
    assert prefix.keys(events.SOURCE) == set()
