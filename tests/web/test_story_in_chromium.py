"""The page as a visitor sees it: the sample writes itself, the story ends, nobody is kept out; calls to practise."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from collections.abc import Callable
from itertools import product

import pytest
from axe import serious
from kesu.spec.panels import PANELS
from pad_page import KEYS, LEAST_KEY_PX, SEEN, PadPage
from playwright.sync_api import Browser, BrowserContext, CDPSession

pytestmark = pytest.mark.slow

Open = Callable[[str], PadPage]
FIRST_INK_S = 5.0
"""Processor time of the page until the first ink: on a free core this is the time that a visitor waits."""
FIRST_STROKE_MS = 3_000  # emulated: boot, enumeration, the call


def processor_s(session: CDPSession) -> float:
    """Processor time of all renderers so far, seconds."""
    info = session.send("SystemInfo.getProcessInfo")["processInfo"]
    return float(sum(process["cpuTime"] for process in info if process["type"] == "renderer"))


def test_the_sample_writes_itself_and_the_story_ends_with_nothing_left(
    chromium: Browser, context: BrowserContext, address: str
) -> None:
    """4.2", Japanese: first ink, the call ended before the pen is done, the search before and after, write again."""
    session = chromium.new_browser_cdp_session()
    before = processor_s(session)
    pad = PadPage(context.new_page(), address, "?panel=4in2&lang=ja")
    pad.wait_for_ink(least=30)
    assert processor_s(session) - before < FIRST_INK_S
    first = pad.page.locator("#log [data-event=pen-down] .time").last.text_content()
    assert 1_000 < 1_000 * float(first or 0) < FIRST_STROKE_MS

    pad.wait("note")
    say, step = pad.page.locator("#say"), pad.page.locator("#stage")
    assert say.inner_text() == "いま、メモはここにあります。"
    assert pad.ink_bytes() > 0
    pad.page.click("#go")  # the end of the call
    pad.page.wait_for_selector('#stage[data-step="2"]')
    pad.page.get_by_text("通話が終わりました。メモは、もうありません。").first.wait_for()
    assert float(pad.page.inner_text("#times [data-step=memory]").removesuffix("ms")) <= 5
    found = pad.found()
    assert int(found["sram"][0]) > 0, "the search before the end ran by itself"
    assert {columns[1] for columns in found.values()} == {"–"}
    pad.wait_for_no_ink()

    pad.page.click("#go")  # the search
    pad.page.wait_for_selector('#stage[data-step="4"]')
    assert say.inner_text() == "8か所のどこにも、残っていません。"
    assert {columns[1] for columns in pad.found().values()} == {"0"}
    held = sum(int(columns[0]) > 0 for columns in pad.found().values())
    assert f"消去前に{held}か所で" in pad.page.inner_text("#sub")
    assert pad.ink_bytes() == 0

    pad.page.click("#go")  # write again
    pad.wait("note")
    assert step.get_attribute("data-step") == "1"
    pad.wait_for_ink()
    assert {columns[0] for columns in pad.found().values()} == {"–"}, "a new note, a new search"


@pytest.mark.parametrize(
    ("way", "said"),
    [
        ("away", "You left the seat."),
        ("sleep", "The PC sleeps."),
        ("hook", "The handset is down."),
        ("plug", "The plug is pulled."),
        ("lock", "The PC is locked."),
    ],
)
def test_other_ways_end_the_note_and_everything_is_put_back(
    context: BrowserContext, address: str, way: str, said: str
) -> None:
    pad = PadPage(context.new_page(), address, "?panel=2in9&lang=en")
    pad.page.wait_for_selector("#go:enabled")
    pad.page.click(f"button[data-end={way}]")
    pad.page.get_by_text(f"{said} The note is gone.").first.wait_for()
    if way == "away":
        pad.wait("away")  # with the words on the glass that say so
        assert pad.page.inner_text("#pad-state") == "Away"
    else:
        pad.wait_for_no_ink()
    pad.page.click("#go")
    pad.page.wait_for_selector('#stage[data-step="4"]')
    assert pad.page.inner_text("#say") == "Eight places. Nothing is left."
    pad.page.click("#go")
    pad.wait_for_ink()


def test_a_wipe_without_an_earlier_note_proves_nothing(open_pad: Open) -> None:
    """The control of the closing sentence: after a note that was too short to be found it is not said."""
    pad = open_pad("?panel=4in2&lang=en")
    box = pad.page.locator("#glass").bounding_box()
    assert box is not None
    pad.page.mouse.move(box["x"] + 60, box["y"] + 60)
    pad.page.mouse.down()
    pad.page.mouse.move(box["x"] + 90, box["y"] + 60)
    pad.page.mouse.up()
    pad.wait("note")
    pad.hold("wipe")
    pad.page.get_by_text("You pressed WIPE. The note is gone.").first.wait_for()
    pad.page.click("#go")
    pad.page.wait_for_selector('#stage[data-step="4"]')
    assert "Nothing is left" not in pad.page.inner_text("#say")


def test_axe_finds_nothing_serious_and_would_find_it(context: BrowserContext, address: str) -> None:
    """Both languages and themes, story and practice, with the details shown; then an element without a name."""
    pad = PadPage(context.new_page(), address, "?panel=4in2&lang=ja&theme=light&bench=1")
    pad.wait("note")
    assert serious(pad.page) == []
    pad.page.click("#go")
    pad.page.wait_for_selector('#stage[data-step="2"]')
    pad.page.click("#go")
    pad.page.wait_for_selector('#stage[data-step="4"]')
    pad.page.wait_for_timeout(1_000)  # the rows of the answer have appeared
    assert serious(pad.page) == []
    pad.page.click("#theme")
    pad.page.click("button[data-lang=en]")
    pad.wait("note")
    pad.page.click("#practice-switch")
    pad.page.get_by_text("The phone rings.").first.wait_for()
    assert serious(pad.page) == []
    pad.page.evaluate(
        "() => { const nameless = document.createElement('button'); document.body.append(nameless); }"
    )
    assert [one["id"] for one in serious(pad.page)] == ["button-name"]


@pytest.mark.parametrize(("panel", "language"), [*product(PANELS, ("ja", "en"))])
def test_a_phone_shows_glass_and_memory_together_and_its_keys_can_be_pressed(
    context: BrowserContext, address: str, panel: str, language: str
) -> None:
    """Four widths with the note there, and each step on the phone."""
    pad = PadPage(context.new_page(), address, f"?panel={panel}&lang={language}")
    pad.wait("note")
    for width, height in ((390, 844), (820, 1180), (1280, 800), (1920, 1080)):
        pad.page.set_viewport_size({"width": width, "height": height})
        pad.page.wait_for_timeout(200)
        assert pad.page.evaluate(SEEN) == [True, True, True], (width, height)
        assert pad.page.evaluate("document.documentElement.scrollWidth") <= width
        for wide, high, reached in pad.page.evaluate(KEYS):
            assert min(wide, high) >= LEAST_KEY_PX, (width, height)
            assert reached, (width, height)
    pad.page.set_viewport_size({"width": 390, "height": 844})
    for step in (2, 4):
        pad.page.click("#go")
        pad.page.wait_for_selector(f'#stage[data-step="{step}"]')
        pad.page.wait_for_selector("#go:enabled")
        pad.page.evaluate("() => scrollTo(0, 0)")
        assert pad.page.evaluate(SEEN) == [True, True, True], step
    pad.page.evaluate("() => { document.getElementById('screen').style.marginTop = '600px'; }")
    assert pad.page.evaluate(SEEN) == [True, False, True], "a map below the fold is noticed"


def test_calls_to_practise_with_a_trainers_settings(context: BrowserContext, address: str) -> None:
    """Ring, talk, hold, hang up, after-call work, the next ring; settings from the address; no sound by itself."""
    query = "?panel=2in9&lang=ja&practice=1&calls=2&wrapup=20&gap=3"
    page = context.new_page()
    page.add_init_script("window.AudioContext = class { constructor() { window.rang = true; throw 1; } };")
    pad = PadPage(page, address, query)
    go, say = page.locator("#go"), page.locator("#practice-say")

    def pressed(button: str, then: str) -> None:
        assert go.inner_text() == button
        go.click()
        page.get_by_text(then).first.wait_for()

    page.get_by_text("電話が鳴っています。").first.wait_for()
    assert page.inner_text("#practice-call") == "練習 1件目（全2件）"
    assert not page.is_checked("#sound")
    assert page.evaluate("window.rang") is None
    pressed("応答する", "お客様とつながりました。")
    assert "山田" in page.inner_text("#practice-caller")
    pad.write(top=0.2)
    pad.wait_for_ink()
    pressed("保留にする", "保留中です。")
    assert pad.ink() > 0
    pressed("保留を解除する", "保留を解除しました。")
    pressed("通話を終える", "通話が終わりました。")
    page.get_by_text("（あと").first.wait_for()
    assert pad.ink() > 0, "after-call work keeps the note"
    pressed("後処理を終える", "メモは、もうありません。")
    pad.wait_for_no_ink()
    page.get_by_text("練習 2件目（全2件）").wait_for()
    assert say.inner_text() == "電話が鳴っています。"
    assert page.locator("#practice-tasks .done").count() == 0
    page.check("#sound")
    pad.until(lambda: page.evaluate("window.rang") is True, "the ring tone, once asked for")
    assert "sound=1" in page.url
    page.click("#practice-switch")
    pad.wait("note")
    assert "practice" not in page.url
