"""A hidden tab: emulated time keeps its pace, and the end of a call wipes.

Playwright gives every tab the focus, so this test uses the DevTools protocol, in a profile without Playwright.
"""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from pad_page import BLANK, COUNT, INK_BELOW, PATIENCE_MS, STRIP_PX
from playwright.sync_api import Browser, CDPSession, Page

pytestmark = pytest.mark.slow

# A tab with timers throttled to one a second would reach a tenth of its pace on a free core.
MOST_TIMES_SLOWER = 4


class Tab:
    """One tab, by messages of the DevTools protocol."""

    def __init__(self, session: CDPSession, profile: str, address: str, clock: Page) -> None:
        self._session = session
        self._profile = profile
        self._clock = clock
        self._answers: dict[int, Any] = {}
        self._asked = 0
        self.target = self._create(address)
        session.on("Target.receivedMessageFromTarget", self._hear)
        attached = session.send("Target.attachToTarget", {"targetId": self.target, "flatten": False})
        self._attached = attached["sessionId"]

    def _create(self, address: str) -> str:
        created = self._session.send(
            "Target.createTarget", {"url": address, "browserContextId": self._profile}
        )
        return str(created["targetId"])

    def _hear(self, event: dict[str, str]) -> None:
        message = json.loads(event["message"])
        if "id" in message:
            self._answers[message["id"]] = message

    def send(self, method: str, **params: Any) -> dict[str, Any]:
        self._asked += 1
        message = json.dumps({"id": self._asked, "method": method, "params": params})
        self._session.send("Target.sendMessageToTarget", {"sessionId": self._attached, "message": message})
        for _ in range(PATIENCE_MS // 20):
            if self._asked in self._answers:
                # A page that is still loading answers with an error and has no result.
                return dict(self._answers.pop(self._asked).get("result", {}))
            self._clock.wait_for_timeout(20)
        raise AssertionError(f"no answer to {method}")

    def read(self, expression: str) -> Any:
        """The value of a JavaScript expression in the tab."""
        return (
            self.send("Runtime.evaluate", expression=expression, returnByValue=True)
            .get("result", {})
            .get("value")
        )

    def until(self, expression: str) -> None:
        """Wait until the expression holds."""
        for _ in range(PATIENCE_MS // 100):
            if self.read(expression):
                return
            self._clock.wait_for_timeout(100)
        raise AssertionError(f"never: {expression}")

    def until_state(self, state: str) -> None:
        self.until(f"document.getElementById('pad-state')?.dataset.state === '{state}'")

    def ink(self) -> int:
        return int(self.read(f"({COUNT})([{INK_BELOW}, {STRIP_PX}])"))

    def hide(self) -> None:
        """Bring another tab of the window to the front."""
        self._create("about:blank")
        self.until("document.visibilityState === 'hidden'")

    def pace(self) -> float:
        """Emulated seconds in a second, over two emulated ones."""
        emulated = "parseFloat(document.getElementById('emulated').textContent)"
        began, real = self.read(emulated), time.monotonic()
        self.until(f"{emulated} > {began} + 2")
        return float(self.read(emulated) - began) / (time.monotonic() - real)

    def write(self) -> None:
        glass = "document.getElementById('glass').getBoundingClientRect()"
        left, top, width = (self.read(f"{glass}.{name}") for name in ("x", "y", "width"))
        for index in range(30):
            place = {"x": left + width * (0.2 + index / 75), "y": top + width * (0.2 + 0.02 * (index % 7))}
            kind = "mousePressed" if index == 0 else "mouseMoved"
            self.send("Input.dispatchMouseEvent", type=kind, button="left", buttons=1, clickCount=1, **place)
        self.send("Input.dispatchMouseEvent", type="mouseReleased", button="left", clickCount=1, **place)


@pytest.fixture
def tab(chromium: Browser, address: str) -> Iterator[Tab]:
    clock = chromium.new_page()  # its loop receives the protocol's messages
    session = chromium.new_browser_cdp_session()
    profile = session.send("Target.createBrowserContext")["browserContextId"]
    yield Tab(session, profile, f"{address}?panel=4in2&lang=en&{BLANK}", clock)
    session.send("Target.disposeBrowserContext", {"browserContextId": profile})
    session.detach()
    clock.close()


def test_pace_and_wipe_in_a_hidden_tab(tab: Tab) -> None:
    tab.until_state("ready")
    tab.read("document.getElementById('call').click()")
    tab.write()
    tab.until_state("note")
    tab.until(f"({COUNT})([{INK_BELOW}, {STRIP_PX}]) > 100")

    shown = tab.pace()
    tab.hide()
    assert tab.pace() > shown / MOST_TIMES_SLOWER

    tab.read("document.getElementById('call').click()")  # the call ends
    tab.until_state("ready")
    assert tab.read("document.visibilityState") == "hidden"
    tab.until(f"({COUNT})([{INK_BELOW}, {STRIP_PX}]) === 0")
    assert "call line closed" in tab.read("document.getElementById('wipe-steps').textContent")
