"""Screens of the product page to look at: each step of the story, in four widths, two languages, two themes.

    .venv/bin/python tests/support/story_screens.py OUT [--panel 2in9] [--firefox]

writes OUT/WIDTH-LANGUAGE-THEME-STEP.png (steps 1, 2 and 4; whole: the page to its end), and a sheet of all widths
for each language, theme and step. With --firefox the same in Firefox, without the whole page.
"""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import argparse
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path

from firefox import launched
from kesu.demo.page.serve import PageServer
from kesu.demo.page.site import build_site
from kesu.spec.panels import FILMS
from PIL import Image
from playwright.sync_api import Page, sync_playwright

SIZES = {390: 844, 820: 1180, 1280: 800, 1920: 1080}
LANGUAGES, THEMES = ("ja", "en"), ("light", "dark")
SHEET_HIGH = 800
SETTLED_S = 1.0
CAN_GO = 'return document.querySelector("#go:enabled") !== null;'

Shot = Callable[[int, int, str], bytes]
"""Width, height, step: the viewport as a PNG."""


def sheet(out: Path, name: str) -> None:
    """The pictures of all widths side by side."""
    pictures = [Image.open(out / f"{width}-{name}.png") for width in SIZES]
    scaled = [each.resize((round(each.width * SHEET_HIGH / each.height), SHEET_HIGH)) for each in pictures]
    whole = Image.new("RGB", (sum(each.width for each in scaled), SHEET_HIGH))
    left = 0
    for each in scaled:
        whole.paste(each, (left, 0))
        left += each.width
    whole.save(out / f"sheet-{name}.png")


def take(out: Path, name: str, step: str, shot: Shot) -> None:
    """One step in all widths."""
    for width, height in SIZES.items():
        (out / f"{width}-{name}-{step}.png").write_bytes(shot(width, height, step))
    sheet(out, f"{name}-{step}")


def in_chromium(address: str, out: Path, panel: str) -> None:
    """All combinations in Chromium."""
    with sync_playwright() as playwright:
        program = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for language, theme in product(LANGUAGES, THEMES):
            page = browser.new_page()
            page.set_default_timeout(180_000)
            page.goto(f"{address}?panel={panel}&lang={language}&theme={theme}")

            def shot(width: int, height: int, step: str, page: Page = page) -> bytes:
                page.set_viewport_size({"width": width, "height": height})
                page.wait_for_timeout(SETTLED_S * 1000)
                return page.screenshot(full_page=step == "whole")

            name = f"{language}-{theme}"
            page.wait_for_selector("#go:enabled")
            take(out, name, "1", shot)
            take(out, name, "whole", shot)
            page.click("#go")
            page.wait_for_selector('#stage[data-step="2"]')
            page.wait_for_selector("#go:enabled")
            take(out, name, "2", shot)
            page.click("#go")
            page.wait_for_selector('#stage[data-step="4"]')
            take(out, name, "4", shot)
            page.close()
        browser.close()


def in_firefox(address: str, out: Path, panel: str) -> None:
    """All combinations in Firefox."""
    with launched() as firefox:

        def shot(width: int, height: int, _step: str) -> bytes:
            firefox.resize(width, height)
            time.sleep(SETTLED_S)
            return firefox.screenshot()

        for language, theme in product(LANGUAGES, THEMES):
            name = f"{language}-{theme}"
            firefox.open(f"{address}?panel={panel}&lang={language}&theme={theme}")
            firefox.until(CAN_GO, "half of the sample")
            take(out, name, "1", shot)
            for step in ("2", "4"):
                firefox.click("#go")
                firefox.until(f'return document.querySelector("#stage").dataset.step === "{step}";', step)
                firefox.until(CAN_GO, "what comes next")
                take(out, name, step, shot)


@contextmanager
def served() -> Iterator[str]:
    """The page, built and served."""
    with tempfile.TemporaryDirectory() as folder, PageServer(0) as server:
        site = build_site(Path(folder) / "pad")
        threading.Thread(target=server.serve, args=(site,), daemon=True).start()
        yield server.address


def main() -> None:
    """Read the arguments, take all pictures."""
    parser = argparse.ArgumentParser(description="Screens of the product page to look at.")
    parser.add_argument("out", type=Path)
    parser.add_argument("--panel", choices=sorted(FILMS), default="4in2")
    parser.add_argument("--firefox", action="store_true")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    with served() as address:
        (in_firefox if given.firefox else in_chromium)(address, given.out, given.panel)


if __name__ == "__main__":
    main()
