"""test_firmware_service: the service image shows a mark on the glass, the sealed one does not."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.core.fork import fork_run
from kesu.images import toolchain
from PIL import Image

CORNER = (slice(0, 20), slice(340, 400))
"""Rows and columns of the mark."""


def corner(pad: VirtualPad) -> np.ndarray:
    """True where the glass is dark, in the corner of the mark."""
    return np.asarray(pad.glass.reflectance < 0.5)[CORNER]


@pytest.mark.slow
def test_only_the_service_image_is_marked(blank_pad: VirtualPad, firmware: Path) -> None:
    picture = firmware.parent / "docs" / "pictures" / "screens" / "ready-service-4in2-ja.png"
    mark = np.array(Image.open(picture).convert("L"))[CORNER] < 128
    assert mark.sum() > 40

    def service(_: VirtualPad) -> bool:
        image = toolchain.ensure("service")
        pad = VirtualPad(image.uf2, elf=image.elf)
        pad.power_on()
        pad.run_for(3_500.0)
        return bool((corner(pad) == mark).all())

    assert fork_run(blank_pad, service)
    assert not fork_run(blank_pad, lambda pad: bool(corner(pad).any()))
