"""glass: model of the e-paper film: one optical state per pixel, kept without power."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from kesu.emulator.panel.ssd16xx_waveform import ROWS, Rails, Step
from kesu.spec.panels import REFERENCE

Tones = NDArray[np.float32]
Mask = NDArray[np.bool_]

# White and black of a monochrome film, as CIE lightness: reflectance 0.35 and 0.027 (contrast ratio 13).
# Typical of this class of film, not measured on a GDEY042T81.
WHITE_LIGHTNESS = 65.7
BLACK_LIGHTNESS = 18.8
LIGHTNESS_SPAN = WHITE_LIGHTNESS - BLACK_LIGHTNESS

# Residue: the fraction of the step from the old tone to the new one that a waveform does not cover. A
# differential waveform is short and open loop, so it misses by a few per cent, more with each drive since the
# last flashing refresh (hardware-facts A.6-3, A.7); the flashing waveforms erase history first. The figures
# are estimates: ghosting after each kind of refresh is listed as not confirmed (hardware-facts F.2).
DIFFERENTIAL_RESIDUE = 0.02
RESIDUE_PER_EARLIER_DRIVE = 0.004
MOST_EARLIER_DRIVES = 10
FAST_FULL_RESIDUE = 0.01
FULL_RESIDUE = 0.002

# A register waveform moves a pixel by its voltage over time: all of the way in 12 frames of 15 V at 50 Hz
# (hardware-facts A.4).
NS_FOR_ALL = 200e6
DRIVE_V = 15.0

# One unit of L* is about one just noticeable difference between large adjacent fields. Reading thin strokes
# takes more: 2 L* on this white is 7 % luminance contrast, at which a digit is no longer readable.
LEGIBLE_LIGHTNESS = 2.0
# A residual image counts as clean when even a side by side comparison shows nothing: under one unit of L*.
CLEAN_LIGHTNESS = 1.0

# A mean over the whole note would hide one remaining stroke, so contrast is that of the worst tile.
TILE_PX = 40
FEWEST_TILE_PIXELS = 8
SURROUND_PX = 4


class Glass:
    """Tones of the film, 0 black to 1 white and linear in lightness, as `reflectance` (height, width)
    float32."""

    def __init__(self, width: int = REFERENCE.width, height: int = REFERENCE.height) -> None:
        self.width = width
        self.height = height
        self._tones: Tones = np.ones((height, width), np.float32)
        self._earlier_drives = np.zeros((height, width), np.uint8)
        self._start: Tones | None = None
        self._end: Tones = self._tones
        self._fraction: Callable[[], float] = _whole
        self._reached: Callable[[float], Tones] | None = None
        self.intended: Tones = self._tones.copy()

    @property
    def reflectance(self) -> Tones:
        """The tones now, also in the middle of a waveform; a copy (height, width)."""
        if self._start is None:
            return self._tones.copy()
        if self._reached is not None:
            return self._reached(min(1.0, max(0.0, self._fraction())))
        # Linear in time: real film moves faster at first, so this model keeps ink visible for longer.
        part = np.float32(min(1.0, max(0.0, self._fraction())))
        return (self._start + (self._end - self._start) * part).astype(np.float32)

    @reflectance.setter
    def reflectance(self, tones: Tones) -> None:
        if tones.shape != (self.height, self.width):
            raise ValueError(f"tones must be {(self.height, self.width)}, not {tones.shape}")
        self._start = None
        self._tones = np.clip(tones, 0.0, 1.0).astype(np.float32)

    @property
    def moving(self) -> bool:
        """Whether a waveform has been started and neither finished nor stopped."""
        return self._start is not None

    def start_full(
        self, target: Mask, fast: bool, fraction: Callable[[], float], driven: Mask | None = None
    ) -> None:
        """Begin a flashing waveform to `target` (True white); `fraction` returns its progress, 0 to 1."""
        residue = np.float32(FAST_FULL_RESIDUE if fast else FULL_RESIDUE)
        everywhere = np.ones_like(target) if driven is None else driven
        self._begin(target, everywhere, np.full(target.shape, residue, np.float32), fraction)
        self._earlier_drives[everywhere] = 0

    def start_differential(
        self,
        old: Mask,
        new: Mask,
        fraction: Callable[[], float],
        driven: Mask | None = None,
        strength: float = 1.0,
    ) -> None:
        """Begin a differential waveform: only pixels whose `old` and `new` differ (True white) are driven."""
        moved = old != new if driven is None else (old != new) & driven
        residue = (DIFFERENTIAL_RESIDUE + RESIDUE_PER_EARLIER_DRIVE * self._earlier_drives).astype(np.float32)
        if strength < 1.0:
            residue = (1.0 - (1.0 - residue) * np.float32(strength)).astype(np.float32)
        self._begin(new, moved, residue, fraction)
        self._earlier_drives[moved] = np.minimum(self._earlier_drives[moved] + 1, MOST_EARLIER_DRIVES)

    def start_steps(
        self,
        steps: Sequence[Step],
        rails: Rails,
        rows: NDArray[np.uint8],
        fraction: Callable[[], float],
        driven: Mask,
    ) -> None:
        """Begin a waveform of steps. rows: for each pixel which row of the waveform drives it, (height,
        width)."""
        rows = np.where(driven, rows, ROWS).astype(np.uint8)
        length_ns = sum(step.length_ns for step in steps)
        lines = [(step.length_ns, np.array((*rails.volts(step), 0.0), np.float32)) for step in steps]
        start = self.reflectance

        def reached(part: float) -> Tones:
            left_ns, tones = part * length_ns, start
            for step_ns, volts in lines:
                if left_ns <= 0:
                    break
                moved = volts * np.float32(min(step_ns, left_ns) / NS_FOR_ALL / DRIVE_V)
                tones = np.clip(tones - moved[rows], 0.0, 1.0)
                left_ns -= step_ns
            return tones.astype(np.float32)

        self._start, self._end, self._reached = start, reached(1.0), reached
        self._fraction = fraction
        self.intended = np.where(self._end > 0.5, np.float32(1), np.float32(0))

    def finish(self) -> None:
        """Complete the running waveform: every pixel reaches its target."""
        if self._start is not None:
            self._tones, self._start, self._reached = self._end, None, None

    def stop(self) -> None:
        """Abort the running waveform: every pixel keeps its present tone."""
        self._tones, self._start, self._reached = self.reflectance, None, None

    def drive_full(self, target: Mask, fast: bool = False) -> None:
        """A whole flashing refresh at once."""
        self.start_full(target, fast, _whole)
        self.finish()

    def drive_differential(self, old: Mask, new: Mask) -> None:
        """A whole differential refresh at once."""
        self.start_differential(old, new, _whole)
        self.finish()

    def lightness(self) -> Tones:
        """CIE L* of every pixel, (height, width)."""
        return (BLACK_LIGHTNESS + LIGHTNESS_SPAN * self.reflectance).astype(np.float32)

    def picture(self) -> NDArray[np.uint8]:
        """Grey levels of a camera exposed for the film's white, uint8 (height, width)."""
        luminance = _luminance(self.lightness()) * (0.85 / _luminance(np.float32(WHITE_LIGHTNESS)))
        encoded = np.where(luminance <= 0.0031308, 12.92 * luminance, 1.055 * luminance ** (1 / 2.4) - 0.055)
        return np.clip(np.rint(encoded * 255.0), 0, 255).astype(np.uint8)

    def legible_contrast(self, note: Mask, ignore: Mask | None = None) -> float:
        """L* between the note's pixels (True in `note`) and their surroundings, in the worst tile.

        Ink is legible at or above LEGIBLE_LIGHTNESS. Pixels in `ignore` (a screen drawn over the note) do
        not count."""
        counted = np.ones_like(note) if ignore is None else ~ignore
        surround = _grow(note, SURROUND_PX) & ~note & counted
        return _worst_tile(self.lightness(), note & counted, surround)

    def ghost_contrast(self, note: Mask, screen: Mask | None = None) -> float:
        """L* of the residual image: the note's pixels against nearby pixels that should have the same tone.

        `screen`: what the pad should show now (True white). Without it every pixel of the note should be
        white, so a note that is still shown, intended or not, counts in full. Returns the worst tile's value;
        clean below CLEAN_LIGHTNESS.
        """
        surround = _grow(note, SURROUND_PX) & ~note
        expected = (self.intended > 0.5) | note if screen is None else screen
        lightness = self.lightness()
        return max(_worst_tile(lightness, note & tone, surround & tone) for tone in (expected, ~expected))

    def legible(self, note: Mask, ignore: Mask | None = None) -> bool:
        """Whether any part of the note can still be read."""
        return self.legible_contrast(note, ignore) >= LEGIBLE_LIGHTNESS

    def clean(self, note: Mask, screen: Mask | None = None) -> bool:
        """Whether no residual image of the note is left; arguments as for `ghost_contrast`."""
        return self.ghost_contrast(note, screen) < CLEAN_LIGHTNESS

    def _begin(self, target: Mask, driven: Mask, residue: Tones, fraction: Callable[[], float]) -> None:
        start = self.reflectance
        goal = target.astype(np.float32)
        self._end = np.where(driven, goal - residue * (goal - start), start).astype(np.float32)
        self._start, self._reached = start, None
        self._fraction = fraction
        self.intended = goal


def unpack_frame(
    frame: bytes | bytearray | memoryview, width: int = REFERENCE.width, height: int = REFERENCE.height
) -> Mask:
    """A packed frame (MSB leftmost, 1 white) as booleans (height, width), True white."""
    return np.unpackbits(np.frombuffer(frame, np.uint8).reshape(height, width // 8), axis=1).astype(np.bool_)


def _whole() -> float:
    return 1.0


def _luminance(lightness: Tones | np.float32) -> NDArray[np.float64]:
    """CIE 1976: relative luminance of L* above 8."""
    return np.asarray(((lightness + 16.0) / 116.0) ** 3, np.float64)


def _grow(mask: Mask, distance: int) -> Mask:
    """Every pixel within `distance` of the mask, in a square neighbourhood."""
    height, width = mask.shape
    padded = np.pad(mask, distance)
    grown = np.zeros_like(mask)
    for down in range(2 * distance + 1):
        grown |= padded[down : down + height, distance : distance + width]
    padded = np.pad(grown, distance)
    for right in range(2 * distance + 1):
        grown |= padded[distance : distance + height, right : right + width]
    return grown


def _worst_tile(values: Tones, note: Mask, surround: Mask) -> float:
    worst = 0.0
    enough = (_in_tiles(note) >= FEWEST_TILE_PIXELS) & (_in_tiles(surround) >= FEWEST_TILE_PIXELS)
    for row, column in np.argwhere(enough):
        top, left = TILE_PX * int(row), TILE_PX * int(column)
        tile = (slice(top, top + TILE_PX), slice(left, left + TILE_PX))
        part = values[tile]
        worst = max(worst, abs(float(part[note[tile]].mean()) - float(part[surround[tile]].mean())))
    return worst


def _in_tiles(mask: Mask) -> NDArray[np.int64]:
    """Number of pixels of the mask in each tile, by row and column of tiles."""
    rows, columns = (np.arange(0, length, TILE_PX) for length in mask.shape)
    counts: NDArray[np.int64] = np.add.reduceat(
        np.add.reduceat(mask, rows, axis=0, dtype=np.int64), columns, axis=1
    )
    return counts
