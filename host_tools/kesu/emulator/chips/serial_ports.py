"""serial_ports: UARTs and SPI0 of both chips with the times that their transfers take.

SPI1, the panel's, is a model of the pad (kesu.emulator.board.spi_port).
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from kesu.emulator.chips.pl011 import Uart

_UART_IRQ = 20
_UART_REQUEST = 20
"""rp2040py's numbers: interrupt of UART0, and its first data request; UART1 follows with one and two more."""


def uarts(mcu: Any, clk_peri: int) -> list[Uart]:
    """Both UARTs, in the place of rp2040py's. clk_peri: in Hz."""
    mcu.uart = [_uart(mcu, number, clk_peri) for number in range(2)]
    return mcu.uart  # type: ignore[no-any-return]  # rp2040py has no types


def _uart(mcu: Any, number: int, clk_peri: int) -> Uart:
    def request(which: int, level: bool) -> None:
        change: Callable[[int], None] = mcu.dma.set_dreq if level else mcu.dma.clear_dreq
        change(_UART_REQUEST + 2 * number + which)

    return Uart(mcu, f"UART{number}", clk_peri, partial(mcu.set_interrupt, _UART_IRQ + number), request)


def time_spi0(mcu: Any, clk_peri: int) -> None:
    """Let each frame of SPI0 take its bits. Nothing is connected: it reads as 0."""
    port = mcu.spi[0]
    mcu.clk_peri = clk_peri
    done = mcu.clock.create_alarm(lambda: port.complete_transmit(0))

    def transmit(_value: int) -> None:
        rate = port.clock_frequency
        done.schedule(port.data_bits * 1_000_000_000 / rate if rate else 0.0)

    port.on_transmit = transmit
