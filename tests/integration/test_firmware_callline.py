"""test_firmware_callline: host actions on the pad: wrap-up, icons, resets, replugs and hostile requests."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.core.fork import fork_run
from kesu.spec.call_line import KNOWN
from scenes import Written, assert_nothing_left, what_is_left

pytestmark = pytest.mark.slow

WIPE_MS = 2_100.0
REPLUG_MS = 400.0
STRIP_Y = 272
CODING_1200 = (1_200).to_bytes(4, "little") + bytes([0, 0, 8])
SET_LINE_CODING = bytes([0x21, 0x20, 0, 0, 0, 0])
GET_LINE_CODING = bytes([0xA1, 0x21, 0, 0, 0, 0])

HOSTILE: tuple[tuple[bytes, bytes], ...] = (
    (SET_LINE_CODING + bytes([64, 0]), bytes(range(64))),
    (SET_LINE_CODING + bytes([7, 0]), b"\x01\x02\x03"),
    (SET_LINE_CODING + bytes([0, 0]), b""),
    (GET_LINE_CODING + bytes([255, 0]), b""),
    (GET_LINE_CODING + bytes([0, 0]), b""),
    (bytes([0xC0, 0x01, 0, 0, 0, 0, 64, 0]), b""),  # vendor, IN
    (bytes([0x40, 0x02, 0xFF, 0xFF, 0, 0, 64, 0]), bytes(64)),  # vendor, OUT
    (bytes([0xA2, 0x21, 0, 0, 0x81, 0, 7, 0]), b""),  # class, to an endpoint
    (bytes([0x21, 0x22, 0xFF, 0xFF, 0, 0, 0, 0]), b""),  # all lines high: DTR stays
    (bytes([0x21, 0x05, 0, 0, 0, 0, 0, 0]), b""),  # a class request that ACM does not define
    (bytes([0x80, 0x06, 0xEE, 0x03, 0, 0, 255, 0]), b""),  # a string that does not exist
    (bytes([0x80, 0x06, 0x02, 0x03, 0x09, 0x04, 1, 0]), b""),  # one byte of an existing string
    (bytes([0x80, 0x06, 0x00, 0x7F, 0, 0, 9, 0]), b""),  # a descriptor type that does not exist
    (bytes([0x00, 0x03, 0x02, 0, 0x01, 0, 0, 0]), b""),  # SET_FEATURE, test mode
    (bytes([0x01, 0x0B, 0x05, 0, 0x01, 0, 0, 0]), b""),  # SET_INTERFACE, alternate 5
    (bytes([0x82, 0x0C, 0, 0, 0x82, 0, 2, 0]), b""),  # SYNCH_FRAME
    (bytes([0x00, 0x07, 0, 1, 0, 0, 18, 0]), bytes(18)),  # SET_DESCRIPTOR
)


def ring(pad: VirtualPad) -> None:
    pad.host.write(b"R")


def bus_reset(pad: VirtualPad) -> None:
    pad.host.bus_reset()


def deconfigured(pad: VirtualPad) -> None:
    pad.host.control(bytes([0x00, 0x09, 0, 0, 0, 0, 0, 0]))
    pad.host.control(bytes([0x00, 0x09, 1, 0, 0, 0, 0, 0]))


def hub_replugged(pad: VirtualPad) -> None:
    pad.host.detach()
    pad.at(REPLUG_MS, pad.host.attach)


def to_1200_baud_and_closed(pad: VirtualPad) -> None:
    """Open at 1200 baud and close, which starts the boot loader of many boards."""
    pad.host.control(SET_LINE_CODING + bytes([7, 0]), CODING_1200)
    pad.host.set_dtr(False)


@pytest.mark.parametrize(
    ("cause", "resets"),
    [
        (ring, 0),
        (bus_reset, 1),
        (deconfigured, 0),
        (hub_replugged, 1),
        (to_1200_baud_and_closed, 0),
    ],
)
def test_the_pad_wipes_and_stays_on_the_bus(
    cause: Callable[[VirtualPad], None], resets: int, on_written: Callable[..., Any]
) -> None:
    def scenario(written: Written) -> tuple[int, int, bool, dict[str, object]]:
        pad = written.pad
        before = pad.host.resets
        boots: list[int] = []
        pad.emulator.on_reset.append(lambda: boots.append(1))
        cause(pad)
        pad.run_for(WIPE_MS + (REPLUG_MS if cause is hub_replugged else 0.0))
        left = what_is_left(written)
        return pad.host.resets - before, len(boots), pad.host.enumerated, left

    bus_resets, restarts, enumerated, left = on_written(scenario)
    assert_nothing_left(left)
    assert bus_resets == resets
    assert restarts == 0
    assert enumerated
    assert left["dsr"]


def test_hostile_requests_change_nothing_and_the_call_end_still_wipes(on_written: Callable[..., Any]) -> None:
    def scenario(written: Written) -> tuple[dict[str, object], bool, bool, int, dict[str, object]]:
        pad = written.pad
        boots: list[int] = []
        pad.emulator.on_reset.append(lambda: boots.append(1))
        page = np.asarray(pad.panel.page()).copy()
        transfers = [pad.host.control(setup, data) for setup, data in HOSTILE]
        transfers += [pad.host.control(SET_LINE_CODING + bytes([7, 0]), CODING_1200) for _ in range(20)]
        transfers += [pad.host.send_break(0xFFFF), pad.host.send_break(0)]
        pad.host.write(bytes(set(range(256)) - set(KNOWN)))
        pad.run_for(300.0)
        same = bool((np.asarray(pad.panel.page()) == page).all())
        pad.host.write(b"TmpT" * 60)
        pad.run_for(pad.pen.write([[(60.0, 220.0), (160.0, 240.0)]], 300.0) + 1_000.0)
        inked = int((np.asarray(pad.panel.page())[:STRIP_Y] != page[:STRIP_Y]).sum())
        there: dict[str, object] = {
            "hits": written.searcher.search(pad.sram).hits,
            "bits": pad.host.serial_state.bits,
            "restarts": len(boots),
            "answered": sum(transfer.done for transfer in transfers) == len(transfers),
            "unheard": sum(len(data) for data in pad.host._out_data.values()),
        }
        pad.host.write(b"E")
        pad.run_for(WIPE_MS)
        return there, same, pad.host.enumerated, inked, what_is_left(written)

    there, same, enumerated, inked, left = on_written(scenario)
    assert there["hits"] > 50
    assert there == {"hits": there["hits"], "bits": 1, "restarts": 0, "answered": True, "unheard": 0}
    assert same
    assert enumerated
    assert inked > 100
    assert_nothing_left(left)
    assert left["dsr"]


def test_icons_are_shown_and_do_not_change_the_note(on_written: Callable[..., Any]) -> None:
    def scenario(written: Written) -> tuple[int, int, int, dict[str, object]]:
        pad = written.pad
        page = np.asarray(pad.panel.page()).copy()

        def changed() -> tuple[int, int]:
            differs = np.asarray(pad.panel.page()) != page
            return int(differs[:STRIP_Y].sum()), int(differs[STRIP_Y:].sum())

        pad.host.write(b"HM")
        pad.run_for(900.0)
        note, strip = changed()
        pad.host.write(b"Tm")
        pad.run_for(900.0)
        after = sum(changed())
        pad.host.write(b"HME")
        pad.run_for(WIPE_MS)
        return note, strip, after, what_is_left(written)

    note, strip, after, left = on_written(scenario)
    assert (note, after) == (0, 0)
    assert strip > 50
    assert_nothing_left(left)


def hang_up(written: Written) -> None:
    written.pad.host.write(b"W")


def open_hook(written: Written) -> None:
    written.pad.hook.press()
    written.pad.run_for(100.0)
    written.pad.hook.release()


def test_wrap_up_keeps_the_note_until_its_bound(written_briefly: Written) -> None:
    def scenario(written: Written) -> tuple[int, bool, int, dict[str, object]]:
        pad = written.pad
        strip = np.asarray(pad.panel.page())[STRIP_Y:].copy()
        hang_up(written)
        pad.run_for(9_000.0)
        counted = bool((np.asarray(pad.panel.page())[STRIP_Y:] != strip).any())
        hits = written.searcher.search(pad.sram).hits
        bits = pad.host.serial_state.bits
        pad.run_for(1_000.0 + WIPE_MS)
        return hits, counted, bits, what_is_left(written)

    hits, counted, bits, left = fork_run(written_briefly, scenario)
    assert hits > 50
    assert counted
    assert bits == 1
    assert_nothing_left(left)
    assert left["dsr"]


def say_ring(written: Written) -> None:
    ring(written.pad)


def drop_dtr(written: Written) -> None:
    written.pad.host.set_dtr(False)


def lift_handset(written: Written) -> None:
    written.pad.hook.press()


@pytest.mark.parametrize(
    ("how", "end"), [(hang_up, say_ring), (hang_up, drop_dtr), (open_hook, lift_handset)]
)
def test_wrap_up_is_ended_before_its_bound(
    how: Callable[[Written], None], end: Callable[[Written], None], written_briefly: Written
) -> None:
    def scenario(written: Written) -> tuple[int, dict[str, object]]:
        how(written)
        written.pad.run_for(1_000.0)
        hits = written.searcher.search(written.pad.sram).hits
        end(written)
        written.pad.run_for(WIPE_MS)
        return hits, what_is_left(written)

    hits, left = fork_run(written_briefly, scenario)
    assert hits > 50
    assert_nothing_left(left)


def test_a_line_coding_request_is_answered_once(on_blank: Callable[..., Any]) -> None:
    """A driver that reads the line coding when it opens the port must not keep the pad awake afterwards."""

    def scenario(pad: VirtualPad) -> tuple[bytes, bool, int, int]:
        def cycles() -> int:
            before = pad.emulator.mcu.core.cycles
            pad.run_for(100.0)
            return int(pad.emulator.mcu.core.cycles - before)

        before = cycles()
        asked = pad.host.control(GET_LINE_CODING + bytes([7, 0]))
        pad.run_for(50.0)
        return bytes(asked.data), asked.done, before, cycles()

    data, done, before, after = on_blank(scenario)
    assert (len(data), done) == (7, True)
    assert after < 2 * before
