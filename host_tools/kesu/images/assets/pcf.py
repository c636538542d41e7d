"""pcf: reads bitmap fonts in the X server's Portable Compiled Format, two-byte encodings included."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import gzip
import struct
from dataclasses import dataclass
from pathlib import Path

from kesu.common.errors import Exit, KesuError

# Kinds of tables and bits of their formats (X11, fntfilst/pcf.h).
METRICS, BITMAPS, ENCODINGS, ACCELERATORS = 1 << 2, 1 << 3, 1 << 5, 1 << 1
COMPRESSED, MSB_BYTES, MSB_BITS, PADDING = 0x100, 0x04, 0x08, 0x03
NO_GLYPH = 0xFFFF


@dataclass(frozen=True)
class Metric:
    """Bearings and extents of a glyph in pixels; rows are ascent + descent."""

    left: int
    right: int
    width: int
    ascent: int
    descent: int


class Pcf:
    """A font file. Raises KesuError when it is not one."""

    def __init__(self, path: Path) -> None:
        data = path.read_bytes()
        data = gzip.decompress(data) if path.suffix == ".gz" else data
        if data[:4] != b"\x01fcp":
            raise KesuError(
                f"{path} is not a PCF font.", hint="Install xfonts-shinonome again.", code=Exit.DATA
            )
        count = struct.unpack_from("<I", data, 4)[0]
        entries = [struct.unpack_from("<4I", data, 8 + 16 * number) for number in range(count)]
        self._tables = {kind: data[offset : offset + size] for kind, _, size, offset in entries}
        self._metrics = self._read_metrics()
        self._glyphs = self._read_encodings()
        self.ascent, self.descent = self._numbers(ACCELERATORS, 12, "2i")

    def _order(self, kind: int) -> str:
        return ">" if struct.unpack_from("<I", self._tables[kind])[0] & MSB_BYTES else "<"

    def _numbers(self, kind: int, at: int, layout: str) -> tuple[int, ...]:
        return struct.unpack_from(self._order(kind) + layout, self._tables[kind], at)

    def _read_metrics(self) -> list[Metric]:
        table = self._tables[METRICS]
        if struct.unpack_from("<I", table)[0] & COMPRESSED:
            (count,) = self._numbers(METRICS, 4, "H")
            return [
                Metric(*(byte - 0x80 for byte in table[6 + 5 * number : 11 + 5 * number]))
                for number in range(count)
            ]
        (count,) = self._numbers(METRICS, 4, "I")
        return [Metric(*self._numbers(METRICS, 8 + 12 * number, "5h")) for number in range(count)]

    def _read_encodings(self) -> dict[int, int]:
        low, high, first, last, _ = self._numbers(ENCODINGS, 4, "5H")
        columns = high - low + 1
        numbers = self._numbers(ENCODINGS, 14, f"{columns * (last - first + 1)}H")
        return {
            (first + place // columns) << 8 | (low + place % columns): number
            for place, number in enumerate(numbers)
            if number != NO_GLYPH
        }

    def rows(self, code: int, width: int) -> list[int] | None:
        """Rows of a character in its cell, bit width-1 leftmost, 1 = ink; None when the font lacks it."""
        number = self._glyphs.get(code)
        if number is None:
            return None
        metric = self._metrics[number]
        table = self._tables[BITMAPS]
        layout = struct.unpack_from("<I", table)[0]
        (count,) = self._numbers(BITMAPS, 4, "I")
        (start,) = self._numbers(BITMAPS, 8 + 4 * number, "I")
        padding = 1 << (layout & PADDING)
        stride = -(-(metric.right - metric.left) // (8 * padding)) * padding
        start += 8 + 4 * count + 16
        cell = [0] * (self.ascent + self.descent)
        for row in range(metric.ascent + metric.descent):
            content = table[start + row * stride : start + (row + 1) * stride]
            if not layout & MSB_BITS:
                content = bytes(int(f"{byte:08b}"[::-1], 2) for byte in content)
            bits = int.from_bytes(content, "big")
            shift = width - 8 * stride - metric.left
            cell[self.ascent - metric.ascent + row] = (bits << shift if shift >= 0 else bits >> -shift) & (
                (1 << width) - 1
            )
        return cell
