"""make_ink_film: `./dev pictures ink`, a film at true speed of two pads that get the same pen: one on a panel that
shows only the waveforms of its OTP, and one with ink in pulses.

Both run the same image. The first panel's controller wants clock and rails asked for each time, so the firmware falls
back to partial refreshes, each loaded anew: what every pad did before record 0076.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import argparse
from pathlib import Path

from film_files import save_film, save_stills
from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.scenario import boot_pad
from kesu.emulator.touch import handwriting
from kesu.images import toolchain
from kesu.images.toolchain.request import BuildRequest
from kesu.verify.scenes.variants import USUAL, Variant, controllers
from PIL import Image, ImageDraw, ImageFont

SIDES = {
    "partial refreshes": controllers()["clock and rails asked for each time"],
    "ink in pulses": Variant(USUAL).chip,
}
LINE, LEFT_PX, TOP_PX, LETTER_PX = "折返 14時", 16.0, 60.0, 44.0
PEN_PX_S = 220.0
REST_MS, AFTER_MS, WIPE_MS = 300.0, 700.0, 1_900.0
FRAME_MS = 50
STILLS_MS = (400.0, 1_000.0)
CUT = (0, 30, 400, 150)
GAP_PX, HEAD_PX, FOOT_PX, GREYS = 12, 24, 24, 16
PAPER, INK, EDGE = 255, 0, 200


class Side:
    """One of the pads, with the pen's path."""

    def __init__(self, image: Path, variant: Variant) -> None:
        self.pad: VirtualPad = boot_pad(image, elf=image.with_suffix(".elf"), fit=variant.fit)
        self.pad.run_for(REST_MS)
        self._began_ms = self.pad.now_ms
        strokes = handwriting.strokes(LINE, LEFT_PX, TOP_PX, LETTER_PX)
        self.pen_ms = self.pad.pen.write(strokes, PEN_PX_S)

    def shoot(self, at_ms: float) -> Image.Image:
        """The glass, `at_ms` after the pen began, with the pen's tip."""
        self.pad.run_for(max(0.0, self._began_ms + at_ms - self.pad.now_ms))
        drawn = Image.fromarray(self.pad.glass.picture()).convert("L").crop(CUT)
        tip = self.pad.touch.reported()
        if tip is not None:
            x, y = tip[0] - CUT[0], tip[1] - CUT[1]
            ImageDraw.Draw(drawn).polygon(((x, y), (x + 5, y - 16), (x + 12, y - 12)), INK)
        ImageDraw.Draw(drawn).rectangle((0, 0, drawn.width - 1, drawn.height - 1), outline=EDGE)
        return drawn


def _frame(pictures: dict[str, Image.Image], at_ms: float, says: str) -> Image.Image:
    font, small = ImageFont.load_default(size=15), ImageFont.load_default(size=13)
    one = next(iter(pictures.values()))
    width = GAP_PX + (one.width + GAP_PX) * len(pictures)
    frame = Image.new("L", (width, HEAD_PX + one.height + FOOT_PX), PAPER)
    pen = ImageDraw.Draw(frame)
    left = GAP_PX
    for title, picture in pictures.items():
        pen.text((left, 4), title, INK, font=font)
        frame.paste(picture, (left, HEAD_PX))
        left += picture.width + GAP_PX
    pen.text((GAP_PX, HEAD_PX + one.height + 4), f"{at_ms / 1000:.2f} s   {says}", INK, font=small)
    return frame


def film(image: Path, until_ms: float = float("inf")) -> tuple[list[Image.Image], list[Image.Image]]:
    """All frames until then, and the stills among them."""
    sides = {title: Side(image, Variant(USUAL, chip=chip)) for title, chip in SIDES.items()}
    pen_ms = max(side.pen_ms for side in sides.values())
    wiped_ms = FRAME_MS * round((pen_ms + AFTER_MS) / FRAME_MS)
    frames, stills, at_ms = [], [], 0.0
    while at_ms <= min(until_ms, wiped_ms + WIPE_MS):
        if at_ms == wiped_ms:
            for side in sides.values():
                side.pad.keys["WIPE"].tap()
        says = "the pen writes" if at_ms <= pen_ms else "the pen rests" if at_ms < wiped_ms else "wiped"
        frames.append(_frame({title: side.shoot(at_ms) for title, side in sides.items()}, at_ms, says))
        if at_ms in STILLS_MS:
            stills.append(frames[-1])
        at_ms += FRAME_MS
    return frames, stills


def make(image: Path, out: Path) -> None:
    """Write ink.gif and ink.png into a folder."""
    frames, stills = film(image)
    save_film(frames, [FRAME_MS] * (len(frames) - 1) + [2_000], GREYS, out / "ink.gif")
    save_stills(stills, GREYS, out / "ink.png")


def main() -> None:
    """Make the film with the sealed image of the 4.2 inch pad, or with another one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--image", type=Path)
    asked = parser.parse_args()
    make(asked.image or toolchain.build(BuildRequest()).uf2, asked.out)


if __name__ == "__main__":
    main()
