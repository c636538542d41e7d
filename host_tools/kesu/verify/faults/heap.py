"""heap: how much of MicroPython's heap is free, read from its allocation table in the pad's RAM."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import numpy as np

from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.core.facts import SRAM_BASE

BLOCK_BYTES = 16
"""Bytes of a heap block: four words (MicroPython 1.25, py/gc.h)."""
BLOCKS_PER_BYTE = 4
"""Blocks per byte of the allocation table: two bits each for free, head, tail, marked head (py/gc.c)."""


def _free_blocks(pad: VirtualPad) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """True for each free block. The table is at the beginning of the heap, followed by the blocks."""
    span = pad.memory_map.heap
    # After the table comes one bit a block for finalisers; both tables reduce the pool.
    blocks = int(len(span) // (BLOCK_BYTES + 1 / BLOCKS_PER_BYTE + 1 / 8))
    first = span.start - SRAM_BASE
    table = np.frombuffer(pad.sram[first : first + blocks // BLOCKS_PER_BYTE], dtype=np.uint8)
    pairs = (table[:, None] >> np.array([0, 2, 4, 6], dtype=np.uint8)) & 3
    free: np.ndarray[tuple[int], np.dtype[np.bool_]] = pairs.reshape(-1) == 0
    return free


def free_bytes(pad: VirtualPad) -> int:
    """Free bytes of the heap."""
    return int(_free_blocks(pad).sum()) * BLOCK_BYTES


def largest_free_bytes(pad: VirtualPad) -> int:
    """Bytes of the largest free run of blocks, which shrinks as the heap fragments."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], _free_blocks(pad), [False])).astype(np.int8)))
    lengths = edges[1::2] - edges[::2]
    return int(lengths.max(initial=0)) * BLOCK_BYTES
