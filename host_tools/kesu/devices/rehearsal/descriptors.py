"""descriptors: the USB descriptors in the bytes of an image, as TinyUSB keeps them.

MicroPython's own device descriptor is in every image, so the device is chosen by its number.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Iterator

DEVICE = b"\x12\x01\x00\x02"  # bLength, DEVICE, bcdUSB 2.00 (USB 2.0, table 9-8)
DEVICE_BYTES = 18
CONFIGURATION = b"\x09\x02"  # bLength, CONFIGURATION (table 9-10)
MOST_BYTES = 512


def descriptors_in(flash: bytes, vendor: int, product: int) -> bytes:
    """The device descriptor with these numbers, and the first configuration; empty where one of them is missing."""
    numbers = vendor.to_bytes(2, "little") + product.to_bytes(2, "little")
    devices = [flash[at : at + DEVICE_BYTES] for at in _places(flash, DEVICE) if _is_device(flash, at)]
    ours = [device for device in devices if device[8:12] == numbers]
    found = [whole for at in _places(flash, CONFIGURATION) if (whole := _configuration(flash, at))]
    return ours[0] + found[0] if ours and found else b""


def _places(flash: bytes, start: bytes) -> Iterator[int]:
    at = flash.find(start)
    while at >= 0:
        yield at
        at = flash.find(start, at + 1)


def _is_device(flash: bytes, at: int) -> bool:
    return flash[at + 7 : at + 8] == b"\x40" and flash[at + 17 : at + 18] == b"\x01"


def _configuration(flash: bytes, at: int) -> bytes:
    """The whole configuration, whose parts end exactly at its total length; empty for other bytes."""
    total = int.from_bytes(flash[at + 2 : at + 4], "little")
    whole = flash[at : at + total]
    if not len(CONFIGURATION) < total <= MOST_BYTES or len(whole) < total or not whole[4]:
        return b""
    place, interfaces = 0, set()
    while place < total:
        length = whole[place]
        if length < 2 or place + length > total:
            return b""
        if whole[place + 1] == 4:  # INTERFACE (table 9-12)
            interfaces.add(whole[place + 2])
        place += length
    return whole if len(interfaces) == whole[4] else b""
