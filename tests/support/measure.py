"""Figures and pictures of the page for docs/pad.md: a note written by hand-like strokes, then wiped.

    .venv/bin/python tests/support/measure.py OUT [--figures]

writes OUT/{writing,wiped}-PANEL-LANGUAGE.png and OUT/social-4in2-ja.png, what other sites show of a link, each with
the words that the picture shows as a text of the PNG (tests/docs/test_docs_pictures.py compares them). With --figures
it prints the delay from pen to glass and emulated against real time, while writing and idle, on this machine under
its current load. Other load has little effect on the ratio to processor time (all threads of the renderer, drawing
included): above 1, one free core keeps real time.
"""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import json
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

from kesu.common.checkout import repository
from kesu.demo.page.serve import PageServer
from kesu.demo.page.site import build_site
from kesu.emulator.touch.handwriting import HUMAN_PX_S, strokes
from kesu.images.assets.strings import read_strings
from kesu.spec.panels import PANELS
from pad_page import PadPage
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from playwright.sync_api import Browser, CDPSession, ViewportSize, sync_playwright
from scripts import load_script

PAGE_WORDS = load_script(repository() / "docs" / "page_words.py")
LARGE = {
    "ja": ("山田太郎 様\n090-1234\n請求書の件", 56.0),
    "en": ("Yamada\n090-1234\ncall back 3pm", 52.0),
}
SMALL = {"ja": ("山田様\n090-1234", 36.0), "en": ("Yamada\n090-1234", 36.0)}
NOTES = {
    (name, language): (LARGE if panel.height > 200 else SMALL)[language]
    for name, panel in PANELS.items()
    for language in LARGE
}
"""Texts and heights of their characters, px, by panel and language."""
VIEWPORT: ViewportSize = {"width": 1280, "height": 800}
SOCIAL, SOCIAL_PX = ("4in2", "ja"), ViewportSize(width=1200, height=630)
MARGIN_PX = 16.0
EVENT_S = 1 / 60
PAUSE_S = 0.09
TAPS = 8
STRIP = ("READY", "INFO", "INFO_CALLS_WIDE", "TIP_1", "UNDO", "PEN")
"""Texts of the firmware in the strip, written or wiped."""


class Writer:
    """Writes with the mouse; `ratios` are what the page showed meanwhile."""

    def __init__(self, pad: PadPage) -> None:
        self.page = pad.page
        box = pad.page.locator("#glass").bounding_box()
        assert box is not None
        self._box = box
        self._scale = box["width"] / int(pad.page.evaluate("document.getElementById('glass').width"))
        self.ratios: list[float] = []
        self.cycles: list[float] = []

    def stroke(self, points: list[tuple[float, float]]) -> None:
        """One stroke, points about a pixel apart, at the speed of a hand."""
        every = max(1, round(HUMAN_PX_S * EVENT_S))
        began = time.monotonic()
        for index, (x, y) in enumerate([*points[::every], points[-1]]):
            self.page.mouse.move(self._box["x"] + x * self._scale, self._box["y"] + y * self._scale)
            if index == 0:
                self.page.mouse.down()
            time.sleep(max(0.0, began + (index + 1) * EVENT_S - time.monotonic()))
        self.page.mouse.up()
        time.sleep(PAUSE_S)
        self.look()

    def look(self) -> None:
        self.ratios.append(float(self.page.inner_text("#ratio").removeprefix("× ")))
        self.cycles.append(float(self.page.inner_text("#cycles")))


def processor_s(session: CDPSession) -> float:
    """Processor time of all renderers so far, seconds."""
    info = session.send("SystemInfo.getProcessInfo")["processInfo"]
    return float(sum(process["cpuTime"] for process in info if process["type"] == "renderer"))


def delays(pad: PadPage, hand: Writer) -> list[tuple[float, float]]:
    """(emulated, real) milliseconds from pen to glass, of strokes that begin with no refresh running."""
    found = []
    label = pad.page.locator("#delay")
    for tap in range(TAPS):
        pad.page.evaluate("delete document.getElementById('delay').dataset.real")
        left = 60.0 + 24 * tap
        hand.stroke([(left + step, 60.0 + step) for step in range(18)])
        pad.until(lambda: label.get_attribute("data-real") is not None, "a delay")
        emulated, real = label.get_attribute("data-emulated"), label.get_attribute("data-real")
        assert emulated is not None
        assert real is not None
        found.append((float(emulated), float(real)))
        pad.settle()
    return found


def photograph(pad: PadPage, path: Path, language: str) -> None:
    """The page as a PNG, with the words of the page and of the pad's strip."""
    texts = read_strings(repository() / "firmware" / "assets")
    strip = {text.name: text.words[language] for text in texts if text.name in STRIP}
    pad.page.evaluate("() => document.fonts.ready.then(() => true)")
    words: dict[str, str] = PAGE_WORDS.words_in_view(pad.page)
    pad.page.screenshot(path=path)
    info = PngInfo()
    pads = pad.page.locator("#panel option").all_text_contents()
    info.add_itxt("words", json.dumps({"page": words, "pads": pads, "strip": strip}, ensure_ascii=False))
    with Image.open(path) as picture:
        # Pillow's default, median cut, gives the few bright pixels of the note a dull colour.
        few = picture.convert("RGB").quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    few.save(path, pnginfo=info, optimize=True)


def tell(what: str, figures: list[float]) -> None:
    """Median and range on a line."""
    print(
        f"  {what}: median {statistics.median(figures):g}, {min(figures):g} to {max(figures):g}", flush=True
    )


def run(browser: Browser, address: str, panel: str, language: str, out: Path, figures: bool) -> None:
    """One pad: its two pictures, and its figures if they are wanted."""
    context = browser.new_context(viewport=VIEWPORT, locale=language)
    pad = PadPage(context.new_page(), address, f"?panel={panel}&lang={language}&theme=light&sample=0")
    pad.wait("ready")
    text, height = NOTES[panel, language]
    hand = Writer(pad)
    session = browser.new_browser_cdp_session()
    processor, emulated = processor_s(session), pad.emulated_s()
    for stroke in strokes(text, MARGIN_PX, MARGIN_PX / 2, height):
        hand.stroke(stroke)
    pad.settle()
    per_core = (pad.emulated_s() - emulated) / (processor_s(session) - processor)
    photograph(pad, out / f"writing-{panel}-{language}.png", language)
    if (panel, language) == SOCIAL:
        pad.page.set_viewport_size(SOCIAL_PX)
        pad.page.wait_for_timeout(500)
        photograph(pad, out / f"social-{panel}-{language}.png", language)
        pad.page.set_viewport_size(VIEWPORT)
        pad.page.wait_for_timeout(500)
    pad.hold("wipe")
    pad.wait("wiping")
    pad.wait("ready")
    pad.wait_for_no_ink()
    pad.page.click("#go")
    pad.page.wait_for_selector('#stage[data-step="4"]')
    pad.page.wait_for_timeout(1_500)
    photograph(pad, out / f"wiped-{panel}-{language}.png", language)
    print(f"{panel} {language}", flush=True)
    print(f"  emulated / processor time, writing: {per_core:.2f}")
    tell("emulated / real, writing", hand.ratios)
    tell("million cycles a second, writing", hand.cycles)
    if figures and language == "ja":
        found = delays(pad, hand)
        tell("pen to glass, emulated ms", [emulated for emulated, _ in found])
        tell("pen to glass, real ms", [real for _, real in found])
        pad.hold("wipe")
        pad.wait("ready")
        pad.page.wait_for_timeout(1_000)
        idle = Writer(pad)
        processor, emulated = processor_s(session), pad.emulated_s()
        for _ in range(6):
            pad.page.wait_for_timeout(500)
            idle.look()
        per_core = (pad.emulated_s() - emulated) / (processor_s(session) - processor)
        print(f"  emulated / processor time, idle: {per_core:.1f}")
        tell("emulated / real, idle", idle.ratios)
    context.close()


def main() -> None:
    """Build and serve the page, run all four."""
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        PageServer(0) as server,
        sync_playwright() as playwright,
    ):
        site = build_site(Path(folder) / "pad")
        files = [path for path in site.rglob("*") if path.is_file()]
        whole = sum(path.stat().st_size for path in files)
        code = sum(path.stat().st_size for path in files if path.parent == site)
        print(f"page: {code:,} bytes without images, {whole:,} with all of them")
        threading.Thread(target=server.serve, args=(site,), daemon=True).start()
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for panel, language in NOTES:
            run(browser, server.address, panel, language, out, "--figures" in sys.argv)
        browser.close()


if __name__ == "__main__":
    main()
