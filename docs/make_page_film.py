"""make_page_film: `./dev pictures page`, a film of the product page: a note is written, the call ends, the search.

OUT/page-LANGUAGE.gif; its comment has the texts of the page that its frames show (tests/docs/test_docs_pictures.py).
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import argparse
import io
import json
import shutil
import sys
import tempfile
import threading
from pathlib import Path

from film_files import save_film
from kesu.common.errors import Exit, KesuError
from kesu.demo.page.serve import PageServer
from kesu.demo.page.site import build_site
from page_words import words_in_view
from PIL import Image
from playwright.sync_api import Page, ViewportSize, sync_playwright

LANGUAGES = ("ja", "en")
VIEWPORT: ViewportSize = {"width": 1280, "height": 800}
WIDTH, COLOURS = 760, 64
WRITING_EVERY_S, WIPING_EVERY_S = 0.7, 0.3
"""Seconds of the pad's time between two frames."""
WRITING_MS, WIPING_MS, STILL_MS, LAST_MS = 200, 160, 1_200, 4_000
MOST_FRAMES = 40
PATIENCE_MS = 180_000
WRITTEN_S = 0.9
"""The pen rests for so long, in the pad's time, when the sample is written."""


class Film:
    """Frames of one page, and how long each is shown."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.frames: list[Image.Image] = []
        self.shown_ms: list[int] = []
        self.words: dict[str, str] = {}
        """Texts of the page that a frame shows."""

    def take(self, shown_ms: int) -> None:
        """Add what the page shows now."""
        picture = Image.open(io.BytesIO(self.page.screenshot())).convert("RGB")
        height = round(WIDTH * picture.height / picture.width)
        self.frames.append(picture.resize((WIDTH, height), Image.Resampling.LANCZOS))
        self.shown_ms.append(shown_ms)
        self.words |= words_in_view(self.page)

    def emulated_s(self) -> float:
        """Time of the pad."""
        return float(str(self.page.text_content("#emulated")).removesuffix(" s"))

    def follow(self, every_s: float, shown_ms: int, until: str, rest_s: float = 0.0) -> None:
        """Frames at intervals of the pad's time, until an element matches `until` and the pen has rested."""
        due = self.emulated_s()
        while len(self.frames) < MOST_FRAMES:
            now = self.emulated_s()
            if self.page.locator(until).count() and now - self._pen_s() >= rest_s:
                return
            if now >= due:
                self.take(shown_ms)
                due = now + every_s
            self.page.wait_for_timeout(20)

    def _pen_s(self) -> float:
        """When the pen last touched or left the glass."""
        times = self.page.locator("#log li:is([data-event=pen-down], [data-event=pen-up]) .time")
        return float(times.first.text_content() or 0) if times.count() else 0.0


def story(page: Page) -> Film:
    """The four steps."""
    film = Film(page)
    page.wait_for_selector("#pad-state[data-state=note]")
    film.follow(WRITING_EVERY_S, WRITING_MS, "#go:enabled", WRITTEN_S)
    film.take(STILL_MS)
    page.click("#go")
    page.wait_for_selector('#stage[data-step="2"]')
    film.follow(WIPING_EVERY_S, WIPING_MS, "#go:enabled")
    page.wait_for_timeout(500)
    film.take(2 * STILL_MS)
    page.click("#go")
    page.wait_for_selector('#stage[data-step="3"]')
    film.take(STILL_MS)
    page.wait_for_selector('#stage[data-step="4"]')
    page.wait_for_timeout(1_500)
    film.take(LAST_MS)
    return film


def palette(frames: list[Image.Image]) -> Image.Image:
    """A picture with the colours of some frames and the last."""
    some = [*frames[:: max(1, len(frames) // 6)], frames[-1]]
    whole = Image.new("RGB", (some[0].width, sum(frame.height for frame in some)))
    for index, frame in enumerate(some):
        whole.paste(frame, (0, index * frame.height))
    # Pillow's default, median cut, gives the few bright pixels of the note a dull colour.
    return whole.quantize(COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)


def main() -> int:
    """Build and serve the page, film both languages."""
    parser = argparse.ArgumentParser(description="Film the product page.")
    parser.add_argument("out", type=Path, help="Folder for page-ja.gif and page-en.gif.")
    out: Path = parser.parse_args().out
    program = shutil.which("chromium")
    if program is None:
        print("No chromium. -> ./dev setup", file=sys.stderr)
        return Exit.UNAVAILABLE
    try:
        with (
            tempfile.TemporaryDirectory() as folder,
            PageServer(0) as server,
            sync_playwright() as playwright,
        ):
            site = build_site(Path(folder) / "pad")
            threading.Thread(target=server.serve, args=(site,), daemon=True).start()
            browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
            for language in LANGUAGES:
                page = browser.new_page(viewport=VIEWPORT)
                page.set_default_timeout(PATIENCE_MS)
                page.goto(f"{server.address}?panel=4in2&lang={language}&theme=light")
                film = story(page)
                carried = json.dumps({"page": film.words}, ensure_ascii=False)
                path = out / f"page-{language}.gif"
                save_film(film.frames, film.shown_ms, palette(film.frames), path, carried)
                print(f"{path}: {len(film.frames)} frames, {path.stat().st_size:,} bytes")
                page.close()
            browser.close()
    except KesuError as error:
        print(error.message, file=sys.stderr)
        return error.code
    return 0


if __name__ == "__main__":
    sys.exit(main())
