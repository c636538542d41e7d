"""field: kit, ground and probe of one board and panel, built once in a process."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path

from kesu.images.toolchain.kit import kit
from kesu.images.toolchain.relink import relink
from kesu.images.toolchain.request import BuildRequest, BuiltImage
from kesu.verify.leaks.ground import Ground
from kesu.verify.leaks.parts import Leak, changed
from kesu.verify.leaks.probe import Probe
from kesu.verify.scenes import scenario


class Field:
    """What leaks are drawn from, built with and probed on. Raises KesuError if the base image cannot be built."""

    def __init__(self, board: str, panel: str) -> None:
        self.kit = kit(BuildRequest(board=board, panel=panel))
        pad = scenario.boot(self.kit.base, 1)
        _ = pad.memory_map  # parsed once, for all copies
        self.ground = Ground.of(self.kit, pad, board, panel)
        self.probe = Probe(self.ground)

    def source(self, name: str) -> str:
        """The text of a source of the image, by its name in a kit."""
        if name.endswith(".py"):
            return (self.kit.stage / "app" / name).read_text(encoding="utf-8")
        root, _, rest = name.partition("/")
        lib = self.kit.port / "lib"
        roots = {
            "native": self.kit.stage / "native",
            "port": self.kit.port,
            "sdk": lib / "pico-sdk",
            "tinyusb": lib / "tinyusb",
        }
        return (roots[root] / rest).read_text(encoding="utf-8")

    def image(self, leaks: Sequence[Leak], place: Path) -> BuiltImage:
        """The image with these leaks. Raises KesuError."""
        return relink(self.kit, changed(leaks, self.source), place)


@functools.lru_cache(maxsize=4)
def field_of(board: str, panel: str) -> Field:
    """The field of a board and a panel, kept in this process."""
    return Field(board, panel)
