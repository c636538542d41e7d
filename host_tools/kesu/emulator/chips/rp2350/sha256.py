"""sha256: the RP2350's SHA-256 block (datasheet 12.13): the compression of FIPS 180-4, a word at a time."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import isqrt
from typing import Any

from kesu.emulator.chips.rp2350.blocks import Kept
from kesu.emulator.chips.rp2350.facts import RP2350
from kesu.emulator.core.emulator import words

_CSR, _WDATA, _SUM = 0x00, 0x04, 0x08
_START, _READY, _VALID, _ERROR, _SIZE, _BSWAP = 1, 1 << 1, 1 << 2, 1 << 4, 3 << 8, 1 << 12
_AT_RESET = _BSWAP | 2 << 8 | _VALID | _READY
_WORDS = 16
_DIGEST_NS = float(57 * Fraction(1_000_000_000, RP2350.clk_sys_hz))
"""WDATA_RDY is low for 57 cycles after the 16th word."""
_MASK = 0xFFFF_FFFF


def _primes(count: int) -> list[int]:
    found: list[int] = []
    number = 2
    while len(found) < count:
        if all(number % prime for prime in found):
            found.append(number)
        number += 1
    return found


def _cube_root(number: int) -> int:
    """The integer part."""
    low, high = 0, number
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if middle**3 <= number else (low, middle - 1)
    return low


# FIPS 180-4, 4.2.2 and 5.3.3: 32 bits after the point of the cube roots and square roots of primes.
_K = [_cube_root(prime << 96) & _MASK for prime in _primes(64)]
INITIAL = [isqrt(prime << 64) & _MASK for prime in _primes(8)]


def _right(value: int, by: int) -> int:
    return (value >> by | value << (32 - by)) & _MASK


def compress(state: Sequence[int], block: Sequence[int]) -> list[int]:
    """The next hash value (FIPS 180-4, 6.2.2). state: eight words; block: sixteen, the first byte the highest."""
    schedule = list(block)
    for at in range(16, 64):
        older, newer = schedule[at - 15], schedule[at - 2]
        sigma0 = _right(older, 7) ^ _right(older, 18) ^ older >> 3
        sigma1 = _right(newer, 17) ^ _right(newer, 19) ^ newer >> 10
        schedule.append((schedule[at - 16] + sigma0 + schedule[at - 7] + sigma1) & _MASK)
    a, b, c, d, e, f, g, h = state
    for constant, word in zip(_K, schedule, strict=True):
        first = h + (_right(e, 6) ^ _right(e, 11) ^ _right(e, 25)) + (e & f ^ ~e & g) + constant + word
        second = (_right(a, 2) ^ _right(a, 13) ^ _right(a, 22)) + (a & b ^ a & c ^ b & c)
        h, g, f, e, d, c, b, a = g, f, e, (d + first) & _MASK, c, b, a, (first + second) & _MASK
    return [(one + other) & _MASK for one, other in zip(state, (a, b, c, d, e, f, g, h), strict=True)]


class Sha256(Kept):
    """The block. request(level): its data request, which stands for 16 words at a time."""

    def __init__(self, mcu: Any, request: Callable[[bool], None]) -> None:
        super().__init__(mcu, "SHA256", {_CSR: _AT_RESET})
        self._request = request
        self._alarm = mcu.clock.create_alarm(self._digested)
        self._partial = b""
        self._block: list[int] = []
        self._sum = [0] * 8

    def reset(self) -> None:
        super().reset()
        self._alarm.cancel()
        self._partial, self._block, self._sum = b"", [], [0] * 8

    def read_uint32(self, offset: int) -> int:
        if _SUM <= offset < _SUM + 32:
            return self._sum[(offset - _SUM) // 4]
        return 0 if offset == _WDATA else super().read_uint32(offset)

    def write_uint32(self, offset: int, value: int) -> None:
        if offset == _WDATA:
            self.write_narrow(offset, value, 4)
        elif offset == _CSR:
            control = self.kept[_CSR] & ~(_BSWAP | _SIZE) | value & (_BSWAP | _SIZE)
            self.kept[_CSR] = control & ~(value & _ERROR)
            if value & _START:
                self._alarm.cancel()
                self._partial, self._block, self._sum = b"", [], list(INITIAL)
                self._ready()

    def write_narrow(self, offset: int, value: int, size: int) -> None:
        """A write of 1, 2 or 4 bytes; bytes and halfwords make a word, the first the lowest."""
        if offset != _WDATA:
            self.write_uint32(offset, value)
            return
        if not self.kept[_CSR] & _READY:
            self.kept[_CSR] |= _ERROR
            return
        self._partial += (value & (1 << 8 * size) - 1).to_bytes(size, "little")
        self.kept[_CSR] &= ~_VALID
        if len(self._partial) < 4:
            return
        word, self._partial = self._partial[:4], b""
        self._block.append(int.from_bytes(word, "big" if self.kept[_CSR] & _BSWAP else "little"))
        if len(self._block) == _WORDS:
            self.kept[_CSR] &= ~_READY
            self._request(False)
            self._alarm.schedule(_DIGEST_NS)

    def _digested(self) -> None:
        self._sum, self._block = compress(self._sum, self._block), []
        self._ready()

    def _ready(self) -> None:
        self.kept[_CSR] |= _READY | _VALID
        self._request(True)

    def visible_state(self) -> bytes:
        """Message words that wait, the hash value, and the other registers."""
        waiting = [*self._block, *[0] * (_WORDS - len(self._block))]
        return (
            words([*waiting, int.from_bytes(self._partial, "little"), *self._sum]) + super().visible_state()
        )
