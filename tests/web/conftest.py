"""conftest: the page, built once and served on loopback, and one Chromium for all tests of a worker."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator

import pytest
from kesu.demo.page.serve import PageServer
from kesu.demo.page.site import build_site
from pad_page import BLANK, PadPage
from playwright.sync_api import Browser, BrowserContext, sync_playwright


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the page is served."""
    site = build_site(tmp_path_factory.mktemp("site") / "pad")
    with PageServer(0) as server:
        thread = threading.Thread(target=server.serve, args=(site,), daemon=True)
        thread.start()
        yield server.address
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, with the throttling of hidden tabs that Playwright switches off by default.

    For one module only: while it is open, Playwright keeps an event loop running in this thread, and the
    tests of the agent start their own loops.
    """
    program = shutil.which("chromium")
    assert program is not None, "no chromium: ./dev setup installs it"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program,
            args=["--no-sandbox"],  # the tests may run as root
            ignore_default_args=[
                "--disable-backgrounding-occluded-windows",
                "--disable-background-timer-throttling",
                "--disable-renderer-backgrounding",
            ],
        )
        yield browser
        browser.close()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """A separate browser profile."""
    fresh = chromium.new_context(viewport={"width": 1280, "height": 800})
    yield fresh
    fresh.close()


@pytest.fixture
def open_pad(context: BrowserContext, address: str) -> Callable[[str], PadPage]:
    """Open a pad in a new tab, chosen by the query, without the sample note, and wait until it is blank and ready."""

    def opened(query: str) -> PadPage:
        pad = PadPage(context.new_page(), address, f"{query}&{BLANK}")
        pad.wait("ready")
        return pad

    return opened
