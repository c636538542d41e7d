"""test_screens_policy: the content of each page; the committed policy is the default."""
# SPDX-License-Identifier: MIT

from typing import Any

import pytest
from kesu_pad import geometry, glyphs, labels, policy, screens, signs, text

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
    plain = [made(screens.page, which, 0, 0) for which in range(3)]
    monkeypatch.setattr(policy, "SERVICE", True)
    for which in range(3):
        assert made(screens.page, which, 0, 0) != plain[which]


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


def countdown(frame: bytearray, page: int, eraser: int, seconds: int, hint: int) -> None:
    screens.strip(frame, page, eraser)
    screens.seconds_left(frame, seconds, hint)


def test_countdown_shows_the_seconds_and_what_a_touch_does() -> None:
    pages = {bytes(made(countdown, 0, 0, seconds, screens.TOUCH)) for seconds in (*range(1, 16), 150, 300)}
    assert len(pages) == 17
    hints = (screens.NO_MORE, screens.TOUCH, screens.AFTER_CALL)
    assert len({bytes(made(countdown, 0, 0, 9, hint)) for hint in hints}) == 3


def test_away_shows_no_tip() -> None:
    """The tip to press AWAY when leaving contradicted what the page says."""
    small = made(screens.away)[(geometry.HEIGHT // 2 + 24) * geometry.STRIDE :]
    assert small == b"\xff" * len(small)
    assert {bytes(made(screens.page, screens.AWAY, tip, 0)) for tip in range(screens.TIPS)} == {
        bytes(made(screens.away))
    }


def test_only_the_page_for_it_has_the_names_of_image_and_policy() -> None:
    """The checksum is that of the Python version of the C module."""
    image = drawn(
        labels.IMAGE_ID, glyphs.GLYPHS_12, 12, screens._LEFT + labels.IMAGE_WIDTH, screens.STRIP_Y + 2
    )
    checksum = bytes(labels.DIGITS_12["0123456789abcdef".index(digit)] for digit in "89abcdef")
    settings = drawn(
        checksum, glyphs.GLYPHS_12, 12, screens._LEFT + labels.SETTINGS_WIDTH, screens.STRIP_Y + 15
    )
    page = made(screens.page, screens.IDENTITY, 0, 0)
    assert contains(page, image)
    assert contains(page, settings)
    for tip in range(screens.TIPS):
        ready = made(screens.page, screens.READY, tip, 0)
        assert not contains(ready, image)
        assert not contains(ready, settings)


def test_each_sign_has_its_own_place_and_can_be_removed() -> None:
    frame = made(screens.ready, 0)
    plain = bytes(frame)
    seen = {plain}
    for shown in (signs.MUTED, signs.HELD, signs.MUTED | signs.HELD, signs.UNLINKED):
        screens.draw_signs(frame, shown)
        seen.add(bytes(frame))
    assert len(seen) == 5
    screens.draw_signs(frame, 0)
    assert bytes(frame) == plain


def test_the_inverted_strip_changes_nothing_above_it() -> None:
    frame = made(screens.ready, 0)
    plain = bytes(frame)
    screens.invert_strip(frame)
    strip = screens.STRIP_Y * geometry.STRIDE
    assert frame[:strip] == plain[:strip]
    assert bytes(255 - byte for byte in frame[strip:]) == plain[strip:]


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


@pytest.mark.parametrize("which", [policy.TEMPLATE_FIELDS, policy.TEMPLATE_GRID])
def test_templates_are_in_the_background(monkeypatch, which: int) -> None:
    blank = made(screens.ready, 0)
    monkeypatch.setattr(policy, "TEMPLATE", which)
    page = made(screens.ready, 0)
    strip = screens.STRIP_Y * geometry.STRIDE
    assert page[:strip] != blank[:strip]
    assert page[strip:] == blank[strip:]


def test_an_invalid_policy_marks_every_page(monkeypatch) -> None:
    drawings = [(screens.page, which, 0, 0) for which in range(3)] + [(screens.fault, 40)]
    plain = [made(*drawing) for drawing in drawings]
    monkeypatch.setattr(policy, "VALID", False)
    for drawing, before in zip(drawings, plain, strict=True):
        y = 2 if drawing[1] == screens.READY else geometry.HEIGHT - 14
        mark = drawn(labels.POLICY, glyphs.GLYPHS_12, 12, 4, y)
        assert contains(made(*drawing), mark)
        assert not contains(before, mark)


@pytest.mark.parametrize(
    ("ms", "shown", "unit"),
    [
        (20_000, 20, "SECONDS"),
        (99_000, 99, "SECONDS"),
        (100_000, 2, "MINUTES"),
        (180_000, 3, "MINUTES"),
        (3_600_000, 60, "MINUTES"),
    ],
)
def test_ready_shows_the_times_of_the_policy_and_never_less(
    monkeypatch, ms: int, shown: int, unit: str
) -> None:
    assert shown * (60_000 if unit == "MINUTES" else 1_000) >= ms
    monkeypatch.setattr(policy, "IDLE_MS", ms)
    page = made(screens.ready, 0)
    wanted = bytearray(b"\xff" * BYTES)
    y = screens.STRIP_Y + 2
    x = text.draw(wanted, screens._LEFT, y, labels.READY, glyphs.GLYPHS_12, 12)
    x = text.draw(wanted, x + screens._GAP, y, screens._INFO[0], glyphs.GLYPHS_12, 12)
    x = text.number(wanted, x, y, shown, labels.DIGITS_12, glyphs.GLYPHS_12, 12)
    text.draw(wanted, x, y, getattr(labels, f"UNIT_{unit}"), glyphs.GLYPHS_12, 12)
    assert contains(page, wanted)
