"""pads: reads pads.toml, the pads connected to this computer: serials, ports, panels and bench features."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kesu.common.documents import read_toml
from kesu.common.errors import Exit, KesuError
from kesu.spec.panels import PANELS

from hil.bench import FEATURES, Feature

_KNOWN = ("port", "panel", "image", "person", "usb_path", "gdb", "rig", "commands")
_COMMANDS: dict[str, Feature] = {
    "write_note": "pen",
    "tap": "keys",
    "unplug": "power",
    "plug_in": "power",
    "bootsel": "bootsel",
    "photograph": "camera",
}


@dataclass(frozen=True)
class Pad:
    """One pad of pads.toml.

    port: a serial port or a pyserial URL. image: its UF2, with ELF and manifest in the same folder.
    person: whether an operator is present for prompts. usb_path: the kernel's name of the USB
    location (1-1.4), for its descriptors. gdb: host:port of OpenOCD or another gdb remote. rig: port of the test rig
    around it (`kesu rig list`). commands: programs by what they do; `{key}` and `{file}` are filled in.
    """

    serial: str
    port: str
    panel: str
    image: Path
    person: bool = False
    usb_path: str = ""
    gdb: str = ""
    rig: str = ""
    commands: dict[str, str] = field(default_factory=dict)

    @property
    def features(self) -> frozenset[Feature]:
        """The features of this bench."""
        found: set[Feature] = {_COMMANDS[name] for name in self.commands}
        if "unplug" in self.commands and "plug_in" not in self.commands:
            found.discard("power")
        if self.person:
            found |= {"pen", "keys", "power", "bootsel"}
        if self.gdb:
            found.add("swd")
        return frozenset(found)


def read_pads(path: Path) -> dict[str, Pad]:
    """All pads of a pads.toml by serial. Raises KesuError that names the faulty entry."""
    document = read_toml(
        path,
        Exit.CONFIG,
        if_missing="copy tests/hil/pads.example.toml and enter your pads",
        if_wrong="fix that line",
    )
    return {serial: _pad(path, serial, entry) for serial, entry in document.items()}


def _pad(path: Path, serial: str, entry: Any) -> Pad:
    def refuse(what: str, hint: str) -> KesuError:
        return KesuError(f"{path.name}, pad {serial}: {what}", hint=hint, code=Exit.CONFIG)

    if not isinstance(entry, dict):
        raise refuse("it is not a table", f'write [{serial}] and below it port = "..."')
    unknown = sorted(entry.keys() - set(_KNOWN))
    if unknown:
        raise refuse(f"{unknown[0]} is not known", f"known are {', '.join(_KNOWN)}")
    for name in ("port", "panel", "image"):
        if not isinstance(entry.get(name), str) or not entry[name]:
            raise refuse(f"{name} is missing", f'add {name} = "..."')
    if entry["panel"] not in PANELS:
        raise refuse(f"there is no panel {entry['panel']!r}", f"panels are {', '.join(PANELS)}")
    image = path.parent / entry["image"]
    if not image.is_file():
        raise refuse(f"there is no image {image}", "name the UF2 that is on the pad, from this file's folder")
    commands = entry.get("commands", {})
    if not isinstance(commands, dict) or not all(isinstance(text, str) for text in commands.values()):
        raise refuse("commands is not a table of texts", 'write commands = { photograph = "..." }')
    wrong = sorted(commands.keys() - _COMMANDS.keys())
    if wrong:
        raise refuse(f"there is no command {wrong[0]}", f"commands are {', '.join(_COMMANDS)}")
    return Pad(
        serial,
        entry["port"],
        entry["panel"],
        image,
        bool(entry.get("person", False)),
        str(entry.get("usb_path", "")),
        str(entry.get("gdb", "")),
        str(entry.get("rig", "")),
        dict(commands),
    )


def feature_words(feature: Feature) -> str:
    """The message for a missing feature."""
    return f"this bench has no {feature}: {FEATURES[feature]}"
