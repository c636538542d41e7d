"""make_films: `./dev pictures films`, films of two calls on virtual pads, with an earlier firmware and with this one.

Both pads get the same pen, the same bytes and the same times. `--before` takes an image instead of building one from
the commit BEFORE.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from film_files import save_film, save_stills
from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.scenario import boot_pad, move_timer, settle, write
from kesu.emulator.touch import handwriting
from kesu.images import toolchain
from PIL import Image, ImageDraw, ImageFont

ROOT = Path(__file__).parents[1]
BEFORE = "2ebfbbe"
"""The last commit in which a note did not follow its call."""
SKIPPED_S = 20.0
"""Waits longer than this are skipped by setting the pad's timer forward, as if it had slept."""
WOKEN_S = 3.0
LEFT_PX, LETTER_PX = 16.0, 30.0
GAP_PX, HEAD_PX, FOOT_PX = 16, 26, 30
LED_PX = 10
GREYS = 16
SHOWN_MS = 1_000
LAST_SHOWN_MS = 3_000
PAPER, INK, EDGE = 255, 0, 200


@dataclass(frozen=True)
class Shot:
    """One picture of a film: at `at_s` after the call began, `act` is done, and the glass is shown `after_s` later."""

    at_s: float
    says: str
    act: Callable[[VirtualPad], object] = lambda pad: None
    after_s: float = 0.6
    still: bool = False


def _say(data: bytes) -> Callable[[VirtualPad], object]:
    return lambda pad: pad.host.write(data)


def _write(line: str, top_px: float) -> Callable[[VirtualPad], object]:
    strokes = handwriting.strokes(line, LEFT_PX, top_px, LETTER_PX)
    return lambda pad: write(pad, strokes)


ON_HOLD = (
    Shot(0.0, "ring, then talk", _say(b"RT")),
    Shot(2.0, "the operator writes", _write("山田 090-1234-5678", 40.0), 1.0, still=True),
    Shot(12.0, "the customer is on hold; the pen rests", _say(b"H")),
    *(Shot(at_s, "on hold") for at_s in (60.0, 120.0)),
    Shot(178.0, "on hold for nearly 3 minutes", still=True),
    Shot(185.0, "on hold"),
    Shot(190.0, "on hold", still=True),
    *(Shot(at_s, "on hold") for at_s in (240.0, 300.0)),
    Shot(313.0, "after 5 minutes on hold: talk", _say(b"T")),
    Shot(316.0, "the operator goes on", _write("call 17:30", 110.0), 1.0, still=True),
    Shot(326.0, "the call ends (E)", _say(b"E"), 0.1),
    Shot(329.0, "ready", still=True),
)
AFTER_CALL = (
    Shot(0.0, "ring, then talk", _say(b"RT")),
    Shot(2.0, "the operator writes", _write("山田 090-1234-5678", 40.0), 1.0, still=True),
    Shot(60.0, "the customer hangs up; the softphone reports after-call work (W)", _say(b"W"), 0.8),
    Shot(63.0, "the operator keys the note in", still=True),
    Shot(75.0, "the operator keys the note in"),
    Shot(95.0, "the operator keys the note in"),
    Shot(115.0, "the operator keys the note in"),
    Shot(135.0, "the last 15 seconds"),
    Shot(141.0, "the last 10 seconds: the strip is inverted, the LED blinks", still=True),
    *(Shot(float(at_s), "the last seconds") for at_s in (142, 143, 144, 145)),
    Shot(146.5, "ready for the next call (E)", _say(b"E"), 0.1),
    Shot(149.0, "ready", still=True),
)
FILMS = {"on-hold": ON_HOLD, "after-call-work": AFTER_CALL}


class Seat:
    """A pad in a call, and the time of that call, skipped time included."""

    def __init__(self, image: Path) -> None:
        self.pad = boot_pad(image, elf=image.with_suffix(".elf"))
        self._skipped_ms = -self.pad.now_ms

    @property
    def at_s(self) -> float:
        """Seconds since the call began."""
        return (self.pad.now_ms + self._skipped_ms) / 1_000

    def wait(self, until_s: float) -> None:
        """Let time pass until then."""
        left_s = until_s - self.at_s
        if left_s > SKIPPED_S:
            settle(self.pad)
            skipped_ms = float(int(1_000 * (until_s - self.at_s - WOKEN_S)))
            move_timer(self.pad, skipped_ms)
            self._skipped_ms += skipped_ms
        self.pad.run_for(max(0.0, 1_000 * (until_s - self.at_s)))

    def shoot(self, shot: Shot) -> Image.Image:
        """Do what the shot says and picture the glass, with the LED above it."""
        self.wait(shot.at_s)
        shot.act(self.pad)
        self.pad.run_for(1_000 * shot.after_s)
        glass = Image.fromarray(self.pad.glass.picture()).convert("L")
        drawn = Image.new("L", (glass.width, glass.height + HEAD_PX), PAPER)
        drawn.paste(glass, (0, HEAD_PX))
        pen = ImageDraw.Draw(drawn)
        right, top = glass.width - 1, (HEAD_PX - LED_PX) // 2
        pen.ellipse(
            (right - LED_PX, top, right, top + LED_PX),
            INK if self.pad.led else PAPER,
            INK if self.pad.led else EDGE,
        )
        pen.rectangle((0, HEAD_PX, glass.width - 1, drawn.height - 1), outline=EDGE)
        return drawn


def _frame(sides: dict[str, Image.Image], shown_s: int, says: str) -> Image.Image:
    """The pads beside each other, with titles, the time since the call began and what happens."""
    font, small = ImageFont.load_default(size=16), ImageFont.load_default(size=14)
    width = sum(side.width for side in sides.values()) + GAP_PX * (len(sides) + 1)
    height = next(iter(sides.values())).height
    frame = Image.new("L", (width, height + FOOT_PX), PAPER)
    pen = ImageDraw.Draw(frame)
    left = GAP_PX
    for title, side in sides.items():
        frame.paste(side, (left, 0))
        pen.text((left, 4), title, INK, font=font)
        left += side.width + GAP_PX
    pen.text((GAP_PX, height + 6), f"{shown_s // 60}:{shown_s % 60:02}   {says}", INK, font=small)
    return frame


@dataclass(frozen=True)
class Filmed:
    """A frame, when it was taken, and for each pad whether a note was on it and its LED was lit."""

    frame: Image.Image
    at_s: float
    says: str
    noted: dict[str, bool]
    lit: dict[str, bool]
    still: bool


def film(images: dict[str, Path], shots: tuple[Shot, ...]) -> list[Filmed]:
    """Play a film on a pad with each image."""
    seats = {title: Seat(image) for title, image in images.items()}
    found = []
    for shot in shots:
        sides = {title: seat.shoot(shot) for title, seat in seats.items()}
        at_s = max(seat.at_s for seat in seats.values())
        noted = {title: bool(seat.pad.host.serial_state.dcd) for title, seat in seats.items()}
        lit = {title: seat.pad.led for title, seat in seats.items()}
        found.append(Filmed(_frame(sides, int(at_s), shot.says), at_s, shot.says, noted, lit, shot.still))
    return found


def save(name: str, filmed: list[Filmed], out: Path) -> None:
    """Write the film as a GIF, and its stills below each other as a PNG."""
    lasts = [SHOWN_MS] * (len(filmed) - 1) + [LAST_SHOWN_MS]
    save_film([one.frame for one in filmed], lasts, GREYS, out / f"{name}.gif")
    save_stills([one.frame for one in filmed if one.still], GREYS, out / f"{name}.png")


def _image_before(folder: Path) -> Path:
    """The image of the commit BEFORE, built by its own tools."""
    tree = folder / "tree"
    tree.mkdir()
    archive = subprocess.run(["git", "archive", BEFORE], cwd=ROOT, check=True, capture_output=True).stdout
    subprocess.run(["tar", "-x", "-C", tree], input=archive, check=True)
    cached = os.environ.get("KESU_CACHE", str(ROOT / ".cache"))
    tools = os.environ | {"PYTHONPATH": str(tree / "host_tools"), "KESU_CACHE": cached}
    command = [sys.executable, "-m", "kesu", "dev", "build", "--out", str(folder / "images")]
    subprocess.run(command, cwd=tree, env=tools, check=True)
    return next((folder / "images").glob("*-sealed.uf2"))


def main(words: list[str]) -> int:
    """Make the films in a folder."""
    parser = argparse.ArgumentParser(description="Make the films of two calls.")
    parser.add_argument("out", type=Path, help="folder for the films")
    parser.add_argument("--before", type=Path, help=f"image to compare with (default: build {BEFORE})")
    parser.add_argument(
        "--after", type=Path, help="image to show (default: the sealed image of this checkout)"
    )
    chosen = parser.parse_args(words)
    chosen.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="kesu-films-") as folder:
        images = {
            "before": chosen.before or _image_before(Path(folder)),
            "now": chosen.after or toolchain.ensure("sealed").uf2,
        }
        for name, shots in FILMS.items():
            filmed = film(images, shots)
            save(name, filmed, chosen.out)
            for one in filmed:
                kept = ", ".join(f"{title} {'note' if on else 'blank'}" for title, on in one.noted.items())
                print(f"{name} {one.at_s:6.1f} s: {kept}; {one.says}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
