"""test_screens_policy: the content of each page; the committed policy is the default."""
# SPDX-License-Identifier: MIT

from pathlib import Path
from typing import Any

import pytest
from kesu.images.toolchain.policy import policy_module, read_policy
from kesu_pad import geometry, glyphs, labels, policy, screens, text

FIRMWARE = Path(__file__).parents[3] / "firmware"
BYTES = geometry.STRIDE * geometry.HEIGHT


def drawn(label: bytes, table: Any, rows: int, x: int, y: int) -> bytearray:
    page = bytearray(b"\xff" * BYTES)
    text.draw(page, x, y, label, table, rows)
    return page


def contains(page: bytearray, part: bytearray) -> bool:
    """Return whether all ink of `part` is ink in `page`."""
    return all(there & wanted == there for there, wanted in zip(page, part, strict=True))


def made(draw, *arguments) -> bytearray:
    page = bytearray(BYTES)
    draw(page, *arguments)
    return page


def test_ready_is_white_except_for_the_strip() -> None:
    page = made(screens.ready, 0)
    strip = screens.STRIP_Y * geometry.STRIDE
    assert page[:strip] == b"\xff" * strip
    assert contains(page, drawn(labels.READY, glyphs.GLYPHS_12, 12, screens._LEFT, screens.STRIP_Y + 2))


def test_each_tip_is_shown_and_differs() -> None:
    pages = [made(screens.ready, tip) for tip in range(screens.TIPS)]
    assert len({bytes(page) for page in pages}) == screens.TIPS
    for number, page in enumerate(pages):
        label = getattr(labels, f"TIP_{number + 1}")
        assert contains(page, drawn(label, glyphs.GLYPHS_12, 12, screens._LEFT, screens.STRIP_Y + 15))


def test_service_mark_is_shown_only_in_the_service_profile(monkeypatch) -> None:
    plain = [made(screens.page, which, 0) for which in range(3)]
    monkeypatch.setattr(policy, "SERVICE", True)
    for which in range(3):
        assert made(screens.page, which, 0) != plain[which]


def test_fault_shows_its_code_and_what_to_do() -> None:
    page = made(screens.fault, 40)
    x = (geometry.WIDTH - labels.FAULT_WIDTH - 72) // 2 + labels.FAULT_WIDTH + 24
    y = geometry.HEIGHT // 2 - 56

    def number(value: int) -> bytearray:
        blank = bytearray(b"\xff" * BYTES)
        text.number(blank, x, y, value, labels.DIGITS_48, glyphs.GLYPHS_48, 48)
        return blank

    assert contains(page, number(40))
    assert not contains(page, number(42))
    others = {bytes(made(screens.fault, code)[(y + 60) * 50 : (y + 76) * 50]) for code in (1, 40, 42, 90, 99)}
    assert len(others) == 3


def countdown(frame: bytearray, page: int, eraser: int, seconds: int, may_touch: bool) -> None:
    screens.strip(frame, page, eraser)
    screens.seconds_left(frame, seconds, may_touch)


def test_countdown_shows_the_seconds() -> None:
    pages = {bytes(made(countdown, 0, 0, seconds, True)) for seconds in (*range(1, 16), 150, 300)}
    assert len(pages) == 17
    assert bytes(made(countdown, 0, 0, 9, False)) not in pages


def test_each_sign_has_its_own_place_and_can_be_removed() -> None:
    frame = made(screens.ready, 0)
    plain = bytes(frame)
    seen = {plain}
    for muted, held in ((True, False), (False, True), (True, True)):
        screens.signs(frame, muted, held)
        seen.add(bytes(frame))
    assert len(seen) == 4
    screens.signs(frame, False, False)
    assert bytes(frame) == plain


def test_strip_shows_page_and_tool_and_changes_nothing_else() -> None:
    strips = set()
    for page in range(3):
        for eraser in range(2):
            frame = made(screens.strip, page, eraser)
            assert frame[: screens.STRIP_Y * geometry.STRIDE] == bytes(screens.STRIP_Y * geometry.STRIDE)
            strips.add(bytes(frame))
    assert len(strips) == 6


def test_the_bar_grows() -> None:
    ink = [sum(8 - byte.bit_count() for byte in made(screens.hold, 0, 0, step)) for step in range(1, 9)]
    assert ink == sorted(set(ink))


@pytest.mark.parametrize("template", [screens.FIELDS, screens.GRID])
def test_templates_are_in_the_background(monkeypatch, template: int) -> None:
    blank = made(screens.ready, 0)
    monkeypatch.setattr(policy, "TEMPLATE", template)
    page = made(screens.ready, 0)
    strip = screens.STRIP_Y * geometry.STRIDE
    assert page[:strip] != blank[:strip]
    assert page[strip:] == blank[strip:]


def test_the_committed_policy_is_the_default_policy() -> None:
    generated = policy_module(read_policy(FIRMWARE / "policy.toml"))
    assert (FIRMWARE / "kesu_pad" / "policy.py").read_text(encoding="utf-8") == generated
