"""rig: builds the firmware of the test rig, a second Pico around a pad, from the pinned pico-sdk and TinyUSB."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from importlib.metadata import version as installed_version
from pathlib import Path

from kesu.common.atomic import replace_file
from kesu.common.checkout import repository
from kesu.common.errors import Exit, KesuError
from kesu.common.paths import cache, images
from kesu.common.progress import Progress
from kesu.images.toolchain import toolchain
from kesu.images.toolchain.compile import environment, useful_lines
from kesu.images.toolchain.image import MANIFEST_FORMAT, exclusive, up_to_date
from kesu.images.toolchain.inputs import combined, file_hash, tree_files
from kesu.images.toolchain.request import BuiltImage
from kesu.images.toolchain.sources import Sources, pinned
from kesu.images.toolchain.tools import compiler_version, require, run

from kesu_dev.rig.headers import rig_headers

BOARD = "rig"
NAME = "kesu-rig"
_SOURCES = ("pico-sdk", "tinyusb")
_CONFIGURED = 1
"""To be raised with the options that CMake gets: a folder that was configured with others is not reused."""
_LIBRARIES_OF = "pico"
"""The rig is a Pico: its libraries are those of the pad's board of that name."""


def build_rig(out: Path | None = None, tree: Path | None = None) -> BuiltImage:
    """Build the rig's image unless its files in `out` (default: dist) are up to date. tree: its sources (default:
    firmware/rig). Raises KesuError."""
    source = (tree or repository() / "firmware" / "rig").resolve()
    require()
    base = (out or images()) / NAME
    files = BuiltImage(base.with_suffix(".uf2"), base.with_suffix(".elf"), base.with_suffix(".json"))
    found = toolchain.measured(_LIBRARIES_OF)
    description = _description(source)
    input_hash = combined(description | found.goes_in)
    if up_to_date(files, input_hash, found.described()):
        return files
    trees = Sources()
    sdk, tinyusb = (trees.tree(pinned()[name]) for name in _SOURCES)
    place = cache() / "build" / f"RIG-{combined([_CONFIGURED, str(source), str(sdk), str(tinyusb)])[:16]}"
    with exclusive(place):
        if up_to_date(files, input_hash, found.described()):
            return files  # another process has built it
        _compile(source, place, sdk, tinyusb, input_hash[:8])
        linked = toolchain.linked_in((place / "rig.elf.map").read_text(encoding="utf-8"))
        made_with = found.described() | {"linked": linked}
        _deliver(place, files, description | {"input_hash": input_hash, "toolchain": made_with})
    return files


def _description(source: Path) -> dict[str, object]:
    """All inputs that determine the bytes of the image."""
    headers = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in rig_headers("").items()}
    return {
        "format": MANIFEST_FORMAT,
        "name": NAME,
        "version": installed_version("kesu"),
        "board": BOARD,
        "sources": {name: {"version": pinned()[name].version} for name in _SOURCES},
        "compiler": f"arm-none-eabi-gcc {compiler_version()}",
        "inputs": headers
        | {path.relative_to(source).as_posix(): file_hash(path) for path in tree_files(source)},
    }


def _compile(source: Path, place: Path, sdk: Path, tinyusb: Path, image_id: str) -> None:
    generated = place / "generated"
    generated.mkdir(parents=True, exist_ok=True)
    for name, text in rig_headers(image_id).items():
        header = generated / name
        if not header.is_file() or header.read_text(encoding="utf-8") != text:
            header.write_text(text, encoding="utf-8")
    # Each becomes "." wherever a path is recorded.
    paths = ";".join(str(path) for path in (place, source, sdk, sdk.resolve(), tinyusb, tinyusb.resolve()))
    options = [
        "-DCMAKE_BUILD_TYPE=Release",
        f"-DPICO_SDK_PATH={sdk}",
        f"-DPICO_TINYUSB_PATH={tinyusb}",
        f"-DRIG_GENERATED={generated}",
        f"-DKESU_PATHS={paths}",
    ]
    if not (place / "build.ninja").is_file():
        with Progress("Configuring the rig's image"):
            run(
                ["cmake", "-S", str(source), "-B", str(place), "-G", "Ninja", *options],
                env=environment(),
                hint=f"CMake's log is in {place}.",
            )
    with Progress("Compiling the rig's image"):
        done = subprocess.run(
            ["ninja", "-C", str(place)],
            check=False,
            capture_output=True,
            text=True,
            errors="replace",
            env=environment(),
        )
    (place / "compile.log").write_text(done.stdout + done.stderr, encoding="utf-8")
    if done.returncode:
        raise KesuError(
            "The rig's image does not compile:\n  " + "\n  ".join(useful_lines(done.stdout + done.stderr)),
            hint=f"Fix the errors above and build again. Full log: {os.fspath(place / 'compile.log')}",
            code=Exit.DATA,
        )


def _deliver(place: Path, files: BuiltImage, manifest: dict[str, object]) -> None:
    """Copy the image to the output folder; the manifest last, since it certifies the other two."""
    files.manifest.parent.mkdir(parents=True, exist_ok=True)
    files.manifest.unlink(missing_ok=True)
    outputs = {}
    for built, target in ((place / "rig.uf2", files.uf2), (place / "rig.elf", files.elf)):
        replace_file(target, built.read_bytes())
        outputs[target.name] = file_hash(target)
    text = json.dumps(manifest | {"outputs": outputs}, indent=2, sort_keys=True, ensure_ascii=False)
    replace_file(files.manifest, f"{text}\n".encode())
