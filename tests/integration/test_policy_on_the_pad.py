"""test_policy_on_the_pad: a stamped image behaves as its policy says; an invalid block makes the strictest pad."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from kesu.common.uf2 import BLOCK_SIZE
from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.scenario import boot_pad
from kesu.images.policy.block import PLACE, packed
from kesu.images.policy.copy import apply
from kesu.images.toolchain import BuiltImage
from kesu.images.toolchain.request import built_files
from kesu.spec.policy import DEFAULTS, LAYOUT, STRICTEST
from kesu.verify.scenes.scenario import Policy
from kesu.verify.structure import audit
from PIL import Image

pytestmark = pytest.mark.slow

SCREENS = Path(__file__).parents[2] / "docs" / "pictures" / "screens"
STRIP_Y = 272
FIRST_LINE = slice(STRIP_Y + 2, STRIP_Y + 14)
"""The line of READY that says how long a note stays; below it is the image's id."""
SETTLE_MS = 1_500.0


def golden(name: str) -> np.ndarray:
    """A picture of the documents, True = white."""
    with Image.open(SCREENS / f"{name}.png") as picture:
        return np.asarray(picture.convert("1"))


def shown(pad: VirtualPad) -> np.ndarray:
    """What the panel shows, True = white."""
    return np.asarray(pad.panel.page()).astype(bool)


def with_block(image: BuiltImage, block: bytes, out: Path) -> Path:
    """A copy of the UF2 with these bytes as its policy block."""
    data = bytearray(image.uf2.read_bytes())
    for start in range(0, len(data), BLOCK_SIZE):
        if int.from_bytes(data[start + 12 : start + 16], "little") == PLACE.start:
            data[start + 32 : start + 32 + len(block)] = block
    out.write_bytes(data)
    return out


def booted(uf2: Path, image: BuiltImage) -> VirtualPad:
    pad = boot_pad(uf2, elf=image.elf)
    pad.run_for(SETTLE_MS)
    return pad


def lasts_s(pad: VirtualPad, at_most_s: float) -> float:
    """How long a note stays while the pen rests, in seconds."""
    pad.run_for(pad.pen.write([[(60.0, 60.0), (200.0, 90.0)]], 300.0))
    written_ms = pad.now_ms
    pad.run_for(SETTLE_MS)
    assert pad.host.serial_state.dcd
    while pad.now_ms - written_ms < 1_000.0 * at_most_s and pad.host.serial_state.dcd:
        pad.run_for(250.0)
    return (pad.now_ms - written_ms) / 1_000.0


def test_language_template_hand_and_pen_are_those_of_the_policy(sealed: BuiltImage, tmp_path: Path) -> None:
    values = DEFAULTS | {"page.language": 1, "page.template": 2, "page.hand": 1, "ink.line_width_px": 5}
    stamped, *_ = apply(sealed.uf2, values, tmp_path / "desk.uf2")
    image = built_files(stamped)
    assert [finding for finding in audit(image) if not finding.holds] == []
    assert Policy.of(image).undo_right
    pad = booted(image.uf2, image)
    page = shown(pad)
    grid = golden("ready-grid-4in2-en")
    assert (page[:STRIP_Y] == grid[:STRIP_Y]).all()
    assert (page[FIRST_LINE, 76:364] == grid[FIRST_LINE, 36:324]).all(), "in English, and moved to the right"
    assert (page[STRIP_Y:, 368:] == grid[STRIP_Y:, :32]).all(), "the undo field is on the right"
    pad.run_for(pad.pen.write([[(60.0, 60.0), (110.0, 60.0)]], 300.0) + SETTLE_MS)
    written = shown(pad)
    assert not written[58:63, 70].any(), "five pixels wide"
    assert written[56, 70]
    pad.run_for(pad.pen.write([[(388.0, 286.0)] * 4], 300.0) + SETTLE_MS)
    assert shown(pad)[58:63, 70].all(), "undone"


def test_a_stamped_image_differs_from_the_base_in_what_was_stamped(sealed: BuiltImage) -> None:
    page = shown(booted(sealed.uf2, sealed))
    ready = golden("ready-4in2-ja")
    assert (page[:STRIP_Y] == ready[:STRIP_Y]).all()
    assert (page[FIRST_LINE] == ready[FIRST_LINE]).all()
    assert (page[STRIP_Y:, :32] == ready[STRIP_Y:, :32]).all()


@pytest.mark.parametrize("bit", [0, 8 * 4, 8 * 8 + 1, 8 * 28, 8 * 200 + 7, 8 * 255 + 7])
def test_a_flipped_bit_makes_the_strictest_pad_with_a_mark(
    sealed: BuiltImage, tmp_path: Path, bit: int
) -> None:
    block = bytearray(packed(DEFAULTS | {"page.language": 1}))
    block[bit // 8] ^= 1 << bit % 8
    pad = booted(with_block(sealed, bytes(block), tmp_path / "flipped.uf2"), sealed)
    marked = golden("ready-invalid-policy-4in2-ja")
    assert (shown(pad)[:STRIP_Y] == marked[:STRIP_Y]).all()


def test_the_strictest_pad_wipes_after_its_idle_time(sealed: BuiltImage, tmp_path: Path) -> None:
    invalid = booted(with_block(sealed, bytes(LAYOUT.bytes), tmp_path / "none.uf2"), sealed)
    strictest = STRICTEST["timeouts.idle_s"]
    assert lasts_s(invalid, 60.0) == pytest.approx(strictest, abs=1.0)
    invalid.run_for(3_000.0)
    assert (shown(invalid)[:14, :150] == golden("ready-invalid-policy-4in2-ja")[:14, :150]).all()


def test_the_idle_time_is_the_stamped_one(sealed: BuiltImage, tmp_path: Path) -> None:
    stamped, *_ = apply(sealed.uf2, DEFAULTS | {"timeouts.idle_s": 35}, tmp_path / "short.uf2")
    assert lasts_s(booted(stamped, sealed), 60.0) == pytest.approx(35.0, abs=1.0)
