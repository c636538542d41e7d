"""msi: a Windows Installer package of the agent from the folder of its programs, made by wixl (msitools) on Debian.

It is one table of files and a few registry values, without any custom action: installed for all users of the PC,
quietly with `msiexec /qn`, replaced by a newer one (one UpgradeCode for ever), and removed without a rest. The agent
starts at log-on by the Run key of the machine; the event log finds its texts by the source that is registered here.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from kesu.agent.windows.events import SOURCE, Severity
from kesu.common.errors import Exit, KesuError

from kesu_dev.distribution import message_file, msi_rules

XMLNS = "http://schemas.microsoft.com/wix/2006/wi"
NAMESPACE = uuid.UUID("737ec248-6496-4268-bf63-668f17c36c5c")
"""Of the identifiers that are made from names; a change of it breaks updates."""
UPGRADE_CODE = "{558900EB-03CD-4CFC-A251-BFA5E99F179B}"
"""The same for every version: by it a newer package finds and removes an older one."""
AGENT, COMMAND = "kesu-agent.exe", "kesu.exe"
RUN_KEY = r"Software\Microsoft\Windows\CurrentVersion\Run"
RUN_VALUE = "KesuAgent"
EVENT_KEY = rf"SYSTEM\CurrentControlSet\Services\EventLog\Application\{SOURCE}"
FOLDER = "Kesu"
_SHORT = re.compile(r"[A-Za-z0-9_]{1,8}(\.[A-Za-z0-9_]{1,3})?")
_VERSION = re.compile(r"(\d{1,3})\.(\d{1,3})\.(\d{1,5})")


def make_msi(programs: Path, version: str, out: Path, manufacturer: str = "Kesu project") -> Path:
    """Build the package into `out`. programs: folder with kesu-agent.exe, kesu.exe and what they need.

    Raises KesuError where wixl is missing, or the folder or the version is not one of an agent.
    """
    for name in (AGENT, COMMAND):
        if not (programs / name).is_file():
            raise KesuError(
                f"{programs} has no {name}.",
                hint="Give the folder that PyInstaller made from host_tools/windows/kesu.spec.",
                code=Exit.NO_INPUT,
            )
    if not _VERSION.fullmatch(version):
        raise KesuError(f"{version} is no version that Windows Installer compares.", code=Exit.DATA)
    if shutil.which("wixl") is None:
        raise KesuError(
            "wixl is not installed.", hint="On Debian: apt-get install wixl", code=Exit.UNAVAILABLE
        )
    out.mkdir(parents=True, exist_ok=True)
    target = out / f"kesu-agent-{version}-x64.msi"
    with tempfile.TemporaryDirectory(prefix="kesu-msi-") as folder:
        stage = Path(folder) / "files"
        shutil.copytree(programs, stage)
        (stage / message_file.NAME).write_bytes(message_file.message_file())
        source = Path(folder) / "kesu-agent.wxs"
        source.write_text(description(stage, version, manufacturer), encoding="utf-8")
        made = Path(folder) / target.name
        done = subprocess.run(
            ["wixl", "--arch", "x64", "-o", made, source], capture_output=True, text=True, check=False
        )
        if done.returncode or not made.is_file():
            raise KesuError(f"wixl: {(done.stderr or done.stdout).strip()[-2000:]}", code=Exit.DATA)
        wrong = msi_rules.findings(msi_rules.read(made))
        if wrong:
            raise KesuError(f"The package breaks a rule of Windows Installer: {wrong[0]}.", code=Exit.DATA)
        shutil.move(made, target)
    return target


def description(stage: Path, version: str, manufacturer: str) -> str:
    """The package in the language of WiX 3: one component for each file, with an identifier of its path."""
    files = sorted(path.relative_to(stage).as_posix() for path in stage.rglob("*") if path.is_file())
    digest = hashlib.sha256()
    for name in files:
        digest.update(name.encode() + b"\0" + hashlib.sha256((stage / name).read_bytes()).digest())
    root = Element("Wix", xmlns=XMLNS)
    product = SubElement(
        root,
        "Product",
        Id=_guid(f"product {version} {digest.hexdigest()}"),
        UpgradeCode=UPGRADE_CODE,
        Name="Kesu agent",
        Version=version,
        Manufacturer=manufacturer,
        Language="1033",
        Codepage="1252",
    )
    SubElement(
        product,
        "Package",
        InstallerVersion="500",
        Compressed="yes",
        InstallScope="perMachine",
        Description="Kesu agent: call state for e-ink memo pads",
        Comments="Passes the state of this PC's calls to its memo pads, which erase every note.",
        Languages="1033",
    )
    SubElement(
        product,
        "MajorUpgrade",
        AllowSameVersionUpgrades="yes",
        DowngradeErrorMessage="A newer version of the Kesu agent is already installed.",
    )
    SubElement(product, "MediaTemplate", EmbedCab="yes")
    SubElement(product, "Property", Id="ARPNOMODIFY", Value="1")
    top = SubElement(product, "Directory", Id="TARGETDIR", Name="SourceDir")
    home = SubElement(SubElement(top, "Directory", Id="ProgramFiles64Folder"), "Directory", Id="INSTALLDIR")
    home.set("Name", FOLDER)
    folders = {PurePosixPath("."): home}
    feature = SubElement(product, "Feature", Id="Agent", Title="Kesu agent", Level="1")
    for name in files:
        path = PurePosixPath(name)
        component = SubElement(
            _folder(folders, path.parent), "Component", Id=_identifier("c", name), Guid=_guid(f"file {name}")
        )
        component.set("Win64", "yes")
        SubElement(
            component,
            "File",
            Id=_identifier("f", name),
            Name=both_names(path.name),
            Source=str(stage / name),
            KeyPath="yes",
        )
        for key, value, kind, content in _registry(name):
            SubElement(component, "RegistryValue", Root="HKLM", Key=key, Name=value, Type=kind, Value=content)
        SubElement(feature, "ComponentRef", Id=_identifier("c", name))
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode")


def _registry(name: str) -> Iterator[tuple[str, str, str, str]]:
    """Key, name, type and content of the values that belong to a file."""
    if name == AGENT:
        yield RUN_KEY, RUN_VALUE, "string", f'"[INSTALLDIR]{AGENT}"'
    elif name == message_file.NAME:
        yield EVENT_KEY, "EventMessageFile", "expandable", f"[INSTALLDIR]{message_file.NAME}"
        yield EVENT_KEY, "TypesSupported", "integer", str(sum(severity.value for severity in Severity))


def _folder(folders: dict[PurePosixPath, Element], path: PurePosixPath) -> Element:
    if path not in folders:
        parent = _folder(folders, path.parent)
        folders[path] = SubElement(
            parent, "Directory", Id=_identifier("d", str(path)), Name=both_names(path.name)
        )
    return folders[path]


def both_names(name: str) -> str:
    """`short|long`, or the name alone if it is short: learn.microsoft.com, Windows Installer, "Filename"."""
    if _SHORT.fullmatch(name):
        return name
    ending = re.sub(r"[^A-Za-z0-9]", "", PurePosixPath(name).suffix)[:3].upper()
    short = "K" + hashlib.sha256(name.lower().encode()).hexdigest()[:7].upper()
    return f"{short}.{ending}|{name}" if ending else f"{short}|{name}"


def _identifier(kind: str, name: str) -> str:
    """A name for the tables of the package: letters, digits, underscores and periods, at most 72."""
    return f"{kind}_{hashlib.sha256(name.encode()).hexdigest()[:24]}"


def _guid(name: str) -> str:
    return f"{{{str(uuid.uuid5(NAMESPACE, name)).upper()}}}"
