"""spi_port: SPI1 with the timing of the real PL022, evaluated lazily so that sending a plane stays cheap.

The emulator's own model needs one alarm for every byte. Here the end of a byte is computed when it is
written; completed bytes are passed to the panel on the next access (status register, data register, a
change of CS or DC) or when the last queued byte ends. The order of bytes and levels is exact.

While the firmware only sends a picture, the queue is lent to the core in C, which answers the core's reads of the
status register and accepts its bytes. At other times only the status is lent, while at most one byte is on the wire:
an alarm passes that byte to the panel at its end, so no read of the status can come before. Any access here takes
back first what is lent.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rp2040py.peripherals import spi

from kesu.emulator.core.clock import Alarm, Clock
from kesu.emulator.core.emulator import LENT_QUEUE, LENT_STATUS, SPI_MOST

FIFO_DEPTH = 8

# CLK_PERI_CTRL AUXSRC (RP2040 datasheet 2.15.7; at the same place on an RP2350).
_AUXSRC_SHIFT = 5
_AUXSRC_MASK = 0x7

# PL022 mode 0 raises SSPFSSOUT between frames (PrimeCell SSP TRM 2.3.9): ten bit times a byte, not eight.
_GAP_BITS_WITHOUT_SPH = 2


class SpiPort(spi.RPSPI):
    """A PL022. `on_byte(value) -> int` is called at the end of each byte and returns the byte on MISO. While
    `patient()`, many bytes may go to `on_block` at once, and 0 is on MISO; setting `on_byte` ends that."""

    def __init__(
        self,
        mcu: Any,
        original: spi.RPSPI,
        clock: Clock,
        clk_peri_hz: Mapping[int, int],
        borrower: Any = None,
    ) -> None:
        self._clock = clock
        self._clk_peri_hz = clk_peri_hz
        self._borrower = borrower
        self._in_flight: deque[tuple[int, int]] = deque()
        self._last_end_ns = 0
        self._paced: tuple[tuple[int, int, int], int] = ((-1, 0, 0), 0)
        self._alarm: Alarm | None = None
        self._on_byte: Callable[[int], int] = lambda value: 0xFF
        self.on_block: Callable[[bytes], None] | None = None
        self.on_rate: Callable[[float], None] = lambda rate_hz: None
        self.patient: Callable[[], bool] = lambda: False
        self.on_wire: Callable[[int, int], None] | None = None
        """Called for each byte as it is written, with its start and end on the wire in ns."""
        self.on_shifted: Callable[[Sequence[tuple[int, int]]], None] | None = None
        """Called with end in ns and value of bytes that have begun, some time after their begin: at the latest when
        `settle` is called. Each byte once; the queue can stay lent."""
        self._shown = 0
        """Bytes in flight that on_shifted has had."""
        self.bytes_sent = 0
        self.bytes_lost = 0
        super().__init__(mcu, original.name, original.irq, original.dreq)

    @property
    def on_byte(self) -> Callable[[int], int]:
        """Receives each byte."""
        return self._on_byte

    @on_byte.setter
    def on_byte(self, receiver: Callable[[int], int]) -> None:
        self._on_byte, self.on_block = receiver, None

    @property
    def bit_rate_hz(self) -> float:
        """SCLK: the clock that the firmware selected for clk_peri, divided by CPSDVSR*(SCR+1)."""
        source = (self.rp2040.clocks.peri_ctrl >> _AUXSRC_SHIFT) & _AUXSRC_MASK
        rate = self._clk_peri_hz.get(source, self._clk_peri_hz[0])
        scr = (self._control0 >> spi.SCR_SHIFT) & spi.SCR_MASK
        return rate / (max(2, self._clock_divisor) * (1 + scr))

    @property
    def byte_ns(self) -> int:
        """Time one frame takes on the wire, in ns."""
        setting = (self.rp2040.clocks.peri_ctrl, self._control0, self._clock_divisor)
        if setting != self._paced[0]:
            gap = 0 if self._control0 & spi.SPH else _GAP_BITS_WITHOUT_SPH
            self._paced = (setting, round((self.data_bits + gap) * 1e9 / self.bit_rate_hz))
        return self._paced[1]

    @property
    def busy(self) -> bool:
        self.settle()
        return bool(self._in_flight)

    @property
    def waiting(self) -> int:
        """Bytes that have not ended yet."""
        self.settle()
        return len(self._in_flight)

    def reset(self) -> None:
        self._forget()
        super().reset()

    def settle(self) -> None:
        """Pass every byte that has ended by now to the panel."""
        self._take_back()
        if self.on_shifted is not None:
            self._show()
        in_flight = self._in_flight
        if not in_flight or in_flight[0][0] > self.rp2040.clock.nanos:
            return
        now = self.rp2040.clock.nanos
        received = self.rx_fifo
        while in_flight and in_flight[0][0] <= now:
            value = in_flight.popleft()[1]
            self._shown -= self._shown > 0
            self.bytes_sent += 1
            answer = self._on_byte(value)
            if received.full:
                self._int_raw |= spi.SSPRORINTR
            else:
                received.push(answer)
        self._fifos_updated()

    def _show(self) -> None:
        """Pass bytes that have begun to `on_shifted`."""
        assert self.on_shifted is not None
        latest = self.rp2040.clock.nanos + self.byte_ns
        begun = [byte for byte in self._in_flight if byte[0] < latest]
        if len(begun) > self._shown:
            self.on_shifted(begun[self._shown :])
            self._shown = len(begun)

    def visible_state(self) -> bytes:
        """FIFO contents and registers, for a snapshot."""
        self.settle()
        waiting = bytes(value & 0xFF for _, value in self._in_flight)
        received = bytes(value & 0xFF for value in self.rx_fifo.items)
        registers = (self._control0, self._control1, self._clock_divisor, self._dma_control, self._int_enable)
        return b"".join(
            [len(waiting).to_bytes(1, "little"), waiting, len(received).to_bytes(1, "little"), received]
            + [register.to_bytes(4, "little") for register in registers]
        )

    def read_uint32(self, offset: int) -> int:
        if offset == spi.SSPSR:
            return self._status()
        if offset in (spi.SSPDR, spi.SSPRIS, spi.SSPMIS):
            self.settle()
            self._raise_levels()
            value = super().read_uint32(offset)
            self._lend()
            return value
        return super().read_uint32(offset)

    def _status(self) -> int:
        self.settle()
        in_flight = len(self._in_flight)  # one of them in the shifter, the others in the FIFO
        status = spi.BSY if in_flight else 0
        status |= spi.TFE if in_flight <= 1 else 0
        status |= spi.TNF if in_flight <= FIFO_DEPTH else 0
        status |= spi.RFF if self.rx_fifo.full else 0
        status |= spi.RNE if not self.rx_fifo.empty else 0
        self._lend()
        return status

    def write_uint32(self, offset: int, value: int) -> None:
        if offset != spi.SSPDR:
            self.settle()
            self._raise_levels()
            super().write_uint32(offset, value)
            if offset in (spi.SSPDMACR, spi.SSPIMSC):
                self._watch_changed()
            elif offset in (spi.SSPCR0, spi.SSPCR1, spi.SSPCPSR):
                self.on_rate(self.bit_rate_hz)
            return
        self.settle()
        if len(self._in_flight) > FIFO_DEPTH:
            self.bytes_lost += 1
            return
        start = max(self._clock.now_ns, self._last_end_ns)
        self._last_end_ns = start + self.byte_ns
        self._in_flight.append((self._last_end_ns, value & ((1 << self.data_bits) - 1)))
        if self.on_wire is not None:
            self.on_wire(start, self._last_end_ns)
        if self._alarm is None:
            self._arm()
        if self._dma_control:
            self._update_dma_tx()
        self._lend()

    def _lend(self) -> None:
        """Lend the queue to the core in C if nothing has to happen at the end of the next bytes, or else the
        status."""
        state, in_flight = self._borrower, self._in_flight
        if (
            state is None
            or not in_flight
            or self._int_enable
            or self.data_bits != 8
            or self.on_wire is not None
            or not self.patient()
            or self._dma_running()
        ):
            self._lend_status()
            return
        self._fill(state, LENT_QUEUE)
        # No alarm is needed until the queue is full: the core in C knows which of its bytes have ended.
        spare = SPI_MOST - FIFO_DEPTH - 1 - len(in_flight)
        self._wake_at(self._last_end_ns + spare * state.spi_byte_ns)

    def _lend_status(self) -> None:
        """Lend what the status register shows, if only the end of one byte can change it."""
        state = self._borrower
        if (
            state is not None
            and len(self._in_flight) <= 1
            and not self._int_enable
            and not self._dma_running()
        ):
            self._fill(state, LENT_STATUS)

    def _fill(self, state: Any, lent: int) -> None:
        state.spi_count, state.spi_ended = len(self._in_flight), 0
        for index, (end_ns, value) in enumerate(self._in_flight):
            state.spi_end_ns[index], state.spi_value[index] = end_ns, value & 0xFF
        state.spi_last_end_ns, state.spi_byte_ns = self._last_end_ns, self.byte_ns
        state.spi_received = self.rx_fifo.item_count
        state.spi_lent = lent

    def _take_back(self, deliver: bool = True) -> None:
        """Take back what is lent. deliver: pass its bytes that have ended to the panel, if that wants blocks."""
        state = self._borrower
        if state is None or not state.spi_lent:
            return
        lent, state.spi_lent = state.spi_lent, 0
        if lent == LENT_STATUS:
            return  # the core in C has added nothing
        count, first = state.spi_count, 0
        if deliver and self.on_block is not None and self.patient():
            if self.on_shifted is not None:
                self._in_flight = deque(zip(state.spi_end_ns[:count], state.spi_value[:count], strict=True))
                self._show()
            first = bisect_right(state.spi_end_ns, self.rp2040.clock.nanos, 0, count)
        self._in_flight = deque(zip(state.spi_end_ns[first:count], state.spi_value[first:count], strict=True))
        self._last_end_ns = state.spi_last_end_ns
        self._shown = max(0, self._shown - first)
        if first:
            self._deliver(bytes(state.spi_value[:first]))
        if self._alarm is None:
            return
        if self._in_flight:
            self._arm()
        else:
            self._alarm.cancel()
            self._alarm = None

    def _deliver(self, block: bytes) -> None:
        """Pass bytes that have ended to the panel at once."""
        assert self.on_block is not None
        self.on_block(block)
        self.bytes_sent += len(block)
        received = self.rx_fifo
        room = FIFO_DEPTH - received.item_count
        if len(block) > room:
            self._int_raw |= spi.SSPRORINTR
        for _ in range(min(room, len(block))):
            received.push(0)
        self._fifos_updated()

    def _arm(self) -> None:
        # DMA and interrupts need an alarm for every FIFO slot that empties; a polling sender only for the last.
        index = 0 if self._int_enable or self._dma_running() else -1
        self._wake_at(self._in_flight[index][0])

    def _wake_at(self, end_ns: int) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = self._clock.after(max(0, end_ns - self._clock.now_ns), self._ended)

    def _dma_running(self) -> bool:
        # pico-sdk leaves both DMA requests of a port enabled, so look for a channel that waits for them.
        if not self._dma_control:
            return False
        # Called every few bytes: a loop costs a third of any() over a generator.
        for channel in self.rp2040.dma.channels:  # noqa: SIM110
            if channel.active and channel.treq in self.dreq:
                return True
        return False

    def _watch_changed(self) -> None:
        self._update_dma_tx()
        self._update_dma_rx()
        if self._alarm is not None:
            self._arm()

    def _ended(self) -> None:
        self._alarm = None
        self.settle()
        if self._in_flight and self._alarm is None:
            self._arm()
        self._lend()

    def _forget(self) -> None:
        if self.on_shifted is not None:
            self.settle()
        self._take_back(deliver=False)
        self._in_flight.clear()
        self._shown = 0
        self._last_end_ns = 0
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def _fifos_updated(self) -> None:
        if self._int_enable:
            previous = self.int_status
            self._raise_levels()
            if self.int_status != previous:
                self.check_interrupts()
        if self._dma_control:
            self._update_dma_tx()
            self._update_dma_rx()

    def _raise_levels(self) -> None:
        """Update the two interrupt requests that follow the FIFO levels."""
        raised = self._int_raw & ~(spi.SSPTXINTR | spi.SSPRXINTR)
        raised |= spi.SSPTXINTR if len(self._in_flight) - 1 <= FIFO_DEPTH // 2 else 0
        raised |= spi.SSPRXINTR if self.rx_fifo.item_count >= FIFO_DEPTH // 2 else 0
        self._int_raw = raised

    def _update_dma_tx(self) -> None:
        self._ask(self.dreq.tx, len(self._in_flight) <= FIFO_DEPTH)

    def _update_dma_rx(self) -> None:
        self._ask(self.dreq.rx, not self.rx_fifo.empty)

    def _ask(self, request: int, wanted: bool) -> None:
        dma = self.rp2040.dma
        if dma.dreq.get(request, False) == wanted:
            return
        if wanted:
            dma.set_dreq(request)
        else:
            dma.clear_dreq(request)
