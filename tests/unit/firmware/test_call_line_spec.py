"""test_call_line_spec: the firmware understands the bytes of call_line.toml, no others, and wipes as it says."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from kesu.spec.call_line import (
    CALL_BYTES,
    MANUFACTURER_TEXT,
    MODEM_BITS,
    PRODUCT,
    PRODUCT_TEXT,
    VENDOR,
    CallByte,
)
from kesu_pad import callline, events, session

FIRMWARE = Path(__file__).parents[3] / "firmware"
WIPING = {
    # wipes -> with a note: without time for after-call work; with it; in after-call work
    "always": (True, True, True),
    "without wrap_up_s": (True, False, False),
    "in wrap-up": (False, False, True),
    "never": (False, False, False),
}


@pytest.fixture
def line(doubles: Any) -> Any:
    return callline.CallLine(doubles.Usb(), doubles.Sink())


def wipes(event: int, state: int, wraps_up: bool) -> bool:
    """Whether the event wipes a note in this state."""
    pad = session.Session(wraps_up)
    pad.state = state
    return pad.step(event) == session.WIPE


def what_it_wipes(event: int) -> tuple[bool, bool, bool]:
    return (
        wipes(event, session.WRITING, False),
        wipes(event, session.WRITING, True),
        wipes(event, session.WRAP_UP, True),
    )


@pytest.mark.parametrize("one", CALL_BYTES.values(), ids=CALL_BYTES)
def test_each_byte_wipes_as_specified(one: CallByte, line: Any) -> None:
    assert what_it_wipes(line._meaning(one.byte[0])) == WIPING[one.wipes]


def test_every_other_byte_is_counted_and_ignored(line: Any) -> None:
    known = {one.byte[0] for one in CALL_BYTES.values()}
    assert len(known) == len(CALL_BYTES)
    for byte in range(256):
        before = line.ignored
        event = line._meaning(byte)
        assert (line.ignored - before) == (byte not in known), byte
        assert event == events.NONE or byte in known


def test_modem_bits_and_usb_numbers_are_those_of_the_specification() -> None:
    assert {name: getattr(callline, name) for name in MODEM_BITS} == MODEM_BITS
    assert sorted(MODEM_BITS.values()) == [1, 2, 8], "PSTN 1.2 table 31: DCD, DSR, RI"
    device = callline.DEVICE
    assert (int.from_bytes(device[8:10], "little"), int.from_bytes(device[10:12], "little")) == (
        VENDOR,
        PRODUCT,
    )
    texts = callline._Strings()
    assert (texts[device[14]], texts[device[15]]) == (MANUFACTURER_TEXT, PRODUCT_TEXT)


def test_the_service_image_has_the_same_texts() -> None:
    header = (FIRMWARE / "boards" / "common.h").read_text(encoding="utf-8")
    found = re.findall(r'#define MICROPY_HW_USB_(?:MANUFACTURER|PRODUCT_FS)_STRING "([^"]*)"', header)
    assert found == [MANUFACTURER_TEXT, PRODUCT_TEXT]
