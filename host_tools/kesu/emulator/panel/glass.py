"""glass: the film of one panel, pixel by pixel, driven by waveforms and kept without power.

Pixels with the same history are followed as one: `_labels` says to which history a pixel belongs. A waveform
splits the histories by the row that drives each pixel. Looking changes nothing: time is followed on a grid
that does not depend on who looks.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from kesu.emulator.panel.contrast import (
    BLACK_LIGHTNESS,
    CLEAN_LIGHTNESS,
    LEGIBLE_LIGHTNESS,
    LIGHTNESS_SPAN,
    SURROUND_PX,
    Mask,
    Tile,
    Tones,
    beyond_scatter_of,
    camera,
    grown,
    tiles,
    worst_of,
)
from kesu.emulator.panel.film import STEP_S, State, drive, steps_of_rest, tone
from kesu.emulator.panel.films import film
from kesu.emulator.panel.sample import NOMINAL, WEAK, Sample
from kesu.emulator.panel.ssd16xx_waveform import ROWS, Rails, Step
from kesu.spec.panels import REFERENCE

_NOT_SCANNED = ROWS
_KEYS = (ROWS + 1) * 2
NS = 1e9


class Glass:
    """Tones of the film, 0 a rested black pixel to 1 a rested white one, linear in lightness (height, width).

    now_ns: the time, set by the controller. usual_vcom_v: VCOM that the film's vendor names. intended: the
    picture that the waveforms so far were meant to show, 1 white."""

    def __init__(self, width: int = REFERENCE.width, height: int = REFERENCE.height) -> None:
        self.width = width
        self.height = height
        self.now_ns: Callable[[], int] = _always_zero
        self.usual_vcom_v = -1.2
        self.temperature_c = 25.0
        self.sample = NOMINAL
        self.intended: Tones = np.ones((height, width), np.float32)
        self.scanned_s = 0.0
        self._film = film(NOMINAL.film)
        self._labels = np.zeros((height, width), np.int32)
        self._state = State.rested(self._film, (1,))
        self._rows: NDArray[np.int64] | None = None
        self._weak = np.zeros(1, np.int64)
        self._slices: list[tuple[float, NDArray[np.float64]]] = []
        self._done = 0
        self._since_ns = 0
        self._reached_s = 0.0
        self._before: NDArray[np.uint8] | None = None
        self._activations = 0

    def fit(self, sample: Sample, temperature_c: float | None = None) -> None:
        """Replace the film by another one in the same state: particles keep their place and share of
        depth."""
        self._settle()
        if temperature_c is not None:
            self.temperature_c = temperature_c
        fitted = film(sample.film)
        deeper = fitted.depth / self._film.depth
        place, inside = self._state.place, np.clip(self._state.place, 0.0, 1.0)
        self._state.place = inside + (place - inside) * deeper
        self._film = fitted.at(self.temperature_c)
        self.sample = sample

    # What can be seen

    @property
    def reflectance(self) -> Tones:
        """The tones now, also in the middle of a waveform; a copy (height, width)."""
        return tone(self._now(), self._film).astype(np.float32)[self._labels]

    @reflectance.setter
    def reflectance(self, tones: Tones) -> None:
        """Put pixels at tones, rested, whatever they were before."""
        if tones.shape != (self.height, self.width):
            raise ValueError(f"tones must be {(self.height, self.width)}, not {tones.shape}")
        found, labels = np.unique(np.clip(tones, 0.0, 1.0), return_inverse=True)
        self._labels = labels.reshape(tones.shape).astype(np.int32)
        self._state = State.of_tones(self._film, found.astype(np.float64))
        self._stand_still()

    @property
    def moving(self) -> bool:
        """Whether a waveform has been started and neither finished nor stopped."""
        return self._rows is not None

    @property
    def histories(self) -> int:
        """How many different histories pixels have."""
        return int(self._state.place.size)

    def tones_at(self, where: tuple[NDArray[np.int64], NDArray[np.int64]]) -> NDArray[np.float64]:
        """The tones now of some pixels, by rows and columns."""
        return tone(self._now(), self._film)[self._labels[where]]

    def charge(self) -> Tones:
        """Ledger: V s that each pixel has got so far, positive towards black, (height, width)."""
        return self._now().charge.astype(np.float32)[self._labels]

    def lightness(self) -> Tones:
        """CIE L* of every pixel, (height, width)."""
        return (BLACK_LIGHTNESS + LIGHTNESS_SPAN * self.reflectance).astype(np.float32)

    def picture(self) -> NDArray[np.uint8]:
        """Grey levels of a camera exposed for the film's white, uint8 (height, width)."""
        return camera(self.lightness())

    def legible_contrast(self, note: Mask, ignore: Mask | None = None) -> float:
        """L* between the note's pixels (True in `note`) and their surroundings, in the worst tile.

        Ink is legible at or above LEGIBLE_LIGHTNESS. Pixels in `ignore` (a screen drawn over the note) do
        not count."""
        return self.worst_of(self.legible_tiles(note, ignore))

    def legible_tiles(self, note: Mask, ignore: Mask | None = None) -> list[Tile]:
        """What `legible_contrast` compares; time changes nothing of it."""
        counted = np.ones_like(note) if ignore is None else ~ignore
        return tiles(note & counted, grown(note, SURROUND_PX) & ~note & counted)

    def ghost_contrast(self, note: Mask, screen: Mask | None = None) -> float:
        """L* of the residual image: the note's pixels against nearby pixels that should have the same tone.

        `screen`: what the pad should show now (True white). Without it every pixel of the note should be
        white, so a note that is still shown, intended or not, counts in full. Returns the worst tile's value;
        clean below CLEAN_LIGHTNESS.
        """
        if screen is None:
            return self.worst_of(self.ghost_tiles(note))
        surround = grown(note, SURROUND_PX) & ~note
        # Each part by itself: a mean over both would let a lighter and a darker one cancel out.
        return max(self.worst_of(tiles(note & shown, surround & shown)) for shown in (screen, ~screen))

    def ghost_tiles(self, note: Mask) -> list[Tile]:
        """What `ghost_contrast` compares without `screen`; it follows from `intended`."""
        return tiles(note, grown(note, SURROUND_PX) & ~note & (self.intended > 0.5))

    def worst_of(self, chosen: Iterable[Tile]) -> float:
        """Greatest difference of the mean lightness of two sets of pixels now, L*."""
        tones = tone(self._now(), self._film).astype(np.float32)
        by_label = (BLACK_LIGHTNESS + LIGHTNESS_SPAN * tones).astype(np.float32)
        labels = self._labels.ravel()
        measure = beyond_scatter_of if self.sample.incomplete else worst_of
        return measure(lambda pixels: by_label[labels[pixels]], chosen)

    def legible(self, note: Mask, ignore: Mask | None = None) -> bool:
        """Whether any part of the note can still be read."""
        return self.legible_contrast(note, ignore) >= LEGIBLE_LIGHTNESS

    def clean(self, note: Mask, screen: Mask | None = None) -> bool:
        """Whether no residual image of the note is left; arguments as for `ghost_contrast`."""
        return self.ghost_contrast(note, screen) < CLEAN_LIGHTNESS

    # Waveforms

    def start(
        self, steps: Sequence[Step], rails: Rails, rows: NDArray[np.uint8], scanned: Mask | None = None
    ) -> None:
        """Begin a waveform. rows: which of its rows drives a pixel, uint8 (height, width). scanned: pixels of
        gates that are not scanned (False) see nothing."""
        self._settle()
        repeats = self._before is not None and np.array_equal(rows, self._before)
        self._before = rows
        self._activations += 1
        key = (
            rows.astype(np.int64)
            if scanned is None
            else np.where(scanned, rows, _NOT_SCANNED).astype(np.int64)
        )
        key = self._labels * _KEYS + 2 * key + self._weak_pixels()
        used = np.bincount(key.ravel(), minlength=self._state.place.size * _KEYS) > 0
        kinds = np.flatnonzero(used)
        number = np.zeros(used.size, np.int32)
        number[kinds] = np.arange(kinds.size)
        self._labels = number[key]
        self._state = self._state.taken(kinds // _KEYS)
        self._rows, self._weak = kinds % _KEYS // 2, kinds % 2
        self._slices = [part for step in steps for part in self._parts(step, rails)]
        if repeats and self.sample.repeat_s:
            self._disturb_held(steps, rails)
        self._done, self._since_ns, self._reached_s = 0, self.now_ns(), 0.0
        self._intend(steps, rails, rows, scanned)

    def finish(self) -> None:
        """The running waveform has ended."""
        if self._rows is not None:
            self._advance(None)
            self._stand_still()

    def stop(self) -> None:
        """Abort the running waveform: every pixel keeps its present tone."""
        if self._rows is not None:
            self._state = self._now()
            self._stand_still()

    # Time

    def _stand_still(self) -> None:
        self._rows, self._slices = None, []
        self._done, self._since_ns, self._reached_s = 0, self.now_ns(), 0.0

    def _settle(self) -> None:
        """Bring everything to the present: what was not looked at until now."""
        if self._rows is not None:
            self.stop()
        self._state = self._now()
        self._stand_still()

    def _now(self) -> State:
        """The state now; the grid is followed as far as it has passed, the rest on a copy."""
        elapsed = (self.now_ns() - self._since_ns) / NS
        if self._rows is None and not self._slices:
            return self._rested(elapsed)
        self._advance(elapsed)
        left = elapsed - self._reached_s
        if self._done == len(self._slices) or left <= 0.0:
            return self._state
        state = self._state.copy()
        drive(state, self._film, self._volts(self._slices[self._done][1]), left)
        return state

    def _rested(self, elapsed: float) -> State:
        if elapsed <= 0.0:
            return self._state
        lengths = steps_of_rest(elapsed)
        for length in lengths[self._done : -1]:
            drive(self._state, self._film, 0.0, length)
        self._done = max(self._done, len(lengths) - 1)
        state = self._state.copy()
        drive(state, self._film, 0.0, lengths[-1])
        return state

    def _advance(self, elapsed: float | None) -> None:
        """Follow the waveform's slices that have ended; None: all."""
        while self._done < len(self._slices):
            seconds, volts = self._slices[self._done]
            if elapsed is not None and self._reached_s + seconds > elapsed:
                return
            drive(self._state, self._film, self._volts(volts), seconds)
            self.scanned_s += seconds
            self._reached_s += seconds
            self._done += 1

    # Voltages

    def _parts(self, step: Step, rails: Rails) -> list[tuple[float, NDArray[np.float64]]]:
        """A step in slices that are short enough: seconds, volts by row (the last: not scanned)."""
        count = max(1, int(np.ceil(step.length_ns / NS / STEP_S - 1e-9)))
        volts = np.array([*(each + self._offset_v(step, rails) for each in rails.volts(step)), 0.0])
        return [(step.length_ns / NS / count, volts)] * count

    def _offset_v(self, step: Step, rails: Rails) -> float:
        """What every scanned pixel sees on top of its source voltage: VCOM beside its best value, and the
        scan."""
        sample = self.sample
        best_v = self.usual_vcom_v - sample.vcom_table_v
        error_v = sample.vcom_error_v if rails.vcom_v is None else rails.vcom_v - best_v
        faster = (NS / step.frame_ns - 50.0) / 75.0
        return sample.kick_v * min(1.0, max(0.0, faster)) - error_v

    def _volts(self, by_row: NDArray[np.float64]) -> NDArray[np.float64]:
        """Volts of each history; those on which the activation is incomplete get a part."""
        assert self._rows is not None
        volts: NDArray[np.float64] = by_row[self._rows]
        return np.where(self._weak == 1, WEAK * volts, volts) if self.sample.incomplete else volts

    def _weak_pixels(self) -> NDArray[np.int64] | int:
        """1 where this activation is incomplete. The same pixels for the same number of activations."""
        if not self.sample.incomplete:
            return 0
        generator = np.random.default_rng((self.sample.film, self._activations))
        return (generator.random((self.height, self.width)) < self.sample.incomplete).astype(np.int64)

    def _disturb_held(self, steps: Sequence[Step], rails: Rails) -> None:
        """Add what a repetition does to held pixels: black ones get a little lighter, white ones darker."""
        held = [not any(rails.volts(step)[row] for step in steps) for row in range(ROWS)]
        volts = np.array([*(15.0 if row % 2 else -15.0 for row in range(ROWS)), 0.0])
        self._slices.append((self.sample.repeat_s, np.where([*held, False], volts, 0.0)))

    def _intend(
        self, steps: Sequence[Step], rails: Rails, rows: NDArray[np.uint8], scanned: Mask | None
    ) -> None:
        """The last voltage of a row is the tone that it is meant to show; a row without any keeps what was
        meant."""
        last = np.zeros(ROWS, np.float32)
        for step in steps:
            volts = np.array(rails.volts(step), np.float32)
            last = np.where(volts != 0.0, volts, last)
        meant = last[rows]
        moved = meant != 0.0 if scanned is None else (meant != 0.0) & scanned
        self.intended = np.where(moved, meant < 0.0, self.intended).astype(np.float32)


def unpack_frame(
    frame: bytes | bytearray | memoryview, width: int = REFERENCE.width, height: int = REFERENCE.height
) -> Mask:
    """A packed frame (MSB leftmost, 1 white) as booleans (height, width), True white."""
    return np.unpackbits(np.frombuffer(frame, np.uint8).reshape(height, width // 8), axis=1).astype(np.bool_)


def _always_zero() -> int:
    return 0
