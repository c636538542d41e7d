"""test_firmware_features: pages, undo, eraser, countdown, AWAY, PAYMENT: used on the pad, then wiped."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.core.fork import fork_run
from kesu.emulator.scenario import start
from kesu.images import toolchain
from kesu.images.assets.fonts import FILES, read_bdf
from kesu.images.toolchain.request import BuiltImage
from kesu.spec.panels import PANELS
from kesu.verify.bounds import READY_BOUND_MS
from kesu.verify.search import measure
from kesu.verify.search.searcher import Searcher
from scenes import Written, assert_nothing_left, what_is_left

pytestmark = pytest.mark.slow

WIPE_MS = 2_100.0
STRIP_Y = 272
UNDO = (12.0, 286.0)


def mode(pad: VirtualPad, ms: float) -> None:
    """Hold the MODE key for that long, and wait for the screen."""
    pad.keys["MODE"].press()
    pad.run_for(ms)
    pad.keys["MODE"].release()
    pad.run_for(1_000.0)


def above_strip(pad: VirtualPad) -> np.ndarray:
    """What the panel shows of the page, 1 = white."""
    return np.asarray(pad.panel.page()[:STRIP_Y])


def line(pad: VirtualPad, *points: tuple[float, float]) -> None:
    """Draw a line and wait until it is on the glass."""
    pad.run_for(pad.pen.write([list(points)], 300.0) + 1_200.0)


def frames_in_use(written: Written) -> int:
    """Number of buffers that hold some of this note."""
    return sum(written.searcher.search(content).hits > 20 for _, content in measure.owners(written.pad))


def test_three_pages_are_kept_apart_and_all_are_wiped(on_written: Callable[..., Any]) -> None:
    def scenario(written: Written) -> tuple[bool, bool, int, dict[str, object]]:
        pad = written.pad
        first = above_strip(pad).copy()
        mode(pad, 900.0)
        blank = bool(above_strip(pad).all())
        line(pad, (60.0, 60.0), (160.0, 90.0))
        mode(pad, 900.0)
        mode(pad, 900.0)
        back = bool((above_strip(pad) == first).all())
        mode(pad, 900.0)
        hidden = frames_in_use(written)
        pad.keys["WIPE"].tap()
        pad.run_for(WIPE_MS)
        return blank, back, hidden, what_is_left(written)

    blank, back, hidden, left = on_written(scenario)
    assert blank
    assert back
    assert hidden >= 1  # the first page, while the second is shown
    assert_nothing_left(left)


def test_undo_removes_the_last_stroke_and_its_copy_is_wiped(on_written: Callable[..., Any]) -> None:
    def scenario(written: Written) -> tuple[bool, bool, int, dict[str, object]]:
        pad = written.pad
        before = above_strip(pad).copy()
        line(pad, (60.0, 220.0), (160.0, 250.0))
        drawn = bool((above_strip(pad) != before).any())
        copies = frames_in_use(written)
        line(pad, UNDO)
        undone = bool((above_strip(pad) == before).all())
        line(pad, (60.0, 220.0), (160.0, 250.0))
        pad.keys["WIPE"].tap()
        pad.run_for(WIPE_MS)
        return drawn, undone, copies, what_is_left(written)

    drawn, undone, copies, left = on_written(scenario)
    assert drawn
    assert undone
    assert copies >= 3  # page, what is shown, and the page before the stroke
    assert_nothing_left(left)


def test_erased_ink_is_wiped_too(on_written: Callable[..., Any]) -> None:
    def scenario(written: Written) -> tuple[int, int, dict[str, object]]:
        pad = written.pad
        rows, columns = np.nonzero(above_strip(pad) == 0)
        before = int((above_strip(pad) == 0).sum())
        mode(pad, 100.0)
        y = float(np.median(rows))
        line(pad, (float(columns.min()), y), (float(columns.max()), y))
        after = int((above_strip(pad) == 0).sum())
        pad.keys["WIPE"].tap()
        pad.run_for(WIPE_MS)
        return before, after, what_is_left(written)

    before, after, left = on_written(scenario)
    assert after < before * 0.8
    assert_nothing_left(left)


def test_a_ring_erases_a_region_undo_restores_it_and_all_is_wiped(on_written: Callable[..., Any]) -> None:
    def scenario(written: Written) -> tuple[int, int, int, int, dict[str, object]]:
        pad = written.pad

        def inked() -> np.ndarray:
            return above_strip(pad) == 0

        rows, columns = np.nonzero(inked())
        before = rows.size
        # Around the right half of the note, away from its strokes.
        left, right = float(np.median(columns)), min(398.0, float(columns.max()) + 12)
        top, bottom = max(2.0, float(rows.min()) - 12), float(rows.max()) + 12
        mode(pad, 100.0)
        line(pad, (left, top), (right, top), (right, bottom), (left, bottom), (left, top + 6))
        after = inked()
        inside = int(after[int(top) : int(bottom), int(left) + 9 : int(right)].sum())
        line(pad, UNDO)
        undone = int(inked().sum())
        line(pad, (left, top), (right, top), (right, bottom), (left, bottom), (left, top + 6))
        pad.keys["WIPE"].tap()
        pad.run_for(WIPE_MS)
        return before, int(after.sum()), inside, undone, what_is_left(written)

    before, after, inside, undone, left = on_written(scenario)
    assert before * 0.2 < after < before * 0.8
    assert inside == 0
    assert undone == before
    assert_nothing_left(left)


def test_away_turns_the_pen_off_until_its_key_is_pressed_again(on_written: Callable[..., Any]) -> None:
    def scenario(written: Written) -> tuple[float, bool, bool, bool]:
        pad = written.pad
        pad.keys["AWAY"].tap()
        pad.run_for(WIPE_MS)
        sign = 1.0 - float(above_strip(pad).mean())
        shown = above_strip(pad).copy()
        line(pad, (60.0, 60.0), (160.0, 90.0))
        untouched = bool((above_strip(pad) == shown).all())
        pad.keys["AWAY"].tap()
        pad.run_for(WIPE_MS)
        back = bool(above_strip(pad).all())
        line(pad, (60.0, 60.0), (160.0, 90.0))
        return sign, untouched, back, not above_strip(pad).all()

    sign, untouched, back, writes = on_written(scenario)
    assert 0.005 < sign < 0.1
    assert untouched
    assert back
    assert writes


def test_payment_wipes_and_turns_the_pen_off_until_it_ends(on_written: Callable[..., Any]) -> None:
    def scenario(written: Written) -> tuple[int, bool, bool]:
        pad = written.pad
        pad.host.write(b"P")
        pad.run_for(WIPE_MS)
        hits = written.searcher.search(pad.sram).hits + written.searcher.search(pad.panel.bw).hits
        shown = above_strip(pad).copy()
        line(pad, (60.0, 60.0), (160.0, 90.0))
        untouched = bool((above_strip(pad) == shown).all()) and not shown.all()
        pad.host.write(b"p")
        pad.run_for(WIPE_MS)
        return hits, untouched, bool(above_strip(pad).all())

    hits, untouched, back = on_written(scenario)
    assert hits == 0
    assert untouched
    assert back


def test_a_touch_during_the_countdown_postpones_the_wipe(written_briefly: Written) -> None:
    def scenario(written: Written) -> tuple[bool, int, int, dict[str, object]]:
        pad: VirtualPad = written.pad
        strip = np.asarray(pad.panel.page()[STRIP_Y:]).copy()
        pad.run_for(13_000.0)
        counting = bool((np.asarray(pad.panel.page()[STRIP_Y:]) != strip).any())
        line(pad, (300.0, 200.0), (310.0, 206.0))
        pad.run_for(12_000.0)
        later = written.searcher.search(pad.sram).hits
        pad.run_for(8_000.0 + WIPE_MS)
        searcher: Searcher = written.searcher
        return counting, later, searcher.search(pad.sram).hits, what_is_left(written)

    counting, later, gone, left = fork_run(written_briefly, scenario)
    assert counting
    assert later > 50
    assert gone == 0
    assert_nothing_left(left)


def strip_texts(image: BuiltImage) -> np.ndarray:
    """Where the strip has the names of version and image, 1 = white, drawn from the font and not by the pad."""
    manifest = json.loads(image.manifest.read_text(encoding="utf-8"))
    font = read_bdf(Path(__file__).parents[2] / "firmware" / "assets" / "fonts" / FILES[12])
    words = f"Kesu {manifest['version']} {manifest['input_hash'][:8]}"
    rows = [[f"{font[letter].rows[row]:06b}" for letter in words] for row in range(12)]
    return np.array([[pixel == "0" for pixel in "".join(row)] for row in rows])


@pytest.mark.parametrize("panel", PANELS)
def test_mode_held_at_a_start_shows_the_image_and_takes_no_longer(panel: str) -> None:
    image = toolchain.ensure("sealed", panel=panel)
    wanted = strip_texts(image)
    pads = []
    for held in (False, True):
        pad = VirtualPad(image.uf2, elf=image.elf)
        if held:
            pad.keys["MODE"].press()
        pads.append((pad, start(pad).ready_ms))
        if held:
            pad.keys["MODE"].release()
        pad.run_for(1_000.0)
    top = PANELS[panel].height - 28 + 2

    def names(page: np.ndarray) -> np.ndarray:
        return page[top : top + 12, 36 : 36 + wanted.shape[1]].astype(bool)

    shown = [np.asarray(pad.panel.page()) for pad, _ in pads]
    parts = [names(page) for page in shown]
    assert not np.array_equal(parts[0], wanted)
    assert np.array_equal(parts[1], wanted)
    assert np.array_equal(shown[0][: top - 2], shown[1][: top - 2]), "the same page to write on"
    assert pads[0][1] == pytest.approx(pads[1][1], abs=0.001)

    held_pad = pads[1][0]
    line(held_pad, (60.0, 60.0), (160.0, 60.0))
    assert not np.asarray(held_pad.panel.page())[55:65, 60:160].all(), "the pad takes ink"
    held_pad.keys["WIPE"].tap()
    held_pad.run_for(READY_BOUND_MS[held_pad.fitted])
    assert np.array_equal(np.asarray(held_pad.panel.page()), shown[0]), "after a wipe the id is gone"
