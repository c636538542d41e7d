"""cores: compiles the emulator's cores in C to WebAssembly, one module for each board."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from pathlib import Path

from kesu.demo.page.bundle import SOURCES
from kesu.emulator.core.native import M33, THUMB, Source
from kesu.images.toolchain.tools import require, run

COMPILER = {"clang": "clang", "wasm-ld": "lld"}
FLAGS = (
    "--target=wasm32",
    *("-O3", "-flto", "-ffp-contract=off"),
    *("-ffreestanding", "-nostdlibinc", "-nostdlib"),
    *("-mbulk-memory", "-mnontrapping-fptoint", "-msign-ext"),
    *("-Wall", "-Wextra", "-Werror"),
    *("-Wl,--no-entry", "-Wl,--lto-O3", "-Wl,--strip-all"),
)
"""No C library: web/core/freestanding has the few functions that the cores call."""
MODULES: dict[str, tuple[str, Source]] = {"pico": ("rp2040", THUMB), "pico2": ("rp2350", M33)}
"""For each board the module's name, of web/core/NAME.c, and the core."""


def file_name(board: str) -> str:
    """The file of a board's module (pico, pico2)."""
    return f"{MODULES[board][0]}.wasm"


def require_compiler() -> None:
    """Raise KesuError unless clang and its linker for WebAssembly are installed."""
    require(COMPILER, purpose="build the page")


def write_core(board: str, folder: Path, sources: Path = SOURCES) -> Path:
    """Compile the core of a board into `folder`; returns the file. Raises KesuError with the error of clang."""
    require_compiler()
    name, source = MODULES[board]
    out = folder / file_name(board)
    headers = [sources / "core" / "freestanding", source.folder, *source.shared]
    run(
        [
            "clang",
            *FLAGS,
            *(f"-I{folder}" for folder in headers),
            *("-o", str(out.resolve())),
            *map(str, (sources / "core" / f"{name}.c", *source.files)),
        ]
    )
    out.chmod(0o644)  # the linker makes it executable
    return out
