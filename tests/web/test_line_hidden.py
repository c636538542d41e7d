"""test_line_hidden: a tab in the background keeps its line, because its worker asks and the page only answers.

Chromium throttles a hidden page's timers to one a minute after five minutes; a switch makes it begin after one second.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import line_site
import pytest
from line_bench import LineBench
from playwright.sync_api import Browser, sync_playwright
from serial_bridge import Bridge, serving
from test_page_hidden import Tab

pytestmark = [pytest.mark.slow, pytest.mark.long]

SOON = "IntensiveWakeUpThrottling:grace_period_seconds/1"
HIDDEN_S = 30.0
BOUND_S = 20  # far below a minute, and far above what a busy machine takes to answer
THROTTLED = [
    "--disable-backgrounding-occluded-windows",
    "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding",
]
"""What Playwright switches off by default."""


@pytest.fixture
def throttling() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", f"--enable-features={SOON}"],
            ignore_default_args=THROTTLED,
        )
        yield browser
        browser.close()


@pytest.fixture
def hidden(throttling: Browser) -> Callable[[str], Tab]:
    """Opens a tab with its own profile, to be hidden by `Tab.hide`."""
    clock = throttling.new_page()
    session = throttling.new_browser_cdp_session()
    profile = session.send("Target.createBrowserContext")["browserContextId"]
    return lambda url: Tab(session, profile, url, clock)


def wait(seconds: float) -> Iterator[None]:
    """Gives control twice a second until the time is over."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(0.5)
        yield


def test_messages_of_a_worker_reach_a_page_whose_timers_are_throttled(
    hidden: Callable[[str], Tab], tmp_path: Path
) -> None:
    """The assumption. With a heartbeat of the page's own timers instead, the line would go down."""
    (tmp_path / "index.html").write_text(
        "<script>let beats = 0, messages = 0; setInterval(() => beats++, 1000);"
        "new Worker('worker.js').onmessage = () => messages++</script>",
        encoding="utf-8",
    )
    (tmp_path / "worker.js").write_text("setInterval(() => postMessage(0), 1000)", encoding="utf-8")
    with serving(Bridge("", tmp_path)) as address:
        tab = hidden(address)
        tab.until("beats > 2")
        tab.hide()
        beats, messages = tab.read("beats"), tab.read("messages")
        for _ in wait(HIDDEN_S):
            pass
        beats, messages = tab.read("beats") - beats, tab.read("messages") - messages
    assert beats < HIDDEN_S / 4
    assert messages > 2 * beats


def test_a_hidden_tab_keeps_its_line_and_follows_the_call(
    hidden: Callable[[str], Tab], tmp_path: Path
) -> None:
    site = line_site.build(tmp_path / "site")
    with LineBench() as bench, serving(Bridge(bench.url, site)) as address:
        tab = hidden(f"{address}?stalled={BOUND_S}")
        tab.until("window.softphone !== undefined")
        tab.read("softphone.say('ready')")
        tab.until("softphone.line.status.port === 'open' && softphone.line.status.dtr")
        tab.hide()
        for _ in wait(HIDDEN_S):
            tab.read("softphone.say('alive')")  # as a softphone's server speaks to it
        assert "DTR off" not in bench.happened[bench.happened.index("E") :]
        tab.read("softphone.say('start', 'a call')")
        bench.until(lambda: bench.happened[-1] == "T")
        assert tab.read("document.visibilityState") == "hidden"
