"""make_line_film: `./dev pictures line`, a film of a call in a browser tab and of the virtual pad that the tab drives.

A run in Chromium with the sealed image, as tests/web/test_line_in_chromium.py: the page is a picture of the tab, the
glass that of the panel's model. The picture carries what each shot found, so that a test notices when it is outdated.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import argparse
import hashlib
import io
import json
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import line_site
from film_files import save_film, save_stills
from kesu.demo.page.bundle import SOURCES
from kesu.images.toolchain import ensure
from PIL import Image, ImageDraw, ImageFont
from PIL.PngImagePlugin import PngInfo
from playwright.sync_api import Page, sync_playwright
from serial_bridge import Bridge, serving
from served_pad import ServedPad

PAGE_PX = (300, 300)
GAP_PX, FOOT_PX = 16, 34
GREYS = 32
SHOWN_MS, LAST_SHOWN_MS = 1_800, 4_000
PAPER, INK, EDGE = 255, 0, 190
PATIENCE_MS = 300_000
HANG_MS = 14_000
KEY = "shots"


@dataclass(frozen=True)
class Shot:
    """One picture: what is done, what the page and the pad must show then, and whether it is among the stills."""

    says: str
    act: Callable[[Page, ServedPad], object]
    state: str
    port: str
    note: bool
    still: bool = False


def _say(*words: str, call: str = "first") -> Callable[[Page, ServedPad], object]:
    def act(page: Page, _pad: ServedPad) -> None:
        for word in words:
            page.evaluate("([word, call]) => softphone.say(word, call)", [word, call])

    return act


def _write(_page: Page, pad: ServedPad) -> None:
    pad.write("山田 090-12")


def _hang(page: Page, pad: ServedPad) -> None:
    mark = len(pad.so_far())
    page.evaluate(f"setTimeout(() => softphone.hang({HANG_MS}))")
    pad.until(lambda: "DTR off" in pad.so_far()[mark:], "DTR off")


SHOTS = (
    Shot("the page is open; nobody is logged in", lambda page, pad: None, "lost", "off", False, still=True),
    Shot("the operator logs in: the line comes up", _say("ready"), "ready", "open", False),
    Shot("a call rings", _say("ring"), "ring", "open", False),
    Shot("the operator answers", _say("start"), "talk", "open", False),
    Shot("the operator writes", _write, "talk", "open", True, still=True),
    Shot("the customer is on hold", _say("hold"), "hold", "open", True),
    Shot("and back", _say("start"), "talk", "open", True),
    Shot("the customer hangs up: E", _say("end"), "ready", "open", False, still=True),
    Shot("the next call", _say("ring", "start", call="second"), "talk", "open", False),
    Shot("the operator writes", _write, "talk", "open", True),
    Shot("the page hangs: its worker drops DTR after 5 s", _hang, "talk", "open", False, still=True),
)


def page_hash() -> str:
    """Of the page that is shown."""
    files = (SOURCES / "test" / "line_page.html", SOURCES / "test" / "line_page.ts")
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


def carried() -> list[dict[str, Any]]:
    """What the picture carries of the shots."""
    return [
        {"says": one.says, "state": one.state, "port": one.port, "note": one.note, "still": one.still}
        for one in SHOTS
    ]


def _shown(page: Page) -> Image.Image:
    return Image.open(io.BytesIO(page.screenshot())).convert("L")


def _frame(tab: Image.Image, pad: ServedPad, says: str) -> Image.Image:
    rows = pad.picture()
    glass = Image.new("L", (len(rows[0]), len(rows)))
    glass.putdata([value for row in rows for value in row])
    height = max(tab.height, glass.height)
    frame = Image.new("L", (tab.width + glass.width + 3 * GAP_PX, height + FOOT_PX), PAPER)
    frame.paste(tab, (GAP_PX, 0))
    frame.paste(glass, (tab.width + 2 * GAP_PX, 0))
    pen = ImageDraw.Draw(frame)
    for left, side in ((GAP_PX, tab), (tab.width + 2 * GAP_PX, glass)):
        pen.rectangle((left, 0, left + side.width - 1, side.height - 1), outline=EDGE)
    pen.text((GAP_PX, height + 8), says, INK, font=ImageFont.load_default(size=15))
    return frame


def film(pad: ServedPad, address: str, page: Page) -> list[Image.Image]:
    """Play the shots. AssertionError when one does not show what it must."""
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{address}?stalled=5")
    frames = []
    for shot in SHOTS:
        before = _shown(page)
        shot.act(page, pad)
        pad.until(lambda shot=shot: pad.bits()["note"] is shot.note, shot.says)  # type: ignore[misc]  # bound now
        if shot.note:
            pad.until(lambda: pad.dark() > 100, "ink on the glass")
        else:
            pad.until_blank()
        if shot.act is not _hang:  # a page that hangs shows what it showed before
            for name, text in (("state", shot.state), ("port", shot.port)):
                page.wait_for_function(
                    "([id, text]) => document.getElementById(id).textContent === text",
                    arg=[name, text],
                    polling=100,
                )
        frames.append(_frame(before if shot.act is _hang else _shown(page), pad, shot.says))
    return frames


def save(frames: list[Image.Image], out: Path) -> None:
    """Write the film, and its stills below each other with what they carry."""
    lasts = [SHOWN_MS] * (len(frames) - 1) + [LAST_SHOWN_MS]
    save_film(frames, lasts, GREYS, out / "page-story.gif")
    stills = [frame for frame, shot in zip(frames, SHOTS, strict=True) if shot.still]
    info = PngInfo()
    info.add_text(KEY, json.dumps({"page": page_hash(), "shots": carried()}))
    save_stills(stills, GREYS, out / "page-story.png", info)


def main(words: list[str]) -> int:
    """Make the film in a folder."""
    parser = argparse.ArgumentParser(description="Make the film of a call in a browser tab.")
    parser.add_argument("out", type=Path, help="folder for the film")
    out = parser.parse_args(words).out
    out.mkdir(parents=True, exist_ok=True)
    pad = ServedPad(ensure("sealed").uf2)
    try:
        with tempfile.TemporaryDirectory(prefix="kesu-line-") as folder:
            bridge = Bridge(pad.url, line_site.build(Path(folder) / "site"))
            with serving(bridge) as address, sync_playwright() as playwright:
                program = shutil.which("chromium")
                browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
                width, height = PAGE_PX
                page = browser.new_page(viewport={"width": width, "height": height})
                save(film(pad, address, page), out)
                browser.close()
    finally:
        pad.close()
    for shot in SHOTS:
        print(f"{shot.state:7} {'note' if shot.note else 'blank':6} {shot.says}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
