"""request: the parameters of a build, and its output files."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.metadata import version as installed_version
from pathlib import Path

from kesu.common.checkout import repository
from kesu.common.errors import Exit, KesuError
from kesu.common.paths import images
from kesu.common.uf2 import load, require_uf2
from kesu.spec.panels import DEFAULT_PANEL, PANELS

PROFILES = ("sealed", "service")
STOCK = "stock"
"""Not a pad: stock MicroPython from the same sources. `kesu verify` must find leaks in it."""
STOCK_TREE = Path(__file__).with_name("stock")
BOARDS = {"pico": "KESU_PICO", "pico2": "KESU_PICO2"}
"""Boards by the name in an image's file name, and their folders under boards/."""


@dataclass(frozen=True)
class BuildRequest:
    """One image to build.

    profile: one of PROFILES, or STOCK (for the Pico only). board: a key of BOARDS. firmware: a tree like firmware/
    (default: that one). out: folder for the UF2, ELF and manifest. panel: a key of PANELS. policy: a policy file (by
    default, every setting has its default). micropython, pico_sdk, tinyusb: existing source trees,
    instead of the pinned ones.
    """

    profile: str = "sealed"
    board: str = "pico"
    firmware: Path | None = None
    out: Path = field(default_factory=images)
    panel: str = DEFAULT_PANEL
    policy: Path | None = None
    micropython: Path | None = None
    pico_sdk: Path | None = None
    tinyusb: Path | None = None

    def __post_init__(self) -> None:
        if self.profile not in (*PROFILES, STOCK):
            raise KesuError(
                f"There is no profile '{self.profile}'.",
                hint=f"Profiles are: {', '.join((*PROFILES, STOCK))}.",
                code=Exit.USAGE,
            )
        if self.board not in BOARDS or (self.profile == STOCK and self.board != "pico"):
            raise KesuError(
                f"There is no {self.profile} image for the board '{self.board}'.",
                hint=f"Boards are: {', '.join(BOARDS)}; the stock image is for the pico only.",
                code=Exit.USAGE,
            )
        if self.panel not in PANELS:
            raise KesuError(
                f"There is no panel '{self.panel}'.",
                hint=f"Panels are: {', '.join(PANELS)}.",
                code=Exit.USAGE,
            )

    @property
    def tree(self) -> Path:
        """The firmware's source tree."""
        return (self.firmware or repository() / "firmware").resolve()

    @property
    def board_folder(self) -> str:
        """Name of the board's folder under boards/."""
        return "STOCK_PICO" if self.profile == STOCK else BOARDS[self.board]

    @property
    def board_tree(self) -> Path:
        """The folder of boards/ and manifests/."""
        return STOCK_TREE if self.profile == STOCK else self.tree

    @property
    def local_sources(self) -> dict[str, Path]:
        """The given source trees, by their name in sources.toml."""
        trees = {"micropython": self.micropython, "pico-sdk": self.pico_sdk, "tinyusb": self.tinyusb}
        return {name: path.resolve() for name, path in trees.items() if path is not None}

    @property
    def version(self) -> str:
        """Version of the project, which the image carries and a release is named after."""
        return installed_version("kesu")

    @property
    def name(self) -> str:
        """Name of the image without its ending, kesu-BOARD-PANEL-PROFILE."""
        return f"kesu-{self.board}-{self.panel}-{self.profile}"


@dataclass(frozen=True)
class BuiltImage:
    """A finished image: UF2, ELF with symbols, and the JSON manifest of its inputs."""

    uf2: Path
    elf: Path
    manifest: Path


def built_files(uf2: Path) -> BuiltImage:
    """The three files of an image. Raises KesuError when the UF2 is none, or it or the ELF is missing."""
    require_uf2(load(uf2), uf2)
    elf = uf2.with_suffix(".elf")
    if not elf.is_file():
        raise KesuError(
            f"{uf2.name} has no {elf.name} beside it.",
            hint="Keep the .uf2, .elf and .json of `kesu dev build` together.",
            code=Exit.NO_INPUT,
        )
    return BuiltImage(uf2, uf2.with_suffix(".elf"), uf2.with_suffix(".json"))


def image_files(request: BuildRequest) -> BuiltImage:
    """Paths of the files of a request's image, built or not."""
    base = request.out / request.name
    return BuiltImage(
        base.with_name(f"{base.name}.uf2"),
        base.with_name(f"{base.name}.elf"),
        base.with_name(f"{base.name}.json"),
    )
