"""test_firmware_service: the service image says so on the glass, the sealed one does not."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from pathlib import Path

import numpy as np
from kesu import build
from kesu.virtual.fork import fork_run
from kesu.virtual.pad import VirtualPad
from PIL import Image


def mark_shown(pad: VirtualPad, mark: np.ndarray) -> bool:
    """Whether the picture `mark` (True = ink) stands somewhere in the strip at the bottom of the glass."""
    dark = pad.glass.reflectance < 0.5
    height, width = mark.shape
    return any(
        bool((dark[top : top + height, left : left + width] == mark).all())
        for top in range(dark.shape[0] - height, dark.shape[0] - 40, -1)
        for left in range(dark.shape[1] - width + 1)
    )


def test_only_the_service_image_is_marked(blank_pad: VirtualPad, firmware: Path) -> None:
    mark = np.array(Image.open(firmware / "assets" / "SERVICE.png").convert("L")) < 128
    assert mark.sum() > 40

    def service(_: VirtualPad) -> bool:
        image = build.ensure("service")
        pad = VirtualPad(image.uf2, elf=image.elf)
        pad.power_on()
        pad.run_for(3_500.0)
        return mark_shown(pad, mark)

    assert fork_run(blank_pad, service, timeout_s=280.0)
    assert not fork_run(blank_pad, lambda pad: mark_shown(pad, mark))
