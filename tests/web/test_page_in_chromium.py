"""The pad in a real browser: write, read the pixels, wipe, read again. Four boots for four images."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from collections.abc import Callable

import pytest
from pad_page import MARK_BELOW, PadPage
from playwright.sync_api import BrowserContext

pytestmark = pytest.mark.slow

Open = Callable[[str], PadPage]
HELD_BY_A_NOTE = ("sram", "plane-new", "glass", "touch")
NEVER = ("flash", "usb")
R1_MS, PLANES_MS = 5, 25  # design: R1 zero in 5 ms, both planes white 20 ms later


def test_a_note_is_found_before_the_wipe_and_not_after_it(
    context: BrowserContext, address: str, open_pad: Open
) -> None:
    """4.2", Japanese: mouse, pixels, memory, search, WIPE held; no request away, nothing stored, reload."""
    requests: list[str] = []
    context.on("request", lambda request: requests.append(request.url))
    pad = open_pad("?panel=4in2&lang=ja")
    assert pad.page.locator("#pad-state").inner_text() == "記入可能"
    assert pad.ink(MARK_BELOW) == 0

    pad.write()
    pad.wait_for_ink()
    pad.wait("note")
    assert pad.ink_bytes() > 0
    pad.settle()
    before = pad.search(0)
    assert all(before[place] > 0 for place in HELD_BY_A_NOTE), before
    assert all(before[place] == 0 for place in NEVER), before
    note = pad.page.locator("#search-note")
    assert "残っていません" not in note.inner_text()

    pad.hold("wipe")
    pad.wait("wiping")
    pad.wait("ready")
    pad.wait_for_no_ink()
    assert pad.ink(MARK_BELOW) == 0
    pad.until(lambda: pad.ink_bytes() == 0, "a dark map of the memory")
    assert set(pad.search(1).values()) == {0}
    assert "8か所のどこにも、残っていません。" in note.inner_text()
    assert int(pad.found()["sram"][0]) > 0, "the result of the search just before the wipe stays in the table"
    steps = pad.steps()
    assert steps["memory"] <= R1_MS
    assert steps["planes"] <= PLANES_MS

    assert {"bench.js", "bootrom.bin", "rp2040.wasm"} <= {url.rsplit("/", 1)[-1] for url in requests}
    assert [url for url in requests if not url.startswith(address)] == []
    assert pad.violations() == []
    pad.page.evaluate("() => { const far = new Image(); far.src = 'https://pad.invalid/x.png'; }")
    pad.until(lambda: pad.violations() != [], "a violation")
    assert set(pad.violations()) == {"img-src"}, "the policy is in force, and violations are reported"

    assert pad.stored() == 0
    pad.page.evaluate("localStorage.setItem('there', '1')")
    assert pad.stored() == 1

    pad.write()
    pad.wait_for_ink()
    pad.page.reload()
    pad.wait("ready")
    assert pad.ink(MARK_BELOW) == 0
    pad.page.click("#search")
    pad.page.get_by_text("まだ何も書かれていません。").wait_for()


def test_keyboard_alone(open_pad: Open) -> None:
    """2.9", English: the pen by arrow keys, search and WIPE by letters, choices by the keyboard too."""
    pad = open_pad("?panel=2in9&lang=en")
    keyboard = pad.page.keyboard
    assert pad.page.locator("#pad-state").inner_text() == "Blank"
    keyboard.press("g")
    keyboard.press(" ")
    for turn in range(8):  # a comb with uneven teeth: a row across it is long and unique
        for key, ms in (
            ("ArrowDown", 250),
            ("ArrowRight", 60 + 35 * (turn % 3)),
            ("ArrowUp", 250),
            ("ArrowRight", 90),
        ):
            keyboard.down(key)
            pad.page.wait_for_timeout(ms)
            keyboard.up(key)
    keyboard.press(" ")
    pad.wait_for_ink(least=150)

    def note_found() -> bool:
        keyboard.press("s")
        pad.page.wait_for_timeout(1_000)
        return pad.page.locator("#found td.some").count() > 0

    pad.until(note_found, "the note in the search's first column")
    keyboard.down("w")
    pad.wait("wiping")
    keyboard.up("w")
    pad.wait("ready")
    pad.wait_for_no_ink()
    assert pad.ink(MARK_BELOW) == 0
    # MODE changes the tool; with the letters off nothing happens.
    keyboard.press("m")
    pad.page.locator("#log [data-event=key-down]", has_text="MODE key").wait_for()
    pad.page.locator("#letters").uncheck()
    keyboard.press("a")
    keyboard.press("c")
    pad.page.wait_for_timeout(300)
    assert pad.page.locator("#log [data-event=key-down]", has_text="AWAY key").count() == 0
    assert pad.page.locator("#log [data-event=dtr-high]").count() == 0


def test_the_end_of_a_call_wipes_and_a_second_tab_is_another_pad(open_pad: Open) -> None:
    """4.2", English: the call line opened, then closed; a byte of the line; the other tab stays blank."""
    pad = open_pad("?panel=4in2&lang=en")
    pad.page.click("#call")
    pad.page.locator("#log [data-event=dtr-high]").wait_for()
    pad.write()
    pad.wait_for_ink()

    other = open_pad("?panel=2in9&lang=ja")
    assert other.ink(MARK_BELOW) == 0
    other.write(top=0.2)
    other.wait_for_ink()
    other.page.click("button[data-byte=A]")
    other.page.locator("#wipe-steps", has_text="PCから送信：A").wait_for()
    other.wait("away")
    other.page.click("button[data-lang=en]")
    other.wait("ready")
    assert "en" in other.page.url
    assert "AWAY" not in other.page.locator("#log").inner_text()

    pad.page.bring_to_front()
    assert pad.page.locator("#pad-state").get_attribute("data-state") == "note"
    assert pad.ink() > 0
    pad.page.click("#call")
    pad.page.locator("#wipe-steps", has_text="call line closed").wait_for()
    pad.wait("ready")
    pad.wait_for_no_ink()


def test_the_other_board(open_pad: Open) -> None:
    """Pico 2, 4.2", English: a note, the search, WIPE, the search; then the page's choice of the Pico."""
    pad = open_pad("?board=pico2&panel=4in2&lang=en")
    assert "kesu-pico2-4in2" in (pad.page.locator("#image-id").text_content() or "")
    pad.write()
    pad.wait_for_ink()
    pad.wait("note")
    pad.settle()
    before = pad.search(0)
    assert all(before[place] > 0 for place in HELD_BY_A_NOTE), before
    assert all(before[place] == 0 for place in NEVER), before
    pad.hold("wipe")
    pad.wait("wiping")
    pad.wait("ready")
    pad.wait_for_no_ink()
    assert set(pad.search(1).values()) == {0}
    steps = pad.steps()
    assert steps["memory"] <= R1_MS
    assert steps["planes"] <= PLANES_MS
    assert pad.violations() == []

    pad.page.select_option("#board", "pico")
    pad.page.locator("#image-id", has_text="kesu-pico-4in2").wait_for(state="attached")
    pad.wait("ready")
    assert "board=pico&" in pad.page.url


def test_slow_machine_keeps_the_order(context: BrowserContext, open_pad: Open) -> None:
    """2.9", the older film, a processor six times slower: WIPE comes after the pen and removes all ink."""
    pad = open_pad("?panel=2in9-v2&lang=en")
    throttle = context.new_cdp_session(pad.page)
    throttle.send("Emulation.setCPUThrottlingRate", {"rate": 6})
    pad.write(points=25)
    pad.hold("wipe")
    pad.page.locator("#wipe-steps [data-step=ready] .time", has_text="ms").wait_for()
    throttle.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    events = [str(each.get_attribute("data-event")) for each in pad.page.locator("#log li").all()]
    assert "pen-up" in events
    assert events.index("key-down") < events.index("pen-up"), "newest first: the key is after the pen"
    assert pad.ink(MARK_BELOW) == 0
    assert set(pad.search(1).values()) == {0}
    assert pad.page.locator("#search-note").inner_text().split()[0] != "0", "there was a note to search for"


def test_tablets_and_a_finger(context: BrowserContext, open_pad: Open) -> None:
    """1280 x 800 and tablets: no horizontal scrolling, the film's proportions, both themes; a finger writes."""
    pad = open_pad("?panel=4in2&lang=ja&theme=dark")
    paper = pad.page.evaluate("getComputedStyle(document.body).backgroundColor")
    for width, height in ((1280, 800), (1024, 768), (820, 1180)):
        pad.page.set_viewport_size({"width": width, "height": height})
        pad.page.wait_for_timeout(100)
        assert pad.page.evaluate("document.documentElement.scrollWidth") <= width
        box = pad.page.locator("#glass").bounding_box()
        assert box is not None
        assert abs(box["width"] / box["height"] - 84.8 / 63.6) < 0.01
        assert box["width"] > 0.3 * width
        left, top, across = box["x"], box["y"], box["width"]
    pad.page.click("#theme")
    assert pad.page.evaluate("getComputedStyle(document.body).backgroundColor") != paper
    finger = context.new_cdp_session(pad.page)
    for index in range(30):
        point = {"x": left + across * (0.2 + 0.01 * index), "y": top + 60 + 8 * (index % 5)}
        kind = "touchStart" if index == 0 else "touchMove"
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
        pad.page.wait_for_timeout(16)
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    pad.wait_for_ink(least=80)
    assert pad.page.locator("#log [data-event=pen-down]").count() == 1
