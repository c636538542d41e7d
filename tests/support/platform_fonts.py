"""The fonts that Chromium used for a page's text, by the DevTools protocol."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from playwright.sync_api import BrowserContext, Page


def drawn_with(context: BrowserContext, page: Page) -> dict[tuple[str, bool], int]:
    """(family, whether from the page) -> glyphs drawn, over every element that has its own text."""
    page.evaluate("() => document.fonts.ready.then(() => true)")
    session = context.new_cdp_session(page)
    session.send("DOM.enable")
    session.send("CSS.enable")
    root = session.send("DOM.getDocument", {"depth": 0})["root"]["nodeId"]
    nodes = session.send("DOM.querySelectorAll", {"nodeId": root, "selector": "body, body *"})["nodeIds"]
    drawn: dict[tuple[str, bool], int] = {}
    for node in nodes:  # only the text directly in each element
        for font in session.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]:
            key = str(font["familyName"]), bool(font["isCustomFont"])
            drawn[key] = drawn.get(key, 0) + int(font["glyphCount"])
    session.detach()
    return drawn
