"""test_firmware_events: no wipe event leaves anything of the note, in any memory."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import pytest
from fast_part import fast
from kesu.emulator.core.fork import fork_run
from kesu.emulator.scenario import power_cycle, wait_ready
from kesu.verify import notes
from kesu.verify.scenes import scenario as verified
from kesu.verify.scenes.events import by_label
from kesu.verify.search import timeline
from scenes import Written, assert_nothing_left, what_is_left

WIPE_MS = 2_100.0


EVENTS = {
    "E1 WIPE key": "E1 WIPE key",
    "E2 hook opens": "E2 hook opens",
    "E2 call ended": "E2 byte E",
    "E5 AWAY key": "E5 AWAY key",
    "E6 PC locked": "E6 byte K",
    "E7 DTR drops": "E7 DTR drops",
}
"""Events of the verification that come at once, by the name of the test."""
NO_WRAP_UP = verified.Policy(idle_ms=180_000.0, max_age_ms=900_000.0, ready_after_ms=1_800.0)


def cause(name: str, written: Written) -> None:
    """Cause the event as the verification does."""
    event = by_label(EVENTS[name])
    timed = verified.Written(**vars(written), policy=NO_WRAP_UP, written=notes.note("digits", 0))
    event.prepare(timed)
    event.cause(timed)


@pytest.mark.slow
def test_the_note_is_there_before_any_event(on_written: Callable[..., Any]) -> None:
    left = on_written(what_is_left)
    for resource in ("sram", "plane 24h", "plane 26h", "glass"):
        assert left["hits"][resource] > 50, resource
    assert left["hits"]["flash"] == 0
    assert not left["owners blank"]
    assert not left["planes blank"]
    assert not left["glass clean"]


@pytest.mark.parametrize("name", fast(EVENTS, "E1 WIPE key", "E2 call ended", "E7 DTR drops"))
def test_nothing_is_left_after_an_event(name: str, on_written: Callable[..., Any]) -> None:
    def scenario(written: Written) -> dict[str, object]:
        cause(name, written)
        written.pad.run_for(WIPE_MS)
        return what_is_left(written)

    left = on_written(scenario)
    assert_nothing_left(left)
    assert left["dsr"]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["E1 WIPE key", "E7 DTR drops"])
def test_the_wipe_keeps_its_bounds(
    name: str, on_written: Callable[..., Any], record_property: Callable[[str, object], None]
) -> None:
    def scenario(written: Written) -> list[timeline.Reading]:
        rows = timeline.steps(written.pad, written.searcher, written.ink, written.reference)
        return timeline.watch(written.pad, rows, lambda: cause(name, written))

    for reading in on_written(scenario):
        record_property(reading.name, reading.at_ms)
        assert reading.within, reading


@pytest.mark.slow
@pytest.mark.parametrize("name", fast(["E11 watchdog", "E12 RUN", "E13 power-on"], "E12 RUN"))
def test_nothing_is_left_after_a_restart(name: str, on_written: Callable[..., Any]) -> None:
    def scenario(written: Written) -> dict[str, object]:
        pad = written.pad
        if name == "E13 power-on":
            power_cycle(pad, 50.0)
        else:
            pad.reset("watchdog" if name == "E11 watchdog" else "run")
        pad.run_for(200.0)
        wait_ready(pad)
        return what_is_left(written)

    assert_nothing_left(on_written(scenario))


@pytest.mark.parametrize("kind", ["watchdog", "run"])
def test_boot_clears_sram_before_anything_else(
    kind: Literal["watchdog", "run"], on_written: Callable[..., Any]
) -> None:
    """SRAM survives both resets on the chip; the C hook must clear it within a few milliseconds."""

    def scenario(written: Written) -> tuple[int, int]:
        written.pad.reset(kind)
        at_once = written.searcher.search(written.pad.sram).hits
        written.pad.run_for(20.0)
        return at_once, written.searcher.search(written.pad.sram).hits

    at_once, after_boot = on_written(scenario)
    assert at_once > 50
    assert after_boot == 0


@pytest.mark.slow
def test_a_silent_touch_bus_is_a_fault_and_a_fault_wipes(on_written: Callable[..., Any]) -> None:
    """E10: the chip stops answering while the pen is down. The pad shows a fault, resets, is clean."""

    def scenario(written: Written) -> dict[str, object]:
        pad = written.pad
        resets = pad.host.resets
        answer = pad.touch.i2c_start
        pad.touch.i2c_start = lambda address, read: False  # type: ignore[method-assign]
        pad.pen.write([[(50.0, 200.0), (90.0, 220.0)]], 200.0)
        pad.run_for(300.0)
        fault_shown = pad.host.serial_state.ri
        early = written.searcher.search(pad.sram).hits
        pad.touch.i2c_start = answer  # type: ignore[method-assign]
        pad.run_until(lambda: pad.host.resets > resets and pad.host.serial_state.dsr, 12_000.0)
        return {**what_is_left(written), "fault shown": fault_shown, "early": early}

    left = on_written(scenario)
    assert left["fault shown"]
    assert left["early"] == 0
    assert_nothing_left(left)


@pytest.mark.slow
def test_idle_time_wipes(written_briefly: Written) -> None:
    """E3: 20 s without a pen. Still there after 18, gone after 20 and the wipe."""

    def scenario(written: Written) -> tuple[int, dict[str, object]]:
        written.pad.run_for(18_000.0)
        still_there = written.searcher.search(written.pad.sram).hits
        written.pad.run_for(2_000.0 + WIPE_MS)
        return still_there, what_is_left(written)

    still_there, left = fork_run(written_briefly, scenario)
    assert still_there > 50
    assert_nothing_left(left)


@pytest.mark.slow
def test_maximum_age_wipes_however_busy_the_pen_is(written_briefly: Written) -> None:
    """E4: 60 s after the first ink, though the pen never rests for the 20 s of E3."""

    def scenario(written: Written) -> tuple[int, dict[str, object]]:
        pad = written.pad
        first_ink = written.log.at_ms[0]
        for _ in range(4):
            pad.run_for(12_000.0)
            pad.pen.write([[(300.0, 200.0), (310.0, 206.0)]], 200.0)
        pad.run_for(500.0)
        pad.run_for(max(0.0, first_ink + 58_000.0 - pad.now_ms))
        still_there = written.searcher.search(pad.sram).hits
        pad.run_for(first_ink + 60_000.0 + WIPE_MS - pad.now_ms)
        return still_there, what_is_left(written)

    still_there, left = fork_run(written_briefly, scenario)
    assert still_there > 50
    assert_nothing_left(left)


@pytest.mark.slow
@pytest.mark.parametrize("said", [b"T", b"H"])
def test_a_call_keeps_a_note_beyond_idle_time_and_age(said: bytes, written_briefly: Written) -> None:
    """A customer on hold for 75 s: longer than the 20 s of E3 and the 60 s of E4. The end of the call wipes."""

    def scenario(written: Written) -> tuple[list[int], dict[str, object]]:
        pad = written.pad
        pad.host.write(said)
        kept = []
        for _ in range(3):
            pad.run_for(25_000.0)
            kept.append(written.searcher.search(pad.sram).hits)
        pad.host.write(b"E")
        pad.run_for(WIPE_MS)
        return kept, what_is_left(written)

    kept, left = fork_run(written_briefly, scenario)
    assert min(kept) > 50
    assert_nothing_left(left)
    assert left["dsr"]


@pytest.mark.slow
def test_ink_works_again_after_a_wipe(on_written: Callable[..., Any]) -> None:
    def scenario(written: Written) -> tuple[bool, bool]:
        pad = written.pad
        pad.keys["WIPE"].tap()
        pad.run_for(WIPE_MS)
        blank = bytes(pad.panel.bw) == written.reference.bw
        pad.pen.write([[(60.0, 60.0), (160.0, 120.0)]], 300.0)
        pad.run_for(1_500.0)
        return blank, bool((pad.glass.reflectance[60:120, 60:160] < 0.5).any())

    assert on_written(scenario) == (True, True)
