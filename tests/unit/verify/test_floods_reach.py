"""test_floods_reach: every flood that a run chooses can reach the pad, whatever the seed."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import pytest
from kesu.emulator.usb.flood import BY_NAME, KINDS
from kesu.verify.scenes import floods
from kesu.verify.scenes.events import by_label

BULK_ONLY = {kind.name for kind in KINDS if kind.bulk and not (kind.setups or kind.signals or kind.mixed)}
CLOSES_THE_BULK_ENDPOINT = ("power-on", "RUN", "watchdog", "core hangs", "bus reset")


@pytest.mark.slow
@pytest.mark.parametrize("thorough", [False, True])
def test_no_seed_floods_an_endpoint_that_does_not_exist(thorough: bool) -> None:
    """A restart was once flooded with bytes on bulk OUT, which no host can send before it has enumerated the pad: the
    run was BROKEN with such a seed, although nothing was wrong."""
    chosen = [event for seed in range(300) for event in floods.floods(thorough, seed)]
    assert chosen
    for event in chosen:
        what, _, kind = event.name.partition(": ")
        if what.partition(",")[0] in CLOSES_THE_BULK_ENDPOINT:
            assert kind not in BULK_ONLY, event.name
    assert any(event.name.partition(": ")[2] in BULK_ONLY for event in chosen)


def test_a_flood_with_requests_reaches_a_starting_pad_and_bytes_alone_do_not() -> None:
    start, wipe_key = by_label("E13 power-on"), by_label("E1 WIPE key")
    assert BULK_ONLY
    for kind in KINDS:
        assert floods.reaches(wipe_key, kind)
        assert floods.reaches(start, kind) == (kind.name not in BULK_ONLY)
    assert floods.reaches(by_label("E10 touch bus silent"), BY_NAME["bytes on bulk OUT"])


def test_a_silent_touch_bus_is_flooded_only_by_what_leaves_the_note() -> None:
    """Such a fault is noticed at the next report of a touch. A host that closed the line ended the note before, and
    the page of the fault was drawn after READY: the run was BROKEN with such a seed, although nothing was left."""
    fault, wipe_key = by_label("E10 touch bus silent"), by_label("E1 WIPE key")
    ending = {kind.name for kind in KINDS if not floods.decides(fault, kind)}
    assert "configuration set and taken back, each answered" in ending
    assert "line state, DTR kept, each answered" not in ending
    assert all(floods.decides(wipe_key, kind) for kind in KINDS)
    chosen = [
        event.name for seed in range(200) for event in floods.floods(True, seed) if event.number == "E10"
    ]
    assert chosen
    assert not [name for name in chosen if name.partition(": ")[2] in ending]


def test_a_deadline_outside_of_calls_is_not_flooded_with_the_beginning_of_a_call() -> None:
    idle, in_call = by_label("E3 idle"), by_label("E4 maximum age in a call")
    talk = BY_NAME["one byte on bulk OUT at a time"]
    assert not floods.decides(idle, talk)
    assert floods.decides(in_call, talk)
    assert floods.decides(idle, BY_NAME["bytes on bulk OUT"])
