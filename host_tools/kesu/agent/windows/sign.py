"""sign: what the notification area shows of the pads: one picture and one line of text, drawn and worded here.

The sign has no menu and no command: it can be looked at. Its pictures differ in shape, not only in colour.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from kesu.agent.service import Pad

LONGEST_TIP = 127
"""Characters: szTip of NOTIFYICONDATAW has 128 with the end (shellapi.h)."""


class Sign(Enum):
    """What is shown; the first that holds for any pad wins."""

    SETTINGS = "settings"  # the agent does not run
    FAULT = "fault"
    LOST = "lost"
    NOTE = "note"
    BLANK = "blank"


TIPS: dict[str, dict[Sign, str]] = {
    "en": {
        Sign.SETTINGS: "Kesu: the settings are wrong. See the event log",
        Sign.FAULT: "Kesu: the pad reports a fault. Call IT",
        Sign.LOST: "Kesu: link lost. The pad wipes by its keys and time limits only",
        Sign.NOTE: "Kesu: a note is on the pad",
        Sign.BLANK: "Kesu: the pad is blank",
    },
    "ja": {
        Sign.SETTINGS: "Kesu: 設定エラー。イベントログを確認してください",
        Sign.FAULT: "Kesu: パッドの故障。システム担当に連絡してください",
        Sign.LOST: "Kesu: 接続なし。キーと制限時間だけで消去します",
        Sign.NOTE: "Kesu: メモあり",
        Sign.BLANK: "Kesu: メモなし",
    },
}


def sign_of(pads: Sequence[Pad]) -> Sign:
    """The sign for these pads. A wipe that is not confirmed counts as a note."""
    found = {_of_one(pad) for pad in pads}
    return next((sign for sign in Sign if sign in found), Sign.LOST)


def _of_one(pad: Pad) -> Sign:
    bits = pad.line.bits
    if not pad.line.connected or bits is None:
        return Sign.LOST
    if bits.fault:
        return Sign.FAULT
    if not pad.calls.dtr:
        return Sign.LOST
    return Sign.BLANK if bits.blank and not bits.note else Sign.NOTE


@dataclass(frozen=True)
class Picture:
    """Pixels of an icon: rows of palette indices from top to bottom."""

    rows: tuple[tuple[int, ...], ...]


CLEAR, DARK, PAPER, INK, RED = range(5)
PALETTE = {CLEAR: (0, 0, 0, 0), DARK: (70, 70, 70, 255), PAPER: (250, 250, 250, 255), INK: (20, 20, 90, 255)}
PALETTE |= {RED: (210, 30, 30, 255)}
"""Index -> red, green, blue, opacity."""


def picture(sign: Sign, size: int) -> Picture:
    """The icon in `size` x `size` pixels, at least 16."""
    rows = [[CLEAR] * size for _ in range(size)]
    top, bottom, left, right = size // 8, size - size // 8, 1, size - 1
    edge = max(1, size // 16)
    for y in range(top, bottom):
        for x in range(left, right):
            inside = top + edge <= y < bottom - edge and left + edge <= x < right - edge
            rows[y][x] = PAPER if inside else DARK
    thick = max(2, size // 8)
    if sign is Sign.NOTE:
        for line in range(1, 4):
            y = top + line * (bottom - top) // 4
            for x in range(left + 3 * edge, right - (3 + 3 * (line == 3)) * edge):
                for down in range(edge):
                    rows[y - down][x] = INK
    elif sign is not Sign.BLANK:
        for x in range(size):
            for down in range(thick):
                rows[min(size - 1, max(0, x + down - thick // 2))][x] = RED
                if sign is not Sign.FAULT:  # a fault is one stroke, a lost link a cross
                    rows[min(size - 1, max(0, size - 1 - x + down - thick // 2))][x] = RED
    return Picture(tuple(map(tuple, rows)))


def icon_resource(shown: Picture) -> bytes:
    """The picture as RT_ICON data for CreateIconFromResourceEx.

    learn.microsoft.com, "Icons", "Icon resource format": a BITMAPINFOHEADER with twice the height, the rows from the
    lowest as BGRA, then the mask of one bit for each pixel, rows padded to four bytes.
    """
    size = len(shown.rows)
    header = struct.pack("<IiiHHIIiiII", 40, size, 2 * size, 1, 32, 0, 0, 0, 0, 0, 0)
    pixels, mask = bytearray(), bytearray()
    for row in reversed(shown.rows):
        bits = 0
        for index in row:
            red, green, blue, opacity = PALETTE[index]
            pixels += bytes((blue, green, red, opacity))
            bits = bits << 1 | (not opacity)
        width = (size + 31) // 32 * 32
        mask += (bits << (width - size)).to_bytes(width // 8, "big")
    return header + bytes(pixels) + bytes(mask)
