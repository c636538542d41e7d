"""debian: fetches pinned packages through the machine's own apt mirrors, without root."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import os
import shutil
from pathlib import Path

from kesu.common.errors import Exit, KesuError
from kesu.images.toolchain.tools import run

APT = Path("/etc/apt")
OWN_SOURCES_HINT = (
    "Check the network and the mirror in /etc/apt, or give existing source trees: "
    "--micropython DIR, --pico-sdk DIR, --tinyusb DIR."
)


def mirror_entries(apt: Path = APT) -> list[dict[str, str]]:
    """Binary package sources of this machine: fields URIs, Suites, Components, Signed-By, Trusted.

    Reads sources.list and sources.list.d in both formats (sources.list(5)); flat repositories, whose
    suite ends in a slash, are skipped: they are not mirrors of Debian.
    """
    entries: list[dict[str, str]] = []
    for path in [apt / "sources.list", *sorted((apt / "sources.list.d").glob("*"))]:
        if path.suffix == ".list" and path.is_file():
            entries += _one_line_entries(path.read_text(encoding="utf-8"))
        elif path.suffix == ".sources" and path.is_file():
            entries += _deb822_entries(path.read_text(encoding="utf-8"))
    return [entry for entry in entries if not entry["Suites"].split()[0].endswith("/")]


def _one_line_entries(text: str) -> list[dict[str, str]]:
    entries = []
    for raw in text.splitlines():
        words = raw.split("#", 1)[0].split()
        if not words or words[0] != "deb":
            continue
        entry: dict[str, str] = {}
        rest = words[1:]
        if rest and rest[0].startswith("["):
            end = next(i for i, word in enumerate(rest) if word.endswith("]"))
            options = " ".join(rest[: end + 1]).strip("[] ").split()
            named = dict(option.split("=", 1) for option in options if "=" in option)
            for option, field in (("signed-by", "Signed-By"), ("trusted", "Trusted")):
                if option in named:
                    entry[field] = named[option]
            rest = rest[end + 1 :]
        if len(rest) >= 2:
            entry |= {"URIs": rest[0], "Suites": rest[1], "Components": " ".join(rest[2:])}
            entries.append(entry)
    return entries


def _deb822_entries(text: str) -> list[dict[str, str]]:
    entries = []
    stanza: dict[str, str] = {}
    field = ""
    for raw in [*text.splitlines(), ""]:
        if raw.startswith("#"):
            continue
        if not raw.strip():
            wanted = "deb" in stanza.get("Types", "").split() and stanza.get("Enabled", "yes") != "no"
            if wanted and "URIs" in stanza and "Suites" in stanza:
                names = ("URIs", "Suites", "Components", "Signed-By", "Trusted")
                entries.append({name: stanza[name] for name in names if name in stanza})
            stanza = {}
        elif raw[0] in " \t":
            stanza[field] = stanza.get(field, "") + "\n" + raw
        elif ":" in raw:
            field, value = raw.split(":", 1)
            stanza[field] = value.strip()
    return entries


class Apt:
    """apt-get with private lists and archives under `folder`, for the mirrors of this machine."""

    def __init__(self, folder: Path) -> None:
        if shutil.which("apt-get") is None:
            raise KesuError(
                "The pinned sources come through apt-get, which this machine does not have.",
                hint="Unpack MicroPython 1.25.0, pico-sdk 2.1.1 and TinyUSB 0.18.0 yourself and give "
                "--micropython DIR, --pico-sdk DIR and --tinyusb DIR.",
                code=Exit.UNAVAILABLE,
            )
        self._folder = folder
        self._updated = False

    def fetch(self, package: str, version: str, kind: str, into: Path) -> None:
        """Download the files of one package, kind "source" or "binary", into a folder."""
        if not self._updated:
            self._prepare()
        command = ["source", "--download-only"] if kind == "source" else ["download"]
        self._apt([*command, f"{package}={version}"], into)

    def _prepare(self) -> None:
        entries = mirror_entries()
        if not entries:
            raise KesuError(
                "No Debian mirror is set in /etc/apt.", hint=OWN_SOURCES_HINT, code=Exit.UNAVAILABLE
            )
        stanzas = []
        for entry in entries:
            fields = "".join(f"{name}: {value}\n" for name, value in entry.items() if value)
            stanzas.append(f"Types: deb deb-src\n{fields}")
        for folder in ("lists/partial", "archives/partial", "sources"):
            (self._folder / folder).mkdir(parents=True, exist_ok=True)
        (self._folder / "sources" / "kesu.sources").write_text("\n".join(stanzas), encoding="utf-8")
        self._apt(["update"], self._folder)
        self._updated = True

    def _apt(self, command: list[str], cwd: Path) -> None:
        options = {
            "Dir::Etc::sourcelist": "/dev/null",
            "Dir::Etc::sourceparts": self._folder / "sources",
            "Dir::State::lists": self._folder / "lists",
            "Dir::Cache": self._folder,
            "Dir::Cache::archives": self._folder / "archives",
            "APT::Sandbox::User": "root",
            "Acquire::Retries": "3",
            "Acquire::Languages": "none",
        }
        arguments = [part for name, value in options.items() for part in ("-o", f"{name}={value}")]
        environment = os.environ | {"LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
        run(["apt-get", "-q", *arguments, *command], cwd=cwd, env=environment, hint=OWN_SOURCES_HINT)
