"""relink: builds a changed image from a kit: compiles what changed, freezes what changed, and links.

Interned strings, root pointers and registered modules of C are collected over all sources, which this leaves out: a
change that adds one does not compile, and needs a whole build (`kesu.images.toolchain.image.build`).
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from kesu.common.documents import from_json, read_plain
from kesu.common.errors import Exit, KesuError
from kesu.images.toolchain.compile import environment
from kesu.images.toolchain.inputs import file_hash
from kesu.images.toolchain.kit import FROZEN, Kit, Unit
from kesu.images.toolchain.request import BuiltImage
from kesu.images.toolchain.tools import run

_LIKE = "native/native.c"
"""The unit whose options a new file of native/ is compiled with."""


def can_relink(changes: Mapping[str, str]) -> bool:
    """Whether a kit is enough for these changes of the firmware's tree."""
    return all(name == "main.py" or name.startswith(("kesu_pad/", "native/")) for name in changes)


def relink(kit: Kit, changes: Mapping[str, str], place: Path) -> BuiltImage:
    """Build the kit's image with changed files into the new or empty folder `place`.

    changes: contents by name: kesu_pad/NAME.py, main.py, native/NAME.c or .h (a new .c is added), and port/, sdk/ or
    tinyusb/ and a path there. The image shows the id of the base image. Raises KesuError.
    """
    place.mkdir(parents=True, exist_ok=True)
    replaced: dict[str, Path] = {}
    added: list[Path] = []
    modules = {name: text for name, text in changes.items() if name.endswith(".py")}
    sources = {name: text for name, text in changes.items() if name not in modules}
    if sources:
        _lay_out(kit, sources, place)
        wanted = dict.fromkeys(
            unit for name in sources for unit in (kit.users.get(name, ()) if name.endswith(".h") else (name,))
        )
        for number, name in enumerate(wanted):
            unit = kit.units.get(name) or _unit_of_new(kit, name)
            copied = place / name
            target = place / f"{number}.o"
            _compile(unit, copied if copied.is_file() else Path(unit.source), target, place)
            if name in kit.units:
                replaced[unit.object] = target
            else:
                added.append(target)
    if modules:
        unit = kit.units[FROZEN]
        replaced[unit.object] = place / "frozen.o"
        _compile(unit, _frozen(kit, modules, place), replaced[unit.object], place)
    return _linked(kit, changes, replaced, added, place)


def _unit_of_new(kit: Kit, name: str) -> Unit:
    if not name.startswith("native/"):
        raise KesuError(
            f"The image is not built from {name}.",
            hint="Change one of its files, or add one to native/.",
            code=Exit.DATA,
        )
    like = kit.units[_LIKE]
    return Unit(str(Path(like.source).with_name(Path(name).name)), "", like.flags)


def _lay_out(kit: Kit, sources: Mapping[str, str], place: Path) -> None:
    """Write the changed files; beside those of native/ all others, since a header is looked for there first."""
    if any(name.startswith("native/") for name in sources):
        (place / "native").mkdir(exist_ok=True)
        for path in (kit.stage / "native").iterdir():
            (place / "native" / path.name).symlink_to(path)
    for name, text in sources.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.write_text(text, encoding="utf-8")


def _compile(unit: Unit, source: Path, target: Path, place: Path) -> None:
    mapped = [f"-ffile-prefix-map={path}=." for path in (place, place / "port")]
    beside = ["-iquote", str(Path(unit.source).parent)]
    run(
        [*unit.flags, *mapped, *beside, "-o", str(target), "-c", str(source)],
        env=environment(),
        hint="Build the firmware itself with `kesu dev build`.",
    )


def _frozen(kit: Kit, changed: Mapping[str, str], place: Path) -> Path:
    """Compile the changed modules, and freeze all of them."""
    cross, tool = kit.port / "mpy-cross" / "build" / "mpy-cross", kit.port / "tools" / "mpy-tool.py"
    unknown = sorted(changed.keys() - kit.modules.keys())
    if unknown:
        raise KesuError(
            f"The image has no module {unknown[0]}.", hint="Change one of its modules.", code=Exit.DATA
        )
    frozen: list[Path] = []
    for name in kit.modules:
        path = kit.place / "frozen_mpy" / Path(name).with_suffix(".mpy")
        if name in changed:
            source = place / name
            path = place / "frozen_mpy" / Path(name).with_suffix(".mpy")
            for parent in (source.parent, path.parent):
                parent.mkdir(parents=True, exist_ok=True)
            source.write_text(changed[name], encoding="utf-8")
            run([str(cross), "-s", name, "-o", str(path), "-O3", *kit.freeze, str(source)])
        frozen.append(path)
    strings = kit.place / "genhdr" / "qstrdefs.preprocessed.h"
    text = run(
        [sys.executable, str(tool), "-f", "-q", str(strings), *map(str, frozen)],
        env=environment() | {"PYTHONPATH": os.pathsep.join((str(kit.port / "py"),))},
    )
    target = place / FROZEN
    head = (kit.place / FROZEN).read_text(encoding="utf-8")
    target.write_text(head + text, encoding="utf-8")
    return target


def _linked(
    kit: Kit, changes: Mapping[str, str], replaced: Mapping[str, Path], added: list[Path], place: Path
) -> BuiltImage:
    name = kit.base.uf2.stem
    image = BuiltImage(*(place / f"{name}.{ending}" for ending in ("uf2", "elf", "json")))
    link = [str(replaced.get(word, word)) for word in kit.link]
    run([*link, "-Wl,-S", *map(str, added), "-o", str(image.elf)], cwd=kit.place, env=environment())
    at = next(index for index, word in enumerate(kit.convert) if word == "--family")
    run([*kit.convert[:at], str(image.elf), str(image.uf2), *kit.convert[at:]])
    manifest = from_json(read_plain(kit.base.manifest))
    inputs = manifest["inputs"] | {
        path: hashlib.sha256(text.encode()).hexdigest()
        for path, text in changes.items()
        if path in manifest["inputs"]
    }
    outputs = {path.name: file_hash(path) for path in (image.uf2, image.elf)}
    image.manifest.write_text(
        json.dumps(manifest | {"inputs": inputs, "outputs": outputs}, indent=2, sort_keys=True),
        encoding="utf-8",
    )
    return image
