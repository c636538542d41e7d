"""requests: rp2040py's blocks report their data requests to an RP2040's DMA; here they reach the RP2350's."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Mapping

from kesu.emulator.chips.rp2350.dma import CHANNELS, Dma

# The RP2040's numbers of SPI, UART, PWM, I2C and ADC (datasheet 2.5.3.1), and the RP2350's (12.6.4.1).
_NUMBERS = {
    **{16 + at: 24 + at for at in range(8)},
    **{24 + at: 32 + at for at in range(8)},
    **{32 + at: 44 + at for at in range(4)},
    36: 48,
}
_BACK = {here: there for there, here in _NUMBERS.items()}
_NONE = 0x3F


class _Channel:
    """A channel as a block of rp2040py sees it."""

    def __init__(self, dma: Dma, number: int) -> None:
        self._dma, self._number = dma, number

    @property
    def active(self) -> bool:
        return self._dma.active(self._number)

    @property
    def treq(self) -> int:
        """The request that it waits for, by the RP2040's number."""
        return _BACK.get(self._dma.request_of(self._number), _NONE)


class Requests:
    """Stands for rp2040py's DMA block. standing: the requests that its blocks made while they were built."""

    def __init__(self, dma: Dma, standing: Mapping[int, bool]) -> None:
        self._dma = dma
        self.dreq: dict[int, bool] = {}
        self.channels = [_Channel(dma, number) for number in range(CHANNELS)]
        for which, level in standing.items():
            if level:
                self.set_dreq(which)

    def set_dreq(self, which: int) -> None:
        self._pass_on(which, True)

    def clear_dreq(self, which: int) -> None:
        self._pass_on(which, False)

    def reset(self) -> None:
        """The RP2350's block is reset by its own name."""

    def _pass_on(self, which: int, level: bool) -> None:
        self.dreq[which] = level
        if which in _NUMBERS:
            self._dma.request(_NUMBERS[which], level)
