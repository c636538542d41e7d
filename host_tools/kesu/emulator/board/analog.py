"""analog: what the converter reads of its pins: a source with a resistance, or nothing, and the pin's own pulls."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable
from typing import Any

REFERENCE_V, CODES = 3.3, 4096
PULL_OHMS = 65_000.0
"""Of a pin's own pull up or down: 50 to 80 kohm (RP2040 datasheet 5.5.3.4, RP2350 datasheet 14.9.2)."""
_PULL_DOWN, _PULL_UP = 1 << 2, 1 << 3
"""PADS_BANK0 GPIO0: PDE and PUE (RP2040 datasheet 2.19.6.3), the same on the RP2350."""
_FIRST_GPIO = 26


class Analog(list[int]):
    """Inputs of the converter, read as a list of codes by channel; a code put into it replaces a source.

    pads: value of a pin's pad register, by GPIO. An open pin without a pull reads where it was last: the pin's 10 pF
    keep it."""

    def __init__(self, codes: list[int], pads: Callable[[int], int]) -> None:
        super().__init__(codes)
        self._pads = pads
        self._sources: dict[int, tuple[float, float] | None] = {}

    def connect(self, channel: int, volts: float, ohms: float) -> None:
        """Drive a pin with volts through ohms."""
        self._sources[channel] = (volts, ohms)

    def open(self, channel: int) -> None:
        """Leave a pin open."""
        self._sources[channel] = None

    def __getitem__(self, which: Any) -> Any:
        if isinstance(which, slice):
            return [self[channel] for channel in range(len(self))[which]]
        if which not in self._sources:
            return super().__getitem__(which)
        code = self._code(which)
        if self._sources[which] is None:
            super().__setitem__(which, code)
        return code

    def __setitem__(self, which: Any, value: Any) -> None:
        for channel in range(len(self))[which] if isinstance(which, slice) else (which,):
            self._sources.pop(channel, None)
        super().__setitem__(which, value)

    def _code(self, channel: int) -> int:
        pad = self._pads(_FIRST_GPIO + channel)
        pulls = [volts for bit, volts in ((_PULL_UP, REFERENCE_V), (_PULL_DOWN, 0.0)) if pad & bit]
        source = self._sources[channel]
        if source is None and not pulls:
            return int(super().__getitem__(channel))
        driven = [(volts, 1.0 / PULL_OHMS) for volts in pulls]
        if source is not None:
            driven.append((source[0], 1.0 / source[1]))
        volts = sum(each * share for each, share in driven) / sum(share for _, share in driven)
        return max(0, min(CODES - 1, int(volts / REFERENCE_V * CODES)))
