"""ssd1683_update: what one master activation (20h) of the SSD1683 does, worked out from the 22h bits."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kesu.virtual.clock import NS_PER_MS

# 22h bits; the datasheet lists values only, three independent sources agree on this decode (hardware.md
# A.3).
CLOCK_ON, ANALOG_ON, LOAD_TEMPERATURE, LOAD_LUT, MODE_2, DISPLAY, ANALOG_OFF, CLOCK_OFF = (
    0x80, 0x40, 0x20, 0x10, 0x08, 0x04, 0x02, 0x01,
)  # fmt: skip

# GDEY042T81 as measured by GxEPD2 (hardware.md A.5). The refresh figures are taken as a whole update of an
# already powered panel; power up and down come on top, which never flatters a time bound.
POWER_ON_NS = 96 * NS_PER_MS
POWER_OFF_NS = 268 * NS_PER_MS
PARTIAL_NS = 358 * NS_PER_MS
FAST_FULL_NS = 1_140 * NS_PER_MS
FULL_NS = 2_000 * NS_PER_MS
# Short steps without a published figure: the oscillator alone, one sensor read, one OTP transfer.
CLOCK_NS = 1 * NS_PER_MS
LOAD_NS = 5 * NS_PER_MS
# SWRESET was measured at 2 ms on a sister chip (hardware.md A.2); the hardware reset loads the same
# defaults, so the same time is assumed. Auto-fill has no published time: it writes 15,000 bytes inside the
# chip.
RESET_NS = 2 * NS_PER_MS
FILL_NS = 3 * NS_PER_MS

# OTP temperature ranges of the panel, whole degrees: the normal waveform covers the film's working range,
# and the value 110 (6Eh) is where the vendor stored the fast flashing one (hardware.md A.3). Nothing
# matches between.
NORMAL_RANGE_C = range(0, 51)
FAST_RANGE_C = range(100, 120)

# SSD1683 register LUT (hardware.md A.4): four LUTs of eight 7-byte groups, then the frame rate code.
LUT_LENGTH = 227
FRAME_RATES_HZ = {1: 25.0, 2: 50.0, 3: 75.0, 4: 100.0, 5: 125.0, 9: 37.5, 10: 62.5, 11: 87.5, 12: 112.5}
# The shortest drive known to turn a pixel completely: 12 frames at 50 Hz (hardware.md A.4).
COMPLETE_DRIVE_NS = 240 * NS_PER_MS

Waveform = Literal["full", "fast", "partial", "custom"]


@dataclass
class Supply:
    """What stays from one activation to the next: rails, temperature register, and the LUT in the
    registers."""

    clock: bool = False
    analog: bool = False
    temperature_c: int = 127  # 7Fh at power on: matches no OTP range
    lut: Waveform | None = None
    custom_ns: int = 0


@dataclass(frozen=True)
class Plan:
    """One activation: time before the waveform, the waveform (None: nothing is painted), time after it."""

    before_ns: int
    waveform: Waveform | None
    drive_ns: int
    after_ns: int
    mode_2: bool
    reason: str
    supply: Supply


def plan(control: int, supply: Supply, sensor_c: int | None) -> Plan:
    """Work out activation `control` (22h value) for a panel in `supply`; `sensor_c` is None without a
    sensor."""
    after = Supply(supply.clock, supply.analog, supply.temperature_c, supply.lut, supply.custom_ns)
    before_ns = after_ns = loads_ns = 0
    if control & CLOCK_ON and not after.clock:
        after.clock = True
        before_ns += CLOCK_NS
    if control & ANALOG_ON and not after.analog and after.clock:
        after.analog = True
        before_ns += POWER_ON_NS - CLOCK_NS
    mode_2 = bool(control & MODE_2)
    # Loads need the oscillator; without it they do not happen, and a stale LUT is not refreshed either.
    if control & LOAD_TEMPERATURE and after.clock:
        loads_ns += LOAD_NS
        if sensor_c is not None:
            after.temperature_c = sensor_c
    if control & LOAD_LUT and after.clock:
        loads_ns += LOAD_NS
        after.lut = _otp_waveform(after.temperature_c, mode_2)
    before_ns += loads_ns
    waveform: Waveform | None = None
    drive_ns = 0
    reason = "no display phase asked for"
    if control & DISPLAY:
        if not (after.clock and after.analog):
            reason = "clock or analog supply is off"
        elif after.lut is None:
            reason = f"no waveform for {after.temperature_c} degrees"
        else:
            waveform, reason = after.lut, ""
            drive_ns = max(1, _length_ns(after) - loads_ns)
    if control & ANALOG_OFF and after.analog:
        after.analog = False
        after_ns += POWER_OFF_NS - CLOCK_NS
    if control & CLOCK_OFF and after.clock:
        after.clock = False
        after_ns += CLOCK_NS
    return Plan(max(before_ns, CLOCK_NS), waveform, drive_ns, after_ns, mode_2, reason, after)


def custom_lut_ns(lut: bytes) -> int:
    """Length of the waveform in a 227-byte register LUT, 0 when it drives nothing or its frame rate is
    unknown."""
    rate_hz = FRAME_RATES_HZ.get(lut[224] & 0x0F)
    if rate_hz is None:
        return 0
    frames = max(
        sum(_group_frames(lut[at : at + 7]) for at in range(start, start + 56, 7))
        for start in range(0, 224, 56)
    )
    return round(frames / rate_hz * 1e9)


def _group_frames(group: bytes) -> int:
    """Frames of one group: repeats are stored as n - 1, a phase of zero frames is skipped."""
    repeat, a, b, c, d, repeat_ab, repeat_cd = group
    a, b, c, d = (phase & 0x3F for phase in (a, b, c, d))
    return (repeat + 1) * ((a + b) * (repeat_ab + 1) + (c + d) * (repeat_cd + 1))


def _otp_waveform(temperature_c: int, mode_2: bool) -> Waveform | None:
    if temperature_c in NORMAL_RANGE_C:
        return "partial" if mode_2 else "full"
    if temperature_c in FAST_RANGE_C and not mode_2:
        return "fast"
    return None


def _length_ns(supply: Supply) -> int:
    lengths = {"full": FULL_NS, "fast": FAST_FULL_NS, "partial": PARTIAL_NS, "custom": supply.custom_ns}
    return lengths[supply.lut] if supply.lut else 0
