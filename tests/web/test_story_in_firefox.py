"""The page in Firefox: the story to its end, a hand that writes, and one view of glass and memory on a phone."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from collections.abc import Iterator

import pytest
from firefox import Firefox, launched, program
from pad_page import COUNT, INK_BELOW, KEYS, LEAST_KEY_PX, MARK_BELOW, SEEN, STRIP_PX

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(program() is None, reason="no Firefox on this machine: apt-get install firefox-esr"),
]

ROWS = """return Object.fromEntries([...document.querySelectorAll("#found tbody tr")].map((row) =>
  [row.dataset.place, [...row.cells].slice(1).map((cell) => cell.textContent)]));"""
BOX = """const box = document.querySelector(arguments[0]).getBoundingClientRect();
return [box.left, box.top, box.width, box.height];"""
SHOWN = "return document.querySelector(arguments[0]).textContent;"
CAN_GO = 'return document.querySelector("#go:enabled") !== null;'
BLANK = 'return document.querySelector("#pad-state").dataset.state === "ready";'


@pytest.fixture(scope="module")
def firefox() -> Iterator[Firefox]:
    """One Firefox for all tests of the module."""
    with launched() as browser:
        browser.resize(1280, 800)
        yield browser


def ink(firefox: Firefox, below: int = INK_BELOW) -> int:
    """Dark pixels of the glass above the strip."""
    return int(firefox.script(f"return ({COUNT})(arguments[0]);", [below, STRIP_PX]))


def at_step(step: int) -> str:
    return f'return document.querySelector("#stage").dataset.step === "{step}";'


def write(firefox: Firefox) -> None:
    """A narrow zigzag, as in Chromium's tests."""
    left, top, width, height = firefox.script(BOX, "#glass")
    firefox.pen(
        [
            (left + width * (0.2 + 0.0045 * index), top + height * (0.3 + 0.02 * (index % 9)))
            for index in range(60)
        ]
    )


def test_the_story_ends_with_nothing_left(firefox: Firefox, address: str) -> None:
    """4.2", Japanese: the sample writes itself, the call ends, the search before and after agrees with the words."""
    firefox.open(f"{address}?panel=4in2&lang=ja")
    firefox.until(CAN_GO, "half of the sample")
    assert ink(firefox) > 0
    assert firefox.script(SHOWN, "#say") == "いま、メモはここにあります。"
    assert int(firefox.script("return document.querySelector('#ink-bytes').dataset.bytes;")) > 0
    firefox.click("#go")
    firefox.until(at_step(2), "the end of the call")
    firefox.until(CAN_GO, "a clean glass")
    assert firefox.script(SHOWN, "#say").startswith("通話が終わりました。")
    firefox.click("#go")
    firefox.until(at_step(4), "the answer of the search")
    assert firefox.script(SHOWN, "#say") == "8か所のどこにも、残っていません。"
    found = firefox.script(ROWS)
    assert all(int(found[place][0]) > 0 for place in ("sram", "plane-new", "glass", "touch")), found
    assert {columns[1] for columns in found.values()} == {"0"}
    assert ink(firefox, MARK_BELOW) == 0
    assert int(firefox.script("return document.querySelector('#ink-bytes').dataset.bytes;")) == 0


def test_a_hand_writes_and_wipe_removes_it(firefox: Firefox, address: str) -> None:
    """2.9", English: a blank pad, ink by the mouse, the WIPE key, a blank pad."""
    firefox.open(f"{address}?panel=2in9&lang=en&sample=0")
    firefox.until(BLANK, "a blank pad")
    assert ink(firefox, MARK_BELOW) == 0
    write(firefox)
    firefox.until(f"return ({COUNT})([{INK_BELOW}, {STRIP_PX}]) > 100;", "ink")
    left, top, width, height = firefox.script(BOX, "button[data-key=wipe]")
    middle = (left + width / 2, top + height / 2)
    firefox.pen([middle, middle], every_ms=150)
    firefox.until(at_step(2), "a wipe")
    firefox.until(BLANK, "a blank pad")
    firefox.until(f"return ({COUNT})([{MARK_BELOW}, {STRIP_PX}]) === 0;", "no ink")


def test_glass_and_memory_are_in_one_view(firefox: Firefox, address: str) -> None:
    firefox.open(f"{address}?panel=4in2&lang=ja")
    firefox.until(CAN_GO, "half of the sample")
    for width, height in ((390, 844), (820, 1180), (1280, 800), (1920, 1080)):
        firefox.resize(width, height)
        firefox.until(f"return innerWidth === {width};", "the new size")
        assert firefox.script("return document.documentElement.scrollWidth;") <= width
        assert firefox.script(f"return ({SEEN})();") == [True, True, True], (width, height)
        for wide, high, reached in firefox.script(f"return ({KEYS})();"):
            assert min(wide, high) >= LEAST_KEY_PX
            assert reached
    firefox.resize(390, 500)
    assert firefox.script(f"return ({SEEN})();") != [True, True, True], "a window too low for both is noticed"
    firefox.resize(1280, 800)
