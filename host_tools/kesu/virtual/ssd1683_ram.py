"""ssd1683_ram: the two image planes of the SSD1683, their window, counters and data entry mode."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

WIDTH = 400
HEIGHT = 300
STRIDE = WIDTH // 8
PLANE_BYTES = STRIDE * HEIGHT

# Counter widths in bits: 4Eh takes A[5:0], 4Fh takes A[8:0].
X_MASK = 0x3F
Y_MASK = 0x1FF

# 46h/47h step sizes by code, X A[2:0] and Y A[6:4]; code 7 is the whole panel (F7h fills all of it).
FILL_WIDTHS = (8, 16, 32, 64, 128, 256, WIDTH, WIDTH)
FILL_HEIGHTS = (8, 16, 32, 64, 128, 256, HEIGHT, HEIGHT)


class Ram:
    """Planes `bw` (24h) and `red` (26h), 15,000 bytes each, MSB leftmost; contents are noise at first."""

    def __init__(self, noise: Callable[[int], bytes]) -> None:
        self._noise = noise
        self.bw = bytearray(PLANE_BYTES)
        self.red = bytearray(PLANE_BYTES)
        self.scramble()
        self.defaults()

    def scramble(self) -> None:
        """Both planes lose their content: random, not zero (hardware.md A.6-5)."""
        self.bw[:] = self._noise(PLANE_BYTES)
        self.red[:] = self._noise(PLANE_BYTES)

    def defaults(self) -> None:
        """Registers of the address unit as after a reset; the planes stay."""
        self.entry = 0x03
        self.x_start, self.x_end = 0, STRIDE - 1
        self.y_start, self.y_end = 0, HEIGHT - 1
        self.x = self.y = 0

    def write(self, plane: bytearray, data: bytes | bytearray) -> int:
        """Put `data` where the counters point and move them on; returns how many bytes fell outside the
        RAM."""
        addresses = self._advance(len(data))
        values = np.frombuffer(bytes(data), np.uint8)
        inside = addresses >= 0
        np.frombuffer(plane, np.uint8)[addresses[inside]] = values[inside]
        return int(len(data) - inside.sum())

    def read(self, plane: bytearray) -> int:
        """The byte the counters point at (FFh outside the RAM); moves them on."""
        address = int(self._advance(1)[0])
        return plane[address] if address >= 0 else 0xFF

    def fill(self, plane: bytearray, pattern: int) -> None:
        """Auto-fill (46h/47h): steps of alternating value, the first one A7."""
        rows = np.arange(HEIGHT) // FILL_HEIGHTS[pattern >> 4 & 7]
        columns = np.arange(STRIDE) * 8 // FILL_WIDTHS[pattern & 7]
        odd = (rows[:, None] + columns[None, :]) % 2 == 1
        values = np.where(odd != bool(pattern & 0x80), 0xFF, 0x00).astype(np.uint8)
        plane[:] = values.tobytes()

    def _advance(self, count: int) -> NDArray[np.int64]:
        """Addresses of the next `count` bytes, -1 where there is no RAM."""
        x_step, y_step = (1 if self.entry & 1 else -1), (1 if self.entry & 2 else -1)
        columns = (self.x_end - self.x_start) * x_step + 1
        rows = (self.y_end - self.y_start) * y_step + 1
        column = (self.x - self.x_start) * x_step
        row = (self.y - self.y_start) * y_step
        if not (0 <= column < columns and 0 <= row < rows):
            return self._advance_outside(count, x_step, y_step)
        if self.entry & 4:
            walk = np.arange(column * rows + row, column * rows + row + count + 1)
            column_of, row_of = walk // rows % columns, walk % rows
        else:
            walk = np.arange(row * columns + column, row * columns + column + count + 1)
            column_of, row_of = walk % columns, walk // columns % rows
        xs, ys = self.x_start + column_of * x_step, self.y_start + row_of * y_step
        self.x, self.y = int(xs[-1]), int(ys[-1])
        return np.where((xs < STRIDE) & (ys < HEIGHT), ys * STRIDE + xs, -1)[:-1]

    def _advance_outside(self, count: int, x_step: int, y_step: int) -> NDArray[np.int64]:
        """The same, byte by byte, for counters that start outside their window: they run on until they meet
        its end."""
        addresses = np.empty(count, np.int64)
        for index in range(count):
            there = self.x < STRIDE and self.y < HEIGHT
            addresses[index] = self.y * STRIDE + self.x if there else -1
            if self.entry & 4:
                if self.y == self.y_end:
                    self.y = self.y_start
                    self.x = self.x_start if self.x == self.x_end else self.x + x_step & X_MASK
                else:
                    self.y = self.y + y_step & Y_MASK
            elif self.x == self.x_end:
                self.x = self.x_start
                self.y = self.y_start if self.y == self.y_end else self.y + y_step & Y_MASK
            else:
                self.x = self.x + x_step & X_MASK
        return addresses
