"""figures: latency and cost of drawing, from one scripted pen session."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import statistics
import struct
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from kesu.emulator import scenario
from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.core.clock import NS_PER_MS
from kesu.emulator.core.facts import SRAM_BASE
from kesu.emulator.touch import handwriting

TEXT = "山田太郎"
LETTER_PX = 30.0
PEN_PX_S = 260.0
IDLE_MS = 5_000.0
SINGLES = 5
"""Number of single strokes on a pad at rest."""
REST_MS = 1_700.0
"""Pause between them: longer than two partial refreshes, no multiple of a panel's or touch chip's period."""
LOST_CELL = 2
"""Index of the lost-sample counter in the sampler's state, six 32-bit cells owned as kind 3
(kesu_pad/touch/sampler.py)."""
RING_KIND, STATE_BYTES = 3, 24


@dataclass(frozen=True)
class Spread:
    """Median and worst of some times in ms, and how many there were."""

    median_ms: float
    worst_ms: float
    count: int

    @classmethod
    def of(cls, values: list[float]) -> Spread:
        """Raises ValueError when there is no value."""
        if not values:
            raise ValueError("nothing was measured")
        return cls(round(statistics.median(values), 2), round(max(values), 2), len(values))


@dataclass(frozen=True)
class Figures:
    """The figures of `measure`. Latencies count from INT's falling edge to the start of the next waveform."""

    panel: str
    film: str
    idle_latency: Spread
    writing_latency: Spread
    reports: int
    reports_not_read: int
    samples_lost: int
    refreshes_per_s: float
    spi_bytes_per_stroke: float
    cpu_writing: float
    cpu_idle: float

    def to_dict(self) -> dict[str, object]:
        """For JSON."""
        return asdict(self)


class Meter:
    """Counters of a pad over a stretch of emulated time."""

    def __init__(self, pad: VirtualPad) -> None:
        self._pad = pad
        self._start_ns = pad.clock.now_ns
        self._cycles = pad.emulator.mcu.core.cycles
        self._spi = pad.wiring.spi.bytes_sent
        self._refreshes = len(pad.panel.refreshes)

    @property
    def seconds(self) -> float:
        """Emulated time so far."""
        return (self._pad.clock.now_ns - self._start_ns) / 1e9

    @property
    def cpu(self) -> float:
        """Fraction of the core's clock cycles in which it did not sleep."""
        return float(
            (self._pad.emulator.mcu.core.cycles - self._cycles)
            / (self.seconds * self._pad.emulator.facts.clk_sys_hz)
        )

    @property
    def spi_bytes(self) -> int:
        """Bytes sent to the panel."""
        return self._pad.wiring.spi.bytes_sent - self._spi

    @property
    def refreshes(self) -> list[int]:
        """Starts of waveforms, in ns."""
        return [
            refresh.start_ns
            for refresh in self._pad.panel.refreshes[self._refreshes :]
            if refresh.waveform is not None
        ]


def measure(uf2: Path, *, seed: int = 1, panel: str | None = None) -> Figures:
    """Run one session of the image: rest, single strokes, a line of kanji. Takes about a minute."""
    pad = scenario.boot_pad(uf2, seed=seed, panel=panel)
    pad.run_for(1_000.0)

    idle = Meter(pad)
    pad.run_for(IDLE_MS)
    cpu_idle = idle.cpu

    falls: list[int] = []
    reads = _watch(pad, falls)
    single, bytes_before = [], Meter(pad)
    for index in range(SINGLES):
        falls.clear()
        alone = Meter(pad)
        y = pad.glass.height * (index + 1) / (SINGLES + 1)
        pad.pen.write([[(30.0, y), (60.0, y + 4.0)]], PEN_PX_S)
        pad.run_for(REST_MS + 37.0 * index)
        single.append((alone.refreshes[0] - falls[0]) / NS_PER_MS)
    spi_per_stroke = bytes_before.spi_bytes / SINGLES

    falls.clear()
    writing = Meter(pad)
    strokes = handwriting.strokes(TEXT, 90.0, pad.glass.height * 0.2, LETTER_PX)
    lasted_ms = pad.pen.write(strokes, PEN_PX_S)
    pad.run_for(lasted_ms)
    per_s, cpu_writing = len(writing.refreshes) / writing.seconds, writing.cpu
    pad.run_for(REST_MS)
    return Figures(
        panel=pad.fitted,
        film=pad.panel.film.name,
        idle_latency=Spread.of(single),
        writing_latency=Spread.of(_latencies(falls, writing.refreshes)),
        reports=pad.touch.reports,
        reports_not_read=pad.touch.reports - reads(),
        samples_lost=_lost(pad),
        refreshes_per_s=round(per_s, 2),
        spi_bytes_per_stroke=round(spi_per_stroke, 1),
        cpu_writing=round(cpu_writing, 4),
        cpu_idle=round(cpu_idle, 5),
    )


def _watch(pad: VirtualPad, falls: list[int]) -> Callable[[], int]:
    """Log when the touch chip reports (ns); returns a counter of how often it has been read since."""
    inner = pad.touch.on_int
    start = pad.touch.i2c_start
    count = 0

    def on_int(level: bool) -> None:
        if not level and pad.touch.reported() is not None:
            falls.append(pad.clock.now_ns)
        if inner is not None:
            inner(level)

    def i2c_start(address: int, read: bool) -> bool:
        nonlocal count
        count += read
        return start(address, read)

    pad.touch.on_int = on_int
    pad.touch.i2c_start = i2c_start  # type: ignore[method-assign]
    return lambda: count


def _latencies(falls: list[int], refreshes: list[int]) -> list[float]:
    """From each report to the first waveform after it, in ms."""
    found = []
    for fall in falls:
        later = [start for start in refreshes if start > fall]
        if later:
            found.append((later[0] - fall) / NS_PER_MS)
    return found


def _lost(pad: VirtualPad) -> int:
    """Samples that found the ring full, by the firmware's own count."""
    (address,) = [
        owner.address for owner in pad.owners() if (owner.kind, owner.length) == (RING_KIND, STATE_BYTES)
    ]
    (lost,) = struct.unpack_from("<i", pad.sram, address - SRAM_BASE + 4 * LOST_CELL)
    return int(lost)
