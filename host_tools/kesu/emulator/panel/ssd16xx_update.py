"""ssd16xx_update: the steps of one master activation (20h) of an SSD16xx, from the 22h bits."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import dataclass, replace

from kesu.emulator.core.clock import NS_PER_MS
from kesu.emulator.panel.otp import Film, Name, Stored
from kesu.emulator.panel.ssd16xx_waveform import OTP_RAILS, POWER_ON_RAILS, Rails, Step, length_ns
from kesu.spec.controllers import TIMES_MS

# 22h bits. The datasheet lists values only; three independent sources agree on this decoding (hardware-facts
# A.3).
CLOCK_ON, ANALOG_ON, LOAD_TEMPERATURE, LOAD_LUT, MODE_2, DISPLAY, ANALOG_OFF, CLOCK_OFF = (
    0x80, 0x40, 0x20, 0x10, 0x08, 0x04, 0x02, 0x01,
)  # fmt: skip

# Short steps without a published figure: the oscillator alone, one sensor read, one OTP transfer.
CLOCK_NS = TIMES_MS["clock"] * NS_PER_MS
LOAD_NS = TIMES_MS["load"] * NS_PER_MS
# SWRESET was measured at 2 ms on a sister chip (hardware-facts A.2); the hardware reset loads the same
# defaults, so the same time is assumed. Auto-fill has no published time: it writes a plane inside the chip.
RESET_NS = TIMES_MS["reset"] * NS_PER_MS
FILL_NS = TIMES_MS["fill"] * NS_PER_MS

# An activation of a powered panel that loads nothing and does not ask for clock and analog again: 4 ms before
# the first frame and 2 after the last one, carried over from an SSD1677 (M5GFX #232: 10 frames in 88 to 97
# ms, 48 in 279). Nobody has measured it on these chips: a variant, 3 to 85 ms.
OVERHEAD_NS = TIMES_MS["overhead"] * NS_PER_MS
OVERHEADS_NS = range(3 * NS_PER_MS, 85 * NS_PER_MS + 1)
# What asking for clock and analog costs: FCh took 505 ms and 1Ch 420 on an SSD1677 (crossmux #37,
# freeink-sdk), of which 5 are the temperature. A longer overhead contains it. CCh from power-down does not
# take it: GxEPD2's 736.7 ms for 32 frames at 50 Hz are those and the power-on. The published times of FCh and
# D4h are taken as those of a powered panel, and power-on is added: the worse case for a bound.
RECYCLED_NS = TIMES_MS["recycled"] * NS_PER_MS


@dataclass
class Supply:
    """State kept between activations: rails, temperature register, LUT registers and the voltages that belong
    to them.

    lut: where the waveform in the LUT registers came from; stored: the one of the OTP. rails: voltages of 04h
    and 2Ch or those that the OTP brought with its waveform; the last writer wins (SSD1683 section 6.7)."""

    clock: bool = False
    analog: bool = False
    temperature_c: int = 127  # 7Fh at power on: matches no OTP range
    lut: Name | None = None
    stored: Stored | None = None
    rails: Rails = POWER_ON_RAILS


@dataclass(frozen=True)
class Plan:
    """One activation: time before the waveform, its steps (waveform None: the glass is not driven), time
    after it."""

    before_ns: int
    waveform: Name | None
    steps: tuple[Step, ...]
    after_ns: int
    mode_2: bool
    reason: str
    supply: Supply

    @property
    def drive_ns(self) -> int:
        """Length of the waveform."""
        return length_ns(self.steps)


@dataclass(frozen=True)
class Chip:
    """How one controller behaves where sources disagree or nothing is published. overhead_ns: see
    OVERHEAD_NS. reloads: each display phase loads waveform and voltages from OTP, also without bit 10h of
    22h. reverses_rows: the SSD1683's tables after LUTC are in the other order (ssd1683.decoded). keeps_lut:
    RST and deep sleep leave the LUT registers, as ESPHome's driver for the 4.2 inch V2 relies on. needs_enable:
    a display phase shows nothing unless the same activation asks for clock and analog."""

    overhead_ns: int = OVERHEAD_NS
    reloads: bool = False
    reverses_rows: bool = False
    keeps_lut: bool = False
    needs_enable: bool = False


def plan(
    control: int,
    supply: Supply,
    sensor_c: int | None,
    film: Film,
    custom: tuple[Step, ...] | None,
    chip: Chip,
) -> Plan:
    """Compute activation `control` (22h value) for a panel in state `supply`.

    sensor_c: None without a sensor. custom: steps of the waveform in the LUT registers; None if a group with
    frames has an unknown frame rate."""
    after = replace(supply)
    before_ns = after_ns = 0
    asked = control & (CLOCK_ON | ANALOG_ON)
    was_on = after.clock and after.analog
    if control & CLOCK_ON and not after.clock:
        after.clock = True
        before_ns += CLOCK_NS
    if control & ANALOG_ON and not after.analog and after.clock:
        after.analog = True
        before_ns += film.power_on_ns - CLOCK_NS
    mode_2 = bool(control & MODE_2)
    enabled = not chip.needs_enable or asked == CLOCK_ON | ANALOG_ON
    shows = bool(control & DISPLAY) and after.clock and after.analog and enabled
    if shows and asked and (was_on or control & LOAD_LUT):
        before_ns += max(0, RECYCLED_NS - chip.overhead_ns)
    # Loads need the oscillator; without it the temperature and the LUT keep their old values.
    if control & LOAD_TEMPERATURE and after.clock:
        before_ns += LOAD_NS
        if sensor_c is not None:
            after.temperature_c = sensor_c
    if (control & LOAD_LUT and after.clock) or (shows and chip.reloads):
        before_ns += LOAD_NS
        after.stored = film.stored(after.temperature_c, mode_2)
        after.lut = after.stored.name if after.stored else None
        after.rails = OTP_RAILS if after.stored else after.rails
    waveform: Name | None = None
    steps: tuple[Step, ...] = ()
    reason = "no display phase asked for"
    if control & DISPLAY:
        waveform, steps, reason = _shown(after, custom, enabled)
    if shows:
        before_ns += chip.overhead_ns * 2 // 3
        after_ns += chip.overhead_ns - chip.overhead_ns * 2 // 3
    if control & ANALOG_OFF and after.analog:
        after.analog = False
        after_ns += film.power_off_ns - CLOCK_NS
    if control & CLOCK_OFF and after.clock:
        after.clock = False
        after_ns += CLOCK_NS
    return Plan(max(before_ns, CLOCK_NS), waveform, steps, after_ns, mode_2, reason, after)


def _shown(
    supply: Supply, custom: tuple[Step, ...] | None, enabled: bool
) -> tuple[Name | None, tuple[Step, ...], str]:
    """Name and steps of the waveform that a display phase shows, or why it shows none."""
    if not enabled:
        return None, (), "clock and analog supply were not asked for"
    if not (supply.clock and supply.analog):
        return None, (), "clock or analog supply is off"
    if supply.lut is None:
        return None, (), f"no waveform for {supply.temperature_c} degrees"
    if supply.lut != "custom":
        assert supply.stored is not None
        return supply.lut, supply.stored.steps, ""
    if custom is None:
        return None, (), "frame rate that is not known"
    return ("custom", custom, "") if custom else (None, (), "no frames in the waveform")
