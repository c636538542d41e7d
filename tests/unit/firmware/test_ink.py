"""test_ink: pen reports to pixels and dirty bands."""
# SPDX-License-Identifier: MIT

import math
import sys

from kesu_pad import events, geometry, ink, memo


def page(width: int = 2) -> tuple[memo.Memo, ink.Ink]:
    kept = memo.Memo()
    for i in range(len(kept.frame)):
        kept.frame[i] = 0xFF
    return kept, ink.Ink(kept, width, events.Events())


def inked(kept: memo.Memo) -> set[tuple[int, int]]:
    return {
        (8 * (i % 50) + bit, i // 50)
        for i, value in enumerate(kept.frame)
        if value != 0xFF
        for bit in range(8)
        if not value & (0x80 >> bit)
    }


def test_touch_draws_a_dot() -> None:
    kept, pen = page(width=1)
    assert pen.point(100, 50, 10, 1)
    assert inked(kept) == {(100, 50)}
    assert kept.pen[memo.DIRTY] == 1 << 3
    assert kept.pen[memo.POINTS] == 1


def test_points_of_a_stroke_are_joined() -> None:
    kept, pen = page(width=1)
    pen.point(100, 50, 10, 1)
    pen.point(120, 50, 20, 0)
    drawn = inked(kept)
    assert {(x, 50) for x in range(100, 115)} <= drawn
    assert max(x for x, _ in drawn) == 115  # smoothed: a quarter of the last point


def test_a_resting_pen_does_not_drift() -> None:
    kept, pen = page(width=1)
    for i in range(20):
        pen.point(200, 151, 10 * i, 0)
    assert inked(kept) == {(200, 151)}


def test_pause_in_reports_ends_a_stroke() -> None:
    kept, pen = page(width=1)
    pen.point(100, 50, 10, 0)
    pen.point(120, 50, 10 + ink.PEN_UP_MS, 0)
    assert inked(kept) == {(100, 50), (120, 50)}


def test_new_touch_starts_a_stroke_without_a_pause() -> None:
    kept, pen = page(width=1)
    pen.point(100, 50, 10, 1)
    pen.point(120, 50, 20, 1)
    assert inked(kept) == {(100, 50), (120, 50)}


def test_single_far_point_draws_nothing_and_the_stroke_continues() -> None:
    kept, pen = page(width=1)
    pen.point(10, 10, 10, 1)
    assert pen.point(10 + ink.JUMP_PX + 1, 10, 20, 0), "no ink, but use of the pad"
    assert inked(kept) == {(10, 10)}
    assert pen.point(14, 10, 30, 0)
    assert inked(kept) == {(x, 10) for x in range(10, 14)}


def test_two_far_points_start_another_stroke() -> None:
    kept, pen = page(width=1)
    pen.point(10, 10, 10, 1)
    assert pen.point(200, 10, 20, 0)
    assert inked(kept) == {(10, 10)}
    assert pen.point(204, 10, 30, 0)
    assert inked(kept) == {(10, 10), *((x, 10) for x in range(200, 205))}


def test_palm_neither_begins_nor_ends_a_stroke() -> None:
    kept, pen = page(width=1)
    assert not pen.point(10, 10, 10, ink.DOWN | ink.SECOND)
    assert inked(kept) == set()
    pen.point(10, 10, 100, ink.DOWN)
    assert pen.point(14, 10, 110, ink.SECOND)
    assert len(inked(kept)) > 1


def test_eraser_removes_ink_but_not_the_background() -> None:
    kept, pen = page(width=2)
    kept.under[:] = b"\x00" * 15000
    pen.point(50, 50, 10, 1)
    pen.point(90, 50, 20, 0)
    there = inked(kept)
    kept.pen[memo.ERASER] = 1
    pen.point(70, 50, 500, 1)
    left = inked(kept)
    assert left < there
    assert all(abs(x - 70) >= 7 for x, _ in left)
    assert kept.under == b"\x00" * 15000
    kept.keep_all()
    assert kept.shown == b"\x00" * 15000


def test_undo_removes_one_stroke() -> None:
    kept, pen = page(width=2)
    pen.point(50, 50, 10, 1)
    first = inked(kept)
    pen.point(150, 50, 200, 1)
    pen.point(170, 60, 210, 0)
    assert inked(kept) > first
    kept.pen[memo.DIRTY] = 0
    assert pen.point(10, memo.STRIP_Y + 5, 500, 1)
    assert inked(kept) == first
    assert kept.pen[memo.DIRTY] == (1 << geometry.BANDS) - 1
    # The same touch continues, and a second one has no stroke to undo: neither draws ink.
    assert not pen.point(60, 200, 510, 0)
    assert not pen.point(10, memo.STRIP_Y + 5, 900, 1)
    assert inked(kept) == first


def test_pages_are_separate_and_all_are_zeroed() -> None:
    kept, pen = page(width=2)
    kept.clear()
    pen.point(50, 50, 10, 1)
    first = inked(kept)
    kept.turn_page()
    assert inked(kept) == set()
    pen.point(80, 50, 200, 1)
    assert not kept.pen[memo.UNDO] - 1
    kept.turn_page()
    assert not kept.undo()
    kept.turn_page()
    assert inked(kept) == first
    kept.turn_page()
    kept.zero()
    assert kept.frame is kept.pages[0]
    assert not any(any(buffer) for buffer in (*kept.pages, kept.before, kept.under, kept.shown, kept.pen))


def test_stroke_continues_across_the_wrap_of_ticks() -> None:
    kept, pen = page(width=1)
    pen.point(100, 50, (1 << 30) - 5, 1)
    pen.point(120, 50, 5, 0)
    assert len(inked(kept)) == 16


def test_points_off_the_page_draw_nothing() -> None:
    kept, pen = page()
    for x, y in ((400, 10), (10, 300), (4095, 4095), (-1, 5)):
        assert not pen.point(x, y, 10, 1)
    assert inked(kept) == set()
    assert kept.pen[memo.DIRTY] == 0


def test_every_inked_row_is_in_a_dirty_band() -> None:
    kept, pen = page(width=5)
    ms = 0
    for x, y in ((0, 0), (60, 70), (120, 140), (180, 210), (240, 280), (300, 299)):
        pen.point(x, y, ms, 0)
        ms += 10
    bands = {y // geometry.BAND_ROWS for _, y in inked(kept)}
    assert max(bands) == geometry.BANDS - 1
    assert all(kept.pen[memo.DIRTY] & 1 << band for band in bands)


def test_zero_clears_page_stroke_and_shown(native) -> None:
    kept, pen = page()
    pen.point(100, 50, 10, 1)
    kept.keep_all()
    assert native.residue() > 0
    kept.zero()
    assert native.residue() == 0
    assert not any(kept.frame)
    assert not any(kept.shown)
    assert not any(kept.pen)


def full_page() -> tuple[memo.Memo, ink.Ink]:
    """A page that is all ink, with the eraser as tool."""
    sys.modules["native"].forget()
    kept, pen = page()
    for i in range(len(kept.frame)):
        kept.frame[i] = 0
    kept.change_tool()
    return kept, pen


def ring(pen: ink.Ink, turn: float = 1.0, points: int = 40, radius: int = 50) -> int:
    """Draw a ring around (200, 120); return the time of the last report."""
    for i in range(points + 1):
        angle = 2 * math.pi * turn * i / points
        x, y = 200 + round(radius * math.cos(angle)), 120 + round(radius * math.sin(angle))
        pen.point(x, y, 1000 + 10 * i, 1 if i == 0 else 0)
    return 1000 + 10 * points


def test_eraser_ring_erases_its_inside_when_lifted() -> None:
    kept, pen = full_page()
    last_ms = ring(pen)
    assert (200, 120) in inked(kept)
    assert pen.left(last_ms, 1000) == ink.PEN_UP_MS
    pen.lift(last_ms + ink.PEN_UP_MS - 1)
    assert (200, 120) in inked(kept)
    kept.pen[memo.DIRTY] = 0
    pen.lift(last_ms + ink.PEN_UP_MS)
    left = inked(kept)
    assert not any(math.dist(spot, (200, 120)) < 48 for spot in left)
    assert sum(math.dist(spot, (200, 120)) < 70 for spot in left) > 0
    assert len(left) == 120000 - sum((x, y) not in left for x in range(130, 271) for y in range(50, 191)), (
        "nothing outside is erased"
    )
    assert kept.pen[memo.DIRTY] == (1 << geometry.BANDS) - 1
    assert pen.left(last_ms + 100, 1000) == 1000
    assert kept.undo()
    assert len(inked(kept)) == 120000


def test_next_stroke_closes_a_ring() -> None:
    kept, pen = full_page()
    last_ms = ring(pen)
    pen.point(30, 30, last_ms + 20, 1)
    assert (200, 120) not in inked(kept)


def test_arc_rubbing_and_dab_erase_only_what_they_touch() -> None:
    for turn, radius in ((0.7, 50), (1.0, 14)):
        kept, pen = full_page()
        pen.lift(ring(pen, turn, radius=radius) + 1000)
        assert (200, 120) in inked(kept)
        assert len(inked(kept)) > 110000
    kept, pen = full_page()
    for i in range(60):
        pen.point(100 + 4 * abs(30 - i), 100 + i % 2, 1000 + 10 * i, 1 if i == 0 else 0)
    before = len(inked(kept))
    pen.lift(5000)
    assert len(inked(kept)) == before


def test_ring_of_the_pen_erases_nothing() -> None:
    kept, pen = page()
    last_ms = ring(pen)
    drawn = inked(kept)
    pen.lift(last_ms + 1000)
    assert inked(kept) == drawn
    assert not any(kept.way)


def test_long_eraser_path_keeps_its_shape() -> None:
    kept, pen = full_page()
    pen.lift(ring(pen, points=500) + 1000)
    assert kept.way[0] > 0
    assert (200, 120) not in inked(kept)
    assert (260, 180) in inked(kept)


def test_undo_tool_and_page_drop_an_open_ring() -> None:
    for forget in (memo.Memo.undo, memo.Memo.change_tool, memo.Memo.turn_page):
        kept, pen = full_page()
        last_ms = ring(pen)
        forget(kept)
        kept.frame = kept.pages[0]
        pen.lift(last_ms + 1000)
        assert (200, 120) in inked(kept)


def test_eraser_path_is_zeroed() -> None:
    kept, pen = full_page()
    ring(pen)
    assert any(kept.way)
    kept.zero()
    assert not any(kept.way)
