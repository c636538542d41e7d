"""image: builds an image unless the existing one is up to date."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kesu.common.atomic import replace_file
from kesu.common.documents import from_json, read_plain
from kesu.common.errors import Exit, KesuError
from kesu.common.paths import cache
from kesu.images.policy.block import Block, packed, parsed
from kesu.images.policy.document import read_policy
from kesu.images.policy.stamp import stamped_elf, with_block
from kesu.images.toolchain import toolchain
from kesu.images.toolchain.compile import CONFIGURE, compile_image, configure
from kesu.images.toolchain.inputs import combined, file_hash, firmware_hashes, local_tree_stamp, tree_files
from kesu.images.toolchain.panel_modules import panel_files
from kesu.images.toolchain.request import STOCK, BuildRequest, BuiltImage, image_files
from kesu.images.toolchain.sources import PINS, check_local, pinned, port_stamp, prepared_port
from kesu.images.toolchain.stage import lay_out
from kesu.images.toolchain.tools import compiler_version, require, run
from kesu.spec.panels import DEFAULT_PANEL, left_out
from kesu.spec.policy import DEFAULTS

MANIFEST_FORMAT = 1


@contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Lock a folder for one build; a second one waits."""
    import fcntl  # imported here: fcntl is POSIX only, and so is building; reading images works elsewhere, too

    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def describe(request: BuildRequest) -> dict[str, object]:
    """All inputs that determine the bytes of the image: the manifest without the outputs."""
    sources: dict[str, object] = {}
    for name, source in pinned().items():
        local = request.local_sources.get(name)
        if local is None:
            sources[name] = {"version": source.version, "sha256": dict(source.sha256)}
        else:
            sources[name] = {"version": "local", "stamp": local_tree_stamp(local)}
    return {
        "format": MANIFEST_FORMAT,
        "name": request.name,
        "version": request.version,
        "board": request.board,
        "panel": request.panel,
        "profile": request.profile,
        "sources": sources,
        "pins_sha256": file_hash(PINS),
        "compiler": f"arm-none-eabi-gcc {compiler_version()}",
        "inputs": input_hashes(request),
    }


def up_to_date(
    files: BuiltImage, input_hash: str, made_with: dict[str, Any] | None = None, policy_crc: str | None = None
) -> bool:
    """Whether the existing files were built from exactly these inputs and are complete.

    made_with: the toolchain, as a manifest records it, which must match as well. policy_crc: of the policy block.
    """
    try:
        manifest = from_json(read_plain(files.manifest))
        outputs = manifest["outputs"]
        return bool(
            manifest["input_hash"] == input_hash
            and (policy_crc is None or manifest["policy_crc"] == policy_crc)
            and (made_with is None or {**manifest["toolchain"], **made_with} == manifest["toolchain"])
            and outputs[files.uf2.name] == file_hash(files.uf2)
            and outputs[files.elf.name] == file_hash(files.elf)
        )
    except (OSError, ValueError, KeyError, TypeError):
        return False


def build(request: BuildRequest) -> BuiltImage:
    """Build the image unless its files under `request.out` are up to date. Raises KesuError."""
    check_local(request.local_sources)
    if not (request.tree / "main.py").is_file():
        raise KesuError(
            f"{request.tree} is not a firmware tree: it has no main.py.",
            hint="Give a folder laid out like firmware/ with --firmware DIR.",
            code=Exit.DATA,
        )
    policy = read_policy(request.policy) if request.policy is not None else DEFAULTS
    block = parsed(packed(policy)) if request.profile != STOCK else None
    crc = block.checksum if block is not None else None
    require()
    description = describe(request)
    found = toolchain.measured(request.board)
    made_with = found.described()
    # A compiler's own bytes differ between machines, its output does not: they are recorded, but not part of
    # the id. The linked and included files are.
    input_hash = combined(description | found.goes_in)
    files = image_files(request)
    if up_to_date(files, input_hash, made_with, crc):
        return files
    with _locked(request) as folders:
        if up_to_date(files, input_hash, made_with, crc):
            return files  # another process has built it
        _compile(request, folders, input_hash[:8])
        linked = toolchain.linked_in((folders.out / "firmware.elf.map").read_text(encoding="utf-8"))
        made_with |= {"linked": linked}
        manifest = description | {"input_hash": input_hash, "toolchain": made_with}
        _deliver(folders.out, files, manifest, block)
    return files


@dataclass(frozen=True)
class Folders:
    """A persistent build folder. port: the prepared tree of MicroPython; place: with stage/, boards/, manifests/ and
    `out`, CMake's folder."""

    port: Path
    place: Path

    @property
    def out(self) -> Path:
        return self.place / "out"

    @property
    def stage(self) -> Path:
        return self.place / "stage"


@contextmanager
def compiled(request: BuildRequest, image_id: str) -> Iterator[Folders]:
    """The build folder, brought up to date for a request and locked. image_id: 8 characters that the pad shows. Raises
    KesuError."""
    with _locked(request) as folders:
        _compile(request, folders, image_id)
        yield folders


@contextmanager
def _locked(request: BuildRequest) -> Iterator[Folders]:
    patches = request.tree / "patches"
    with exclusive(cache() / "port" / "any"):
        port = prepared_port(patches, request.local_sources)
    place = cache() / "build" / _build_key(request)
    with exclusive(place):
        yield Folders(port, place)


def _compile(request: BuildRequest, folders: Folders, image_id: str) -> None:
    _mirror(request.board_tree / "boards", folders.place / "boards")
    _mirror(request.board_tree / "manifests", folders.place / "manifests")
    folders.out.mkdir(parents=True, exist_ok=True)
    if lay_out(request, folders.stage, image_id):
        # makemanifest.py compares only times, so it would miss a removed module.
        (folders.out / "frozen_content.c").unlink(missing_ok=True)
    configure(request, folders.port, folders.stage, folders.out)
    compile_image(request, folders.out)
    # The symbols stay. What only a debugger needs is five sixths of the file.
    run(["arm-none-eabi-strip", "--strip-debug", str(folders.out / "firmware.elf")])


def ensure(
    profile: str = "sealed",
    *,
    board: str = "pico",
    panel: str = DEFAULT_PANEL,
    micropython: Path | None = None,
    pico_sdk: Path | None = None,
    tinyusb: Path | None = None,
) -> BuiltImage:
    """The image of the checkout's own firmware in dist/; built only if it is missing or stale."""
    request = BuildRequest(profile=profile, board=board, panel=panel)
    return build(replace(request, micropython=micropython, pico_sdk=pico_sdk, tinyusb=tinyusb))


def input_hashes(request: BuildRequest) -> dict[str, str]:
    """SHA-256 of each input file of the image, those that are generated for its panel included.

    Of the firmware, a stock image contains only the patches.
    """
    hashes = firmware_hashes(request.tree)
    if request.profile != STOCK:
        hashes |= {
            name: hashlib.sha256(text.encode()).hexdigest()
            for name, text in panel_files(request.panel).items()
        }
        return {name: digest for name, digest in hashes.items() if name not in left_out(request.panel)}
    patches = {name: digest for name, digest in hashes.items() if name.startswith("patches/")}
    return patches | firmware_hashes(request.board_tree)


def _build_key(request: BuildRequest) -> str:
    """Name of the persistent build folder; it depends on changes that an incremental build would miss."""
    tree = request.tree
    fixed = {
        "port": port_stamp(tree / "patches", request.local_sources),
        "compiler": toolchain.measured(request.board).described(),
        "configure": file_hash(CONFIGURE),
        "files": {
            path.relative_to(request.board_tree).as_posix(): file_hash(path)
            for name in ("boards", "manifests")
            for path in tree_files(request.board_tree / name)
        },
        # An added or removed file changes the CMake lists.
        "native": [path.name for path in tree_files(tree / "native")],
        "cmake": file_hash(tree / "native" / "micropython.cmake"),
    }
    return f"{request.board_folder}-{request.profile}-{combined(fixed)[:16]}"


def _mirror(source: Path, target: Path) -> None:
    for path in tree_files(source):
        copy = target / path.relative_to(source)
        if not copy.is_file() or copy.read_bytes() != path.read_bytes():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)


def _deliver(
    folder: Path, files: BuiltImage, manifest: dict[str, object], block: Block | None = None
) -> None:
    """Copy the image to the output folder; the manifest last, since it certifies the other two.

    block: the policy to put into the copies; None for a stock image.
    """
    uf2, elf = (folder / "firmware.uf2").read_bytes(), (folder / "firmware.elf").read_bytes()
    if block is not None:
        manifest = manifest | {"policy": block.in_firmware_units, "policy_crc": block.checksum}
        if block.values != DEFAULTS:
            manifest["base_uf2_sha256"] = hashlib.sha256(uf2).hexdigest()
            uf2, elf = with_block(uf2, packed(block.values)), stamped_elf(elf, block.values)
    files.manifest.parent.mkdir(parents=True, exist_ok=True)
    files.manifest.unlink(missing_ok=True)
    outputs = {}
    for content, target in ((uf2, files.uf2), (elf, files.elf)):
        replace_file(target, content)
        outputs[target.name] = file_hash(target)
    text = json.dumps(manifest | {"outputs": outputs}, indent=2, sort_keys=True, ensure_ascii=False)
    replace_file(files.manifest, f"{text}\n".encode())
