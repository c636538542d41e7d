"""axe: what axe-core finds in a page that Chromium shows."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from typing import Any

from kesu.demo.page.bundle import SOURCES, install_packages
from playwright.sync_api import Page

RUN = """axe.run(document, {resultTypes: ['violations']}).then((found) => found.violations.map(
({id, impact, nodes}) => ({id, impact, nodes: nodes.map(({html}) => html)})))"""


def serious(page: Page) -> list[dict[str, Any]]:
    """What axe calls serious or critical: id, impact and the elements of each finding."""
    install_packages()
    source = (SOURCES / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
    # A page's policy may allow no other script: axe gets a world of its own.
    session = page.context.new_cdp_session(page)
    frame = session.send("Page.getFrameTree")["frameTree"]["frame"]["id"]
    world = session.send("Page.createIsolatedWorld", {"frameId": frame, "worldName": "axe"})
    context = world["executionContextId"]
    session.send("Runtime.evaluate", {"expression": source, "contextId": context})
    answer = session.send(
        "Runtime.evaluate",
        {"expression": RUN, "contextId": context, "awaitPromise": True, "returnByValue": True},
    )
    session.detach()
    found: list[dict[str, Any]] = answer["result"]["value"]
    return [one for one in found if one["impact"] in ("serious", "critical")]
