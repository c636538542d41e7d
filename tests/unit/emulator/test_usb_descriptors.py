"""test_usb_descriptors: endpoints and interfaces are found in a CDC configuration, broken ones refused."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import pytest
from kesu.emulator.usb.descriptors import ConfigurationDescriptor, parse_configuration

BODY = b"".join(
    bytes.fromhex(element)
    for element in (
        "08 0b 00 02 02 02 00 00",  # interface association: 0 and 1 are one CDC function
        "09 04 00 00 01 02 02 00 00",  # communications interface
        "05 24 00 20 01",  # CDC header, class specific
        "07 05 81 03 08 00 10",  # notification: interrupt IN 1
        "09 04 01 00 02 0a 00 00 00",  # data interface
        "07 05 02 02 40 00 00",  # bulk OUT 2
        "07 05 82 02 40 00 00",  # bulk IN 2
    )
)


def configuration(body: bytes = BODY) -> bytes:
    return bytes([9, 2]) + (9 + len(body)).to_bytes(2, "little") + bytes([2, 1, 0, 0x80, 125]) + body


def test_cdc_endpoints_are_found() -> None:
    found = parse_configuration(configuration())
    assert found.interface_classes == (0x02, 0x0A)
    assert (found.control_interface, found.notification_in) == (0, 1)
    assert (found.bulk_out, found.bulk_in, found.value) == (2, 2, 1)


def test_without_cdc_nothing_is_found() -> None:
    found = parse_configuration(configuration(b""))
    assert (found.notification_in, found.bulk_in, found.bulk_out) == (None, None, None)
    assert ConfigurationDescriptor.empty().bulk_in is None


@pytest.mark.parametrize("raw", [configuration()[:-3], configuration(b"\x00\x04"), b"\x09\x02"])
def test_broken_descriptor_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError, match="descriptor"):
        parse_configuration(raw)
