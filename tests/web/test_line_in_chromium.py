"""test_line_in_chromium: @kesu/line in Chromium, with the sealed image on a virtual pad behind it.

Chromium finds no pad here: a stand-in with the shape of Web Serial is in the worker, and an HTTP connection takes the
place of the port. Whether Chromium's own Web Serial drops DTR in each of these cases has not been tried.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import line_site
import pytest
from kesu.images.toolchain import ensure
from playwright.sync_api import BrowserContext, Page
from serial_bridge import Bridge, serving
from served_pad import ServedPad

pytestmark = [pytest.mark.slow, pytest.mark.long]

PATIENCE_MS = 300_000
CALLER = "090-1234"
Phone = Callable[..., "SoftphonePage"]


class SoftphonePage:
    """One tab with the test page."""

    def __init__(self, page: Page, address: str, query: str) -> None:
        self.page = page
        page.set_default_timeout(PATIENCE_MS)
        page.goto(address + query)

    def say(self, *words: str) -> None:
        """The softphone reports words of one call."""
        for word in words:
            self.page.evaluate("word => softphone.say(word, 'a call')", word)

    def wait(self, **shown: str) -> None:
        """Wait until the page shows these texts, by the elements' identifiers."""
        for element, text in shown.items():
            self.page.wait_for_function(
                "([id, text]) => document.getElementById(id).textContent === text",
                arg=[element, text],
                polling=100,  # not by frames, which a hidden tab does not draw
            )

    def happened(self) -> list[str]:
        """What the worker has reported."""
        return list(self.page.evaluate("softphone.happened"))


@pytest.fixture(scope="module")
def pad() -> Iterator[ServedPad]:
    served = ServedPad(ensure("sealed").uf2)
    yield served
    served.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return line_site.build(tmp_path_factory.mktemp("line") / "site")


@pytest.fixture
def bridge(pad: ServedPad, site: Path) -> Bridge:
    return Bridge(pad.url, site)


@pytest.fixture
def open_phone(bridge: Bridge, context: BrowserContext) -> Iterator[Phone]:
    with serving(bridge) as address:
        yield lambda query="": SoftphonePage(context.new_page(), address, query)


def in_a_call(phone: SoftphonePage, pad: ServedPad) -> None:
    """The softphone is ready, then in a call, and a note is on the pad."""
    phone.say("ready")
    phone.wait(port="open", dtr="high")
    pad.until_blank()
    phone.say("ring")
    pad.until(lambda: pad.so_far()[-1] == "R", "a ring at the pad")
    pad.until_blank()
    phone.say("start")
    pad.until(lambda: pad.so_far()[-1] == "T", "the talk at the pad")
    pad.write(CALLER)
    pad.until(lambda: pad.dark() > 100, "ink on the glass")
    phone.wait(pad="note")


def since(pad: ServedPad, mark: int) -> list[str]:
    return pad.so_far()[mark:]


def test_answer_hold_and_end(pad: ServedPad, open_phone: Phone) -> None:
    phone = open_phone()
    phone.wait(state="lost", dtr="low")
    assert "DTR on" not in pad.so_far()[1:], "a page that has shown nothing holds no line"
    in_a_call(phone, pad)
    mark = len(pad.so_far())
    phone.say("hold", "start")
    pad.until(lambda: since(pad, mark) == ["H", "T"], "hold, and talk again")
    assert pad.bits()["note"] is True
    assert pad.dark() > 100
    phone.say("end")
    pad.until_blank()
    assert since(pad, mark) == ["H", "T", "E"]
    phone.wait(pad="blank", state="ready")
    assert phone.happened().count("blank") >= 1


def test_a_closed_tab_wipes(pad: ServedPad, open_phone: Phone) -> None:
    phone = open_phone()
    in_a_call(phone, pad)
    mark = len(pad.so_far())
    phone.page.close()
    pad.until_blank()
    assert since(pad, mark)[0] == "DTR off"


def test_a_page_that_hangs_wipes_and_comes_back(pad: ServedPad, open_phone: Phone) -> None:
    phone = open_phone("?stalled=5")
    in_a_call(phone, pad)
    mark = len(pad.so_far())
    phone.page.evaluate("setTimeout(() => softphone.hang(20_000))")
    pad.until(lambda: "DTR off" in since(pad, mark), "DTR off while the page hangs")
    assert "stalled" in phone.happened()  # the page answers once it is back
    pad.until(lambda: since(pad, mark)[-2:] == ["DTR on", "T"], "the line, with the state of the call")
    pad.until_blank()


def test_a_killed_worker_wipes_and_is_replaced(pad: ServedPad, open_phone: Phone) -> None:
    phone = open_phone()
    in_a_call(phone, pad)
    mark = len(pad.so_far())
    phone.page.evaluate("softphone.workers.at(-1).terminate()")
    pad.until(lambda: "DTR off" in since(pad, mark), "DTR off")
    pad.until(lambda: since(pad, mark)[-1] == "T", "the line of the next worker")
    assert phone.page.evaluate("softphone.workers.length") == 2
    pad.until_blank()


def test_a_withdrawn_permission_wipes_and_a_new_one_brings_the_line_back(
    pad: ServedPad, bridge: Bridge, open_phone: Phone
) -> None:
    phone = open_phone()
    in_a_call(phone, pad)
    mark = len(pad.so_far())
    bridge.allowed = False
    pad.until_blank()
    phone.wait(port="searching", dtr="low")
    assert set(since(pad, mark)) == {"DTR off"}
    bridge.allowed = True
    phone.wait(port="open", dtr="high")
    assert since(pad, mark)[-1] == "T"


def test_of_two_tabs_one_holds_the_pad_and_the_other_follows(pad: ServedPad, open_phone: Phone) -> None:
    phone = open_phone()
    in_a_call(phone, pad)
    mark = len(pad.so_far())
    other = open_phone()
    other.say("ready")
    other.wait(state="ready", port="waiting", dtr="low")
    assert since(pad, mark) == []
    assert pad.bits()["note"] is True
    phone.page.close()
    other.wait(port="open", dtr="high")
    pad.until_blank()
    assert since(pad, mark)[0] == "DTR off"
    assert since(pad, mark)[-1] == "E"


def test_chromiums_own_web_serial_is_there_in_a_worker_and_finds_no_pad(
    pad: ServedPad, open_phone: Phone
) -> None:
    phone = open_phone("?real")
    mark = len(pad.so_far())
    phone.say("start")
    phone.wait(state="talk", port="searching", dtr="low")
    worker = phone.page.workers[0]
    assert worker.evaluate("navigator.serial.constructor.name") == "Serial"
    assert worker.evaluate("navigator.serial.getPorts().then(ports => ports.length)") == 0
    assert since(pad, mark) == []
