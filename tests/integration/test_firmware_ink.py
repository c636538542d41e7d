"""test_firmware_ink: the sealed image boots, draws every report, keeps both planes equal, loses no report."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from kesu.emulator.board.pad import VirtualPad
from kesu.verify.search import measure, needles
from kesu.verify.search.measure import PointLog
from scenes import Written

pytestmark = pytest.mark.slow

REPORT_HZ = 100
ACTIVE_RATE = 0x88


def set_report_rate(pad: VirtualPad, hertz: int) -> None:
    """Configure the touch chip as another master on its bus would."""
    assert pad.touch.i2c_start(0x38, False)
    assert pad.touch.i2c_write(ACTIVE_RATE)
    assert pad.touch.i2c_write(hertz)
    pad.touch.i2c_stop()


def test_ready_means_blank_planes_clean_glass_and_dsr(on_blank: Callable[..., Any]) -> None:
    def scenario(pad: VirtualPad) -> dict[str, object]:
        return {
            "now": pad.now_ms,
            "dsr": pad.host.serial_state.dsr,
            "dcd": pad.host.serial_state.dcd,
            "ri": pad.host.serial_state.ri,
            "planes equal": bytes(pad.panel.bw) == bytes(pad.panel.red),
            "white part": needles.unpack(pad.panel.bw, 400, 300).mean(),
            "glass follows": measure.glass_plane(pad) == bytes(pad.panel.bw),
            "owners": [owner.kind for owner in pad.owners()],
            "bulk in": pad.host.bulk_in_bytes,
            "errors": [str(error) for error in pad.panel.errors],
        }

    seen = on_blank(scenario)
    assert seen["now"] < 4_000
    assert (seen["dsr"], seen["dcd"], seen["ri"]) == (True, False, False)
    assert seen["planes equal"]
    assert seen["glass follows"]
    assert 0.95 < seen["white part"] < 1.0  # the READY strip is shown, and little else
    assert {1, 2, 3, 4} <= set(seen["owners"])
    assert seen["bulk in"] == 0
    assert seen["errors"] == []


def test_every_reported_point_is_black_on_the_glass(on_written: Callable[..., Any]) -> None:
    def scenario(written: Written) -> tuple[int, int, bool, bool, list[str]]:
        pad = written.pad
        dark = pad.glass.reflectance < 0.5
        reach = 4  # smoothing may cut a corner by a few pixels
        missed = sum(
            not dark[max(y - reach, 0) : y + reach + 1, max(x - reach, 0) : x + reach + 1].any()
            for x, y in written.log.points
        )
        in_step = bytes(pad.panel.bw) == bytes(pad.panel.red)
        return (
            len(written.log.points),
            missed,
            in_step,
            pad.host.serial_state.dcd,
            [str(error) for error in pad.panel.errors],
        )

    points, missed, in_step, note_present, errors = on_written(scenario)
    assert points > 100
    assert missed == 0
    assert in_step
    assert note_present
    assert errors == []


def test_the_blank_pad_has_no_ink_where_the_note_will_be(
    written: Written, on_blank: Callable[..., Any]
) -> None:
    ink = written.ink
    assert ink.sum() > 500
    assert on_blank(lambda pad: float(pad.glass.reflectance[ink].min())) > 0.9


def test_no_report_is_lost_while_the_panel_refreshes(on_blank: Callable[..., Any]) -> None:
    """At 100 reports a second every report is read before the next, with refreshes running throughout."""

    def scenario(pad: VirtualPad) -> tuple[int, int, int, list[int]]:
        log = PointLog(pad)
        set_report_rate(pad, REPORT_HZ)
        before = len(pad.panel.refreshes)
        # A slow spiral of 1.5 s keeps refreshes running and never repeats a point.
        angles = np.linspace(0, 6 * np.pi, 400)
        path = [(200 + (20 + 5 * a) * np.cos(a), 130 + (20 + 4 * a) * np.sin(a)) for a in angles]
        length = sum(float(np.hypot(b[0] - a[0], b[1] - a[1])) for a, b in pairwise(path))
        total = pad.pen.write([[(float(x), float(y)) for x, y in path]], length / 1.5)
        pad.run_for(total + 900)
        picture = needles.unpack(pad.panel.bw, 400, 300)
        missed = sum(
            not (picture[max(y - 3, 0) : y + 4, max(x - 3, 0) : x + 4] == 0).any() for x, y in log.points
        )
        gaps = [round(b - a) for a, b in pairwise(log.at_ms)]
        return len(log.points), missed, len(pad.panel.refreshes) - before, gaps

    points, missed, refreshes, gaps = on_blank(scenario)
    assert points >= 130
    assert max(gaps) <= 20
    assert refreshes >= 3
    assert missed == 0


def test_first_touch_to_refresh_trigger(
    on_blank: Callable[..., Any], record_property: Callable[[str, object], None]
) -> None:
    """Panel idle, boosters on: from the report's interrupt to command 20h."""

    def scenario(pad: VirtualPad) -> float:
        log = PointLog(pad)
        before = len(pad.panel.refreshes)
        pad.pen.write([[(100.0, 100.0), (140.0, 120.0)]], 200.0)
        pad.run_until(lambda: len(pad.panel.refreshes) > before, 500.0, step_ms=0.1)
        return pad.panel.refreshes[before].start_ns / 1e6 - log.at_ms[0]

    latency = on_blank(scenario)
    record_property("touch_to_trigger_ms", latency)
    assert 0 < latency <= 20.0
