"""kit: everything that a build of an image leaves behind, kept so that a changed image needs only the changed files.

A kit has the objects of one base image, the commands that compiled and linked them, its frozen modules, and the staged
sources. `relink` builds changed images from it. It lies in the cache, by the hash of the base image's inputs.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
import re
import shlex
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from kesu.common.documents import from_json, read_plain
from kesu.common.errors import Exit, KesuError
from kesu.common.paths import cache
from kesu.images.toolchain.image import Folders, build, compiled, exclusive
from kesu.images.toolchain.inputs import combined, file_hash, tree_files
from kesu.images.toolchain.request import BuildRequest, BuiltImage
from kesu.images.toolchain.tools import run

FROZEN = "frozen_content.c"
_FREEZES = "// Content for MICROPY_MODULE_FROZEN_MPY\n//\n"
_COMPILED_TO = re.compile(r"^(\S.*?): #deps")
_MADE_OF = ("-MD",)
_MADE_OF_WITH_VALUE = ("-MT", "-MF", "-o", "-c")


@dataclass(frozen=True)
class Unit:
    """One compiled file. source: as compiled; object: relative to the kit; flags: compiler and options, without input
    and output."""

    source: str
    object: str
    flags: tuple[str, ...]


@dataclass(frozen=True)
class Kit:
    """The parts of one image.

    base: the image itself. port: the tree of MicroPython. units: by the name of their source: native/NAME, port/NAME,
    sdk/NAME, tinyusb/NAME, or FROZEN. users: names of the units that include a header of native/. link: the linker's
    command, with the objects in their order as paths relative to the kit. convert: the command from ELF to UF2, without
    the files. freeze: options of mpy-cross.
    """

    place: Path
    base: BuiltImage
    port: Path
    units: Mapping[str, Unit]
    users: Mapping[str, tuple[str, ...]]
    link: tuple[str, ...]
    convert: tuple[str, ...]
    freeze: tuple[str, ...]

    @property
    def stage(self) -> Path:
        """The staged sources: app/, boot/, native/."""
        return self.place / "stage"

    @property
    def modules(self) -> dict[str, Path]:
        """The frozen modules in the order in which they are frozen: name as in the image, and source."""
        app = self.stage / "app"
        ordered = sorted(path.relative_to(app).as_posix() for path in tree_files(app))
        return {"_boot.py": self.stage / "boot" / "_boot.py"} | {name: app / name for name in ordered}


def kit(request: BuildRequest) -> Kit:
    """The kit of a sealed image; its base image is built if need be. Raises KesuError."""
    bases = cache() / "kits"
    base = build(replace(request, out=bases / "base"))
    input_hash = str(from_json(read_plain(base.manifest))["input_hash"])
    place = bases / combined([input_hash, file_hash(Path(__file__))])[:16]
    with exclusive(place):
        if not (place / "kit.json").is_file():
            shutil.rmtree(place, ignore_errors=True)
            with compiled(request, input_hash[:8]) as folders:
                _record(folders, place, base)
    return _read(place)


def _record(folders: Folders, place: Path, base: BuiltImage) -> None:
    out = folders.out
    shutil.copytree(folders.stage, place / "stage")
    shutil.copytree(out / "frozen_mpy", place / "frozen_mpy")
    (place / "genhdr").mkdir()
    shutil.copyfile(out / "genhdr" / "qstrdefs.preprocessed.h", place / "genhdr" / "qstrdefs.preprocessed.h")
    # makemanifest.py puts this before what mpy-tool.py prints.
    head = (out / FROZEN).read_text(encoding="utf-8").partition(_FREEZES)
    (place / FROZEN).write_text(head[0] + head[1], encoding="utf-8")
    for script in out.glob("*.ld"):
        shutil.copyfile(script, place / script.name)
    commands = [
        shlex.split(line)
        for line in run(["ninja", "-C", str(out), "-t", "commands", "firmware.elf"]).splitlines()
    ]
    objects: dict[str, str] = {}
    units = dict(_units(commands, folders, objects))
    link, convert = _linked(commands[-1], out)
    for name in [word for word in link if word.endswith(".o")]:
        objects.setdefault(name, f"objects/{len(objects)}.o")
    for name, copied in objects.items():
        (place / copied).parent.mkdir(exist_ok=True)
        shutil.copyfile(out / name, place / copied)
    architecture = next(word for words in commands for word in words if word.startswith("-f-march="))
    files = {"uf2": base.uf2, "elf": base.elf, "json": base.manifest}
    (place / "base").mkdir()
    for path in files.values():
        shutil.copyfile(path, place / "base" / path.name)
    content = {
        "base": {kind: path.name for kind, path in files.items()},
        "port": str(folders.port),
        "units": {name: [unit.source, unit.object, unit.flags] for name, unit in units.items()},
        "users": _users(folders, {objects_of: name for name, objects_of in _object_names(units, objects)}),
        "link": [objects.get(word, word).replace(str(out), str(place)) for word in link],
        "convert": convert,
        "freeze": [architecture.removeprefix("-f")],
    }
    (place / "kit.json").write_text(json.dumps(content), encoding="utf-8")


def _object_names(units: Mapping[str, Unit], objects: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    named = {copied: original for original, copied in objects.items()}
    return ((name, named[unit.object]) for name, unit in units.items())


def _units(
    commands: list[list[str]], folders: Folders, objects: dict[str, str]
) -> Iterator[tuple[str, Unit]]:
    """The compiled C files by name; adds their objects to `objects`."""
    for words in commands:
        if "-c" not in words or not words[0].endswith("-gcc"):
            continue
        source, compiled_to = (words[words.index(option) + 1] for option in ("-c", "-o"))
        name = _name(Path(source), folders)
        if name is None or not source.endswith(".c"):
            continue
        flags, skip = [], False
        for word in words:
            if skip or word in _MADE_OF:
                skip = False
            elif word in _MADE_OF_WITH_VALUE:
                skip = True
            else:
                flags.append(word)
        objects[compiled_to] = f"objects/{len(objects)}.o"
        yield name, Unit(source, objects[compiled_to], tuple(flags))


def _name(source: Path, folders: Folders) -> str | None:
    if source.name == FROZEN:
        return FROZEN
    lib = folders.port / "lib"
    roots = {
        "native": folders.stage / "native",
        "sdk": lib / "pico-sdk",
        "tinyusb": lib / "tinyusb",
        "port": folders.port,
    }
    for name, root in roots.items():
        for place in (root, root.resolve()):
            if source.is_relative_to(place):
                return f"{name}/{source.relative_to(place).as_posix()}"
    return None


def _linked(words: list[str], out: Path) -> tuple[list[str], list[str]]:
    """The linker's command without output and map, and that of the conversion, without its files."""
    steps: list[list[str]] = [[]]
    for word in words:
        if word == "&&":
            steps.append([])
        elif word != ":":
            steps[-1].append(word)
    link = next(step for step in steps if step and step[0].endswith("-g++"))
    at = link.index("-o")
    link = [word for word in link[:at] + link[at + 2 :] if not word.startswith("-Wl,-Map=")]
    convert = next(step for step in steps if step and "picotool" in step[0] and "uf2" in step)
    return link, [word for word in convert if not word.endswith((".elf", ".uf2"))]


def _users(folders: Folders, named: Mapping[str, str]) -> dict[str, list[str]]:
    """Names of the units that include each header of native/."""
    found: dict[str, list[str]] = {}
    native, unit = str(folders.stage / "native"), None
    for line in run(["ninja", "-C", str(folders.out), "-t", "deps"]).splitlines():
        if begins := _COMPILED_TO.match(line):
            unit = named.get(begins[1])
        elif unit is not None and line.strip().startswith(native):
            found.setdefault(f"native/{Path(line.strip()).name}", []).append(unit)
    return found


def _read(place: Path) -> Kit:
    try:
        content = from_json(read_plain(place / "kit.json"))
        files = {kind: place / "base" / name for kind, name in content["base"].items()}
        return Kit(
            place,
            BuiltImage(files["uf2"], files["elf"], files["json"]),
            Path(content["port"]),
            {
                name: Unit(source, compiled_to, tuple(flags))
                for name, (source, compiled_to, flags) in content["units"].items()
            },
            {name: tuple(units) for name, units in content["users"].items()},
            tuple(content["link"]),
            tuple(content["convert"]),
            tuple(content["freeze"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise KesuError(
            f"The build kit {place} cannot be read: {error}.",
            hint="Remove the folder; it is made again.",
            code=Exit.DATA,
        ) from error
