"""msi_rules: checks the tables of a Windows Installer package, as Microsoft's own checks (ICE) do on Windows.

The rules are from learn.microsoft.com, Windows Installer: the pages of the tables and of the ICEs that are named below.
The ICEs themselves are scripts that run on Windows only; these are the ones that a package of files and registry values
can break, written again on what `msiinfo export` (msitools) prints.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from kesu.common.errors import Exit, KesuError

Row = dict[str, str]
Tables = dict[str, list[Row]]
_GUID = re.compile(r"\{[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}\}")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_.]{0,71}")
_SHORT = re.compile(r"[^\\?|><:/*\"+,;=\[\] .]{1,8}(\.[^\\?|><:/*\"+,;=\[\] .]{1,3})?")
_LONG = re.compile(r"[^\\?|><:/*\"]{1,255}")
_X64 = 256
"""msidbComponentAttributes64bit."""
_COMPRESSED = 512
"""msidbFileAttributesCompressed."""
_MACHINE = "2"
"""Root of the Registry table: HKEY_LOCAL_MACHINE."""
_READ = (
    *("Property", "Component", "File", "Registry", "Upgrade", "Directory", "Feature", "FeatureComponents"),
    *(
        "InstallExecuteSequence",
        "Media",
        "CustomAction",
        "ServiceInstall",
        "RemoveFile",
        "Shortcut",
        "Binary",
    ),
)


@dataclass(frozen=True)
class Package:
    """What the rules read: rows by table, and the fields of the summary information."""

    tables: Tables
    summary: dict[str, str]

    def of(self, name: str) -> list[Row]:
        """Rows of a table; none if the package has no such table."""
        return self.tables.get(name, [])

    @property
    def properties(self) -> dict[str, str]:
        """The Property table."""
        return {row["Property"]: row["Value"] for row in self.of("Property")}


def read(path: Path) -> Package:
    """Read a package by msiinfo. KesuError if it cannot."""
    shown = _msiinfo("suminfo", path)
    summary = dict(line.split(": ", 1) for line in shown.splitlines() if ": " in line)
    there = set(_msiinfo("tables", path).split())
    tables = {name: _rows(_msiinfo("export", path, name)) for name in _READ if name in there}
    return Package(tables, summary)


def _msiinfo(command: str, path: Path, *table: str) -> str:
    try:
        done = subprocess.run(
            ["msiinfo", command, path, *table], capture_output=True, text=True, check=False, encoding="utf-8"
        )
    except OSError:
        raise KesuError(
            "msiinfo is not installed.", hint="On Debian: apt-get install msitools", code=Exit.UNAVAILABLE
        ) from None
    if done.returncode:
        raise KesuError(f"msiinfo cannot read {path}: {done.stderr.strip()}", code=Exit.DATA)
    return done.stdout


def _rows(text: str) -> list[Row]:
    """The rows of an archive file (.idt): names, types, keys, then one row a line."""
    lines = text.replace("\r", "").split("\n")
    names = lines[0].split("\t")
    return [dict(zip(names, line.split("\t"), strict=True)) for line in lines[3:] if line]


def findings(package: Package) -> list[str]:
    """Each rule that the package breaks, with what breaks it."""
    return [f"{name}: {found}" for name, rule in RULES.items() for found in rule(package)]


def _keys(package: Package) -> Iterator[str]:
    """ICE03: values have the form of their column; ICE06 and others: foreign keys lead to a row."""
    directories = {row["Directory"] for row in package.of("Directory")}
    components = {row["Component"] for row in package.of("Component")}
    features = {row["Feature"] for row in package.of("Feature")}
    files = {row["File"] for row in package.of("File")}
    for table, column, known in (
        ("Component", "Directory_", directories),
        ("File", "Component_", components),
        ("Registry", "Component_", components),
        ("FeatureComponents", "Component_", components),
        ("FeatureComponents", "Feature_", features),
        ("Directory", "Directory_Parent", directories | {""}),
    ):
        for row in package.of(table):
            if row[column] not in known:
                yield f"{table}.{column}: there is no {row[column]}"
    for row in package.of("Component"):
        if row["KeyPath"] not in files:
            yield f"Component {row['Component']}: its key path {row['KeyPath']} is no file"
    for name in (*directories, *components, *files):
        if not _IDENTIFIER.fullmatch(name):
            yield f"{name} is no identifier"


def _names(package: Package) -> Iterator[str]:
    """ICE03 and "Filename": short, or short|long; ICE30: no two files have one name in one folder."""
    folder = {row["Component"]: row["Directory_"] for row in package.of("Component")}
    seen: set[tuple[str, str]] = set()
    for row in package.of("File"):
        short, _, long = row["FileName"].partition("|")
        if not _SHORT.fullmatch(short) or (long and not _LONG.fullmatch(long)):
            yield f"File {row['File']}: {row['FileName']}"
        for name in {short.lower(), (long or short).lower()}:
            place = (folder.get(row["Component_"], ""), name)
            if place in seen:
                yield f"{name} twice in one folder"
            seen.add(place)
    for row in package.of("Directory"):
        short, _, long = row["DefaultDir"].partition("|")
        if row["DefaultDir"] not in (".", "SourceDir") and not _SHORT.fullmatch(short):
            yield f"Directory {row['Directory']}: {row['DefaultDir']}"


def _components(package: Package) -> Iterator[str]:
    """ICE08: no identifier twice; ICE80: 64-bit components in a package for x64, and in its folders."""
    found = [row["ComponentId"] for row in package.of("Component")]
    yield from (f"ComponentId {one} twice" for one in {one for one in found if found.count(one) > 1})
    yield from (f"ComponentId {one!r}" for one in found if not _GUID.fullmatch(one))
    platform = package.summary.get("Template", "").partition(";")[0]
    for row in package.of("Component"):
        if bool(int(row["Attributes"] or 0) & _X64) != (platform == "x64"):
            yield f"Component {row['Component']} is not of the package's platform, {platform}"
    used = {row["Component_"] for row in package.of("FeatureComponents")}
    # ICE21: each component belongs to a feature.
    yield from (
        f"{row['Component']} has no feature"
        for row in package.of("Component")
        if row["Component"] not in used
    )
    roots = {row["Directory"]: row["Directory_Parent"] for row in package.of("Directory")}
    for start in {row["Directory_"] for row in package.of("Component")}:
        above, steps = start, 0
        while above in roots and above != "ProgramFiles64Folder" and steps < 64:
            above, steps = roots[above], steps + 1
        if platform == "x64" and above != "ProgramFiles64Folder":
            yield f"Directory {start} is not below ProgramFiles64Folder"


def _machine(package: Package) -> Iterator[str]:
    """ICE57, ICE38, ICE64: a package for all users has no data of one user."""
    if package.properties.get("ALLUSERS") != "1":
        yield "ALLUSERS is not 1: the package is for one user"
    for row in package.of("Registry"):
        if row["Root"] != _MACHINE:
            yield f"Registry {row['Registry']} is not below HKEY_LOCAL_MACHINE"
    if int(package.summary.get("Source", "0 (0)").split()[0]) & 8:
        yield "the package says that it needs no privileges"


def _upgrade(package: Package) -> Iterator[str]:
    """ICE61 and "Major Upgrades": older ones are found and removed, newer ones are found and left."""
    properties = package.properties
    code, version = properties.get("UpgradeCode", ""), properties.get("ProductVersion", "")
    for name in ("ProductCode", "UpgradeCode"):
        if not _GUID.fullmatch(properties.get(name, "")):
            yield f"{name} {properties.get(name)!r}"
    parts = version.split(".")
    if len(parts) != 3 or not all(part.isdecimal() for part in parts):
        yield f"ProductVersion {version!r}: three numbers are compared"
    elif int(parts[0]) > 255 or int(parts[1]) > 255 or int(parts[2]) > 65535:
        yield f"ProductVersion {version!r} is above 255.255.65535"
    secure = properties.get("SecureCustomProperties", "").split(";")
    rows = package.of("Upgrade")
    for row in rows:
        # "Upgrade Table": ActionProperty has to be public, and secure for an installation with elevation.
        if row["ActionProperty"] not in secure or row["ActionProperty"] != row["ActionProperty"].upper():
            yield f"{row['ActionProperty']} is not in SecureCustomProperties"
        if row["UpgradeCode"] != code:
            yield f"Upgrade has another UpgradeCode, {row['UpgradeCode']}"
    if not any(
        row["VersionMax"] == version != row["VersionMin"] and not int(row["Attributes"]) & 2 for row in rows
    ):
        yield "no row of Upgrade removes older versions"
    if not any(row["VersionMin"] == version and int(row["Attributes"]) & 2 for row in rows):
        yield "no row of Upgrade detects newer versions"


def _sequence(package: Package) -> Iterator[str]:
    """ICE26, ICE27 and "RemoveExistingProducts Action": what has to be there, and in which order."""
    at = {row["Action"]: int(row["Sequence"]) for row in package.of("InstallExecuteSequence")}
    order = (
        *("FindRelatedProducts", "LaunchConditions", "CostInitialize", "FileCost", "CostFinalize"),
        *("InstallValidate", "InstallInitialize", "ProcessComponents", "RemoveRegistryValues", "RemoveFiles"),
        *("InstallFiles", "WriteRegistryValues", "RegisterProduct", "PublishProduct", "InstallFinalize"),
    )
    missing = [name for name in (*order, "RemoveExistingProducts") if name not in at]
    yield from (f"{name} is missing" for name in missing)
    if missing:
        return
    if sorted(order, key=at.__getitem__) != list(order):
        yield f"actions are in another order: {sorted(order, key=at.__getitem__)}"
    if not at["InstallValidate"] < at["RemoveExistingProducts"] < at["InstallInitialize"]:
        yield "RemoveExistingProducts is not between InstallValidate and InstallInitialize"


def _media(package: Package) -> Iterator[str]:
    """ICE04: no file after the last sequence of the cabinet; all of it in the package itself."""
    rows = package.of("Media")
    last = max((int(row["LastSequence"]) for row in rows), default=0)
    for row in package.of("File"):
        if not 1 <= int(row["Sequence"]) <= last:
            yield f"File {row['File']} is in no cabinet"
        if not int(row["Attributes"] or 0) & _COMPRESSED:
            yield f"File {row['File']} is not compressed"
    for row in rows:
        if not row["Cabinet"].startswith("#"):
            yield f"cabinet {row['Cabinet']!r} is not in the package"


def _quiet(package: Package) -> Iterator[str]:
    """Not an ICE: nothing runs with the rights of the system but Windows Installer itself."""
    for name in ("CustomAction", "ServiceInstall", "Binary", "Shortcut", "RemoveFile"):
        if package.of(name):
            yield f"the package has a {name}"


RULES: dict[str, Callable[[Package], Iterator[str]]] = {
    "keys": _keys,
    "names": _names,
    "components": _components,
    "machine": _machine,
    "upgrade": _upgrade,
    "sequence": _sequence,
    "media": _media,
    "quiet": _quiet,
}
