"""A page that runs a pad, as a person sees it: pixels, words, keys. Nothing here reads the bench's state."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import FloatRect, Page

# Booting takes 2 s of emulated time, and longer on a busy machine: this is a guard, not a limit.
PATIENCE_MS = 120_000
STRIP_PX = 32
"""Rows at the lower edge of the glass that belong to the pad's own texts."""

BLANK = "sample=0&bench=1"
"""No note is written at load and no call is on; the bench's details are shown."""

# Pixels of the canvas above the strip: red channel below the argument. Ink is drawn near 38, paper near 232.
COUNT = """([below, strip]) => {
  const glass = document.getElementById("glass");
  const { data } = glass.getContext("2d").getImageData(0, 0, glass.width, glass.height - strip);
  let count = 0;
  for (let at = 0; at < data.length; at += 4) if (data[at] < below) count++;
  return count;
}"""
INK_BELOW = 140
MARK_BELOW = 226
"""A pixel that is not quite paper: 226 of 232 is a thirtieth of the way to ink."""

LEAST_KEY_PX = 44
# Whether glass, map of the memory and primary button are whole in the window, and nothing lies over the map.
SEEN = """() => {
  const seen = (id) => {
    const box = document.getElementById(id).getBoundingClientRect();
    return box.top >= 0 && box.bottom <= innerHeight && box.left >= 0 && box.right <= innerWidth;
  };
  const map = document.getElementById("screen").getBoundingClientRect();
  const top = document.elementFromPoint(map.left + map.width / 2, map.bottom - 3);
  const free = top !== null && top.closest("#screen") !== null;
  return [seen("glass"), seen("screen") && free, seen("go")];
}"""
# Width and height of each key of the pad, and whether a finger near its edge reaches it.
KEYS = """() => [...document.querySelectorAll("button[data-key]")].map((key) => {
  const box = key.getBoundingClientRect();
  const at = (x, y) => document.elementFromPoint(x, y)?.closest("button[data-key]") === key;
  const reached = at(box.left + 2, box.top + box.height / 2) && at(box.right - 2, box.top + box.height / 2);
  return [box.width, box.height, reached];
})"""

_STORED = """async () => {
  const apart = [await indexedDB.databases(), await caches.keys(), document.cookie];
  return apart.reduce((sum, kept) => sum + kept.length, localStorage.length + sessionStorage.length);
}"""

_HEAR_VIOLATIONS = """
window.violations = [];
document.addEventListener("securitypolicyviolation", ({ effectiveDirective }) => {
  window.violations.push(effectiveDirective);
});
"""


class PadPage:
    """One tab. `query` chooses pad and language; with BLANK in it the visitor is alone with the pad."""

    def __init__(self, page: Page, address: str, query: str) -> None:
        self.page = page
        page.set_default_timeout(PATIENCE_MS)
        page.add_init_script(_HEAR_VIOLATIONS)
        page.goto(address + query)

    def wait(self, state: str) -> None:
        """Wait until the page shows `state` (data-state of #pad-state)."""
        self.page.wait_for_selector(f"#pad-state[data-state={state}]")

    def ink(self, below: int = INK_BELOW) -> int:
        """Dark pixels of the glass above the strip."""
        return int(self.page.evaluate(COUNT, [below, STRIP_PX]))

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """Poll ten times a second until `condition()` holds.

        Playwright's wait_for_function evaluates a string, which the page's policy forbids.
        """
        for _ in range(PATIENCE_MS // 100):
            if condition():
                return
            self.page.wait_for_timeout(100)
        raise AssertionError(f"never: {what}")

    def wait_for_ink(self, least: int = 150) -> None:
        """Wait until that much ink is on the glass."""
        self.until(lambda: self.ink() >= least, f"{least} dark pixels")

    def wait_for_no_ink(self) -> None:
        """Wait until no ink is on the glass."""
        self.until(lambda: self.ink() == 0, "no dark pixel")

    def settle(self) -> None:
        """Wait until all strokes are on the glass: no event for a second of the pad's time, and none is half done."""
        last = self.page.locator("#log li").first
        text, since = "", 0.0
        while True:
            now, seen = self.emulated_s(), str(last.text_content())
            if seen != text:
                text, since = seen, now
            elif now - since > 1 and last.get_attribute("data-event") in ("refresh-end", "pen-up"):
                return
            self.page.wait_for_timeout(200)

    def emulated_s(self) -> float:
        """Emulated time that the page shows."""
        return float(str(self.page.text_content("#emulated")).removesuffix(" s"))

    def write(self, points: int = 60, top: float = 0.3) -> None:
        """A narrow zigzag with the mouse, as dense as handwriting: the search needs rows full of ink."""
        box = self._shown("#glass")
        mouse = self.page.mouse
        for index in range(points):
            x = box["x"] + box["width"] * (0.2 + 0.0045 * index)
            y = box["y"] + box["height"] * (top + 0.02 * (index % 9))
            mouse.move(x, y)
            if index == 0:
                mouse.down()
            self.page.wait_for_timeout(16)
        mouse.up()

    def hold(self, key: str, ms: int = 120) -> None:
        """Hold one of the pad's keys with the mouse."""
        box = self._shown(f"button[data-key={key}]")
        self.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        self.page.mouse.down()
        self.page.wait_for_timeout(ms)
        self.page.mouse.up()

    def _shown(self, selector: str) -> FloatRect:
        """Where an element is, once it is within the window: the mouse reaches nothing else."""
        element = self.page.locator(selector)
        element.scroll_into_view_if_needed()
        box = element.bounding_box()
        assert box is not None
        return box

    def found(self) -> dict[str, list[str]]:
        """The table of the search: resource to what was found with the note and after the wipe."""
        rows = self.page.locator("#found tbody tr").all()
        return {str(row.get_attribute("data-place")): row.locator("td").all_inner_texts() for row in rows}

    def search(self, column: int) -> dict[str, int]:
        """Press the button and wait for its numbers: column 0 with the note, 1 after the wipe."""
        self.page.click("#search")
        self.until(lambda: self.found()["sram"][column] != "–", "an answer of the search")
        return {place: int(numbers[column]) for place, numbers in self.found().items()}

    def ink_bytes(self) -> int:
        """Ink bytes as the memory map shows them."""
        return int(self.page.get_attribute("#ink-bytes", "data-bytes") or -1)

    def steps(self) -> dict[str, float]:
        """The last wipe: step -> emulated milliseconds after the event."""
        items = self.page.locator("#wipe-steps li[data-step]").all()
        times = {str(step.get_attribute("data-step")): step.locator(".time").inner_text() for step in items}
        return {name: float(text.removeprefix("+").removesuffix(" ms")) for name, text in times.items()}

    def stored(self) -> int:
        """What this origin stores: storages, cookies, databases, caches."""
        return int(self.page.evaluate(_STORED))

    def violations(self) -> list[str]:
        """Directives of the content security policy that were violated."""
        return [str(each) for each in self.page.evaluate("window.violations")]
