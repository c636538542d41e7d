"""usb_requests: control requests that a hostile PC might send: random, almost valid, contradictory."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import random

Request = tuple[bytes, bytes]
"""Setup packet and data stage."""

STRUCTURED = (
    # bmRequestType, bRequest: standard, class and vendor requests that exist, in either direction
    (0x80, 0x06), (0x80, 0x00), (0x81, 0x00), (0x82, 0x00), (0x80, 0x08), (0x81, 0x0A), (0x82, 0x0C),
    (0x00, 0x09), (0x01, 0x0B), (0x00, 0x03), (0x00, 0x01), (0x02, 0x01), (0x02, 0x03), (0x00, 0x07),
    (0x21, 0x20), (0xA1, 0x21), (0x21, 0x22), (0x21, 0x23), (0x21, 0x00), (0xA1, 0x01),
    (0xC0, 0x51), (0xC1, 0x01), (0x40, 0x01), (0x41, 0x02),
    # the same in the opposite direction, which a PC's own drivers never send
    (0x00, 0x06), (0x00, 0x00), (0x02, 0x00), (0x00, 0x08), (0x01, 0x0A), (0x82, 0x01), (0x80, 0x09),
    (0x81, 0x0B), (0xA1, 0x20), (0x21, 0x21), (0xA1, 0x22),
)  # fmt: skip
SOUND = (
    # Complete requests that a pad accepts: bmRequestType, bRequest, wValue, wIndex, wLength
    (0x80, 0x06, 0x0100, 0, 18), (0x80, 0x06, 0x0200, 0, 255), (0x80, 0x06, 0x0301, 0x0409, 255),
    (0x80, 0x00, 0, 0, 2), (0x80, 0x08, 0, 0, 1), (0x81, 0x0A, 0, 0, 1), (0x81, 0x0A, 0, 1, 1),
    (0x82, 0x00, 0, 0x00, 2), (0x82, 0x00, 0, 0x81, 2), (0x82, 0x00, 0, 0x02, 2),
    (0x00, 0x09, 0, 0, 0), (0x00, 0x09, 1, 0, 0), (0x01, 0x0B, 0, 0, 0), (0x01, 0x0B, 0, 1, 0),
    (0x02, 0x01, 0, 0x81, 0), (0x02, 0x01, 0, 0x82, 0), (0x02, 0x01, 0, 0x02, 0),
    (0x21, 0x20, 0, 0, 7), (0xA1, 0x21, 0, 0, 7), (0xA1, 0x21, 0, 0, 64),
    (0x21, 0x22, 0, 0, 0), (0x21, 0x22, 1, 0, 0), (0x21, 0x22, 3, 0, 0), (0x21, 0x23, 0xFFFF, 0, 0),
)  # fmt: skip
VALUES = (0, 1, 2, 0x0100, 0x0200, 0x0300, 0x0301, 0x0302, 0x03EE, 0x0600, 0xFFFF)
INDICES = (0, 1, 2, 0x81, 0x82, 0x0409, 0xFFFF)
LENGTHS = (0, 1, 2, 7, 8, 9, 18, 64, 75, 255)
SET_ADDRESS, SET_CONFIGURATION = (0x00, 0x05), (0x00, 0x09)
SET_LINE_STATE = (0x21, 0x22)
TO_HOST = 0x80
"""Direction bit of bmRequestType: TinyUSB by itself obeys SET_... with either value."""
DTR = 1


def request(chosen: random.Random, *, harmless: bool) -> Request:
    """One request: a third are valid, a third almost valid, a third random.

    harmless: only requests that do not end a call by design: DTR and configuration stay. Never SET_ADDRESS, after
    which this host could not reach the pad.
    """
    while True:
        makes = chosen.randrange(3)
        if makes == 0:
            kind, number, value, index, length = chosen.choice(SOUND)
        elif makes == 1:
            kind, number = chosen.choice(STRUCTURED)
            value = chosen.choice((*VALUES, chosen.randrange(65_536)))
            index = chosen.choice((*INDICES, chosen.randrange(65_536)))
            length = chosen.choice((*LENGTHS, chosen.randrange(512)))
        else:
            kind, number = chosen.randrange(256), chosen.randrange(256)
            value, index = chosen.randrange(65_536), chosen.randrange(65_536)
            length = chosen.choice((0, chosen.randrange(16), chosen.randrange(512)))
        obeyed = (kind & ~TO_HOST, number)
        if obeyed == SET_ADDRESS or (harmless and obeyed == SET_CONFIGURATION):
            continue
        if harmless and (kind, number) == SET_LINE_STATE:
            value |= DTR
        setup = bytes([kind, number]) + b"".join(
            word.to_bytes(2, "little") for word in (value, index, length)
        )
        return setup, b"" if kind & TO_HOST else chosen.randbytes(length)


def requests(seed: int, count: int, *, harmless: bool = True) -> list[Request]:
    """`count` requests from `request`."""
    chosen = random.Random(seed)
    return [request(chosen, harmless=harmless) for _ in range(count)]
