"""ssd16xx_ram: the two image planes of an SSD16xx, their window, counters and data entry mode."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

# Counter widths in bits: 4Eh takes A[5:0] (SSD1680: A[4:0]), 4Fh takes A[8:0].
X_MASK = 0x3F
Y_MASK = 0x1FF

# 46h/47h step sizes by code, X A[2:0] and Y A[6:4]; 6 and 7 mean the whole RAM (F7h fills all of it).
FILL_STEPS = (8, 16, 32, 64, 128, 256)


class Ram:
    """Planes `bw` (24h) and `red` (26h) of `width` sources by `height` gates, MSB first; initially noise."""

    def __init__(self, noise: Callable[[int], bytes], width: int, height: int) -> None:
        self.width = width
        self.height = height
        self.stride = width // 8
        self._noise = noise
        self.bw = bytearray(self.stride * height)
        self.red = bytearray(self.stride * height)
        self.scramble()
        self.defaults()

    def scramble(self) -> None:
        """Fill both planes with noise, as after a power loss: random, not zero (hardware-facts A.6-5)."""
        self.bw[:] = self._noise(len(self.bw))
        self.red[:] = self._noise(len(self.bw))

    def defaults(self) -> None:
        """Reset the address registers; the planes do not change."""
        self.entry = 0x03
        self.x_start, self.x_end = 0, self.stride - 1
        self.y_start, self.y_end = 0, self.height - 1
        self.x = self.y = 0

    def write(self, plane: bytearray, data: bytes | bytearray) -> int:
        """Write `data` at the counters and advance them; returns how many bytes were outside the RAM."""
        addresses = self._advance(len(data))
        values = np.frombuffer(bytes(data), np.uint8)
        inside = addresses >= 0
        np.frombuffer(plane, np.uint8)[addresses[inside]] = values[inside]
        return int(len(data) - inside.sum())

    def read(self, plane: bytearray) -> int:
        """Read the byte at the counters (FFh outside the RAM) and advance them."""
        address = int(self._advance(1)[0])
        return plane[address] if address >= 0 else 0xFF

    def fill(self, plane: bytearray, pattern: int) -> None:
        """Auto-fill (46h/47h): steps of alternating value, the first one A7."""
        rows = np.arange(self.height) // (*FILL_STEPS, self.height, self.height)[pattern >> 4 & 7]
        columns = np.arange(self.stride) * 8 // (*FILL_STEPS, self.width, self.width)[pattern & 7]
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
        return np.where((xs < self.stride) & (ys < self.height), ys * self.stride + xs, -1)[:-1]

    def _advance_outside(self, count: int, x_step: int, y_step: int) -> NDArray[np.int64]:
        """`_advance` byte by byte, for counters that start outside their window: they count until they reach
        its end."""
        addresses = np.empty(count, np.int64)
        for index in range(count):
            there = self.x < self.stride and self.y < self.height
            addresses[index] = self.y * self.stride + self.x if there else -1
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
