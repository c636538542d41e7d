"""ssd16xx_update: the steps of one master activation (20h) of an SSD16xx, from the 22h bits."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from kesu.emulator.core.clock import NS_PER_MS

# 22h bits. The datasheet lists values only; three independent sources agree on this decoding (hardware-facts A.3).
CLOCK_ON, ANALOG_ON, LOAD_TEMPERATURE, LOAD_LUT, MODE_2, DISPLAY, ANALOG_OFF, CLOCK_OFF = (
    0x80, 0x40, 0x20, 0x10, 0x08, 0x04, 0x02, 0x01,
)  # fmt: skip

# Short steps without a published figure: the oscillator alone, one sensor read, one OTP transfer.
CLOCK_NS = 1 * NS_PER_MS
LOAD_NS = 5 * NS_PER_MS
# SWRESET was measured at 2 ms on a sister chip (hardware-facts A.2); the hardware reset loads the same
# defaults, so the same time is assumed. Auto-fill has no published time: it writes a plane inside the chip.
RESET_NS = 2 * NS_PER_MS
FILL_NS = 3 * NS_PER_MS

# The shortest drive known to turn a pixel completely: 12 frames at 50 Hz (hardware-facts A.4).
COMPLETE_DRIVE_NS = 240 * NS_PER_MS

Waveform = Literal["full", "fast", "partial", "custom"]


@dataclass(frozen=True)
class Film:
    """Properties of a panel's film: supply times and OTP content.

    `otp`: for each stored waveform the whole degrees that select it and its length in ns. Modes and degrees
    that match none do not drive the glass (hardware-facts A.3).
    """

    name: str
    power_on_ns: int
    power_off_ns: int
    otp: Mapping[Waveform, tuple[range, int]]

    def waveform(self, temperature_c: int, mode_2: bool) -> Waveform | None:
        """The waveform that a LUT load selects at this temperature; None if there is none."""
        for name, (degrees, _) in self.otp.items():
            if (name == "partial") == mode_2 and temperature_c in degrees:
                return name
        return None


@dataclass
class Supply:
    """State kept between activations: rails, temperature register, LUT registers."""

    clock: bool = False
    analog: bool = False
    temperature_c: int = 127  # 7Fh at power on: matches no OTP range
    lut: Waveform | None = None
    custom_ns: int = 0


@dataclass(frozen=True)
class Plan:
    """One activation: time before the waveform, the waveform (None: the glass is not driven), time after it."""

    before_ns: int
    waveform: Waveform | None
    drive_ns: int
    after_ns: int
    mode_2: bool
    reason: str
    supply: Supply


def plan(control: int, supply: Supply, sensor_c: int | None, film: Film) -> Plan:
    """Compute activation `control` (22h value) for a panel in state `supply`; `sensor_c` is None without a
    sensor."""
    after = Supply(supply.clock, supply.analog, supply.temperature_c, supply.lut, supply.custom_ns)
    before_ns = after_ns = loads_ns = 0
    if control & CLOCK_ON and not after.clock:
        after.clock = True
        before_ns += CLOCK_NS
    if control & ANALOG_ON and not after.analog and after.clock:
        after.analog = True
        before_ns += film.power_on_ns - CLOCK_NS
    mode_2 = bool(control & MODE_2)
    # Loads need the oscillator; without it the temperature and the LUT keep their old values.
    if control & LOAD_TEMPERATURE and after.clock:
        loads_ns += LOAD_NS
        if sensor_c is not None:
            after.temperature_c = sensor_c
    if control & LOAD_LUT and after.clock:
        loads_ns += LOAD_NS
        after.lut = film.waveform(after.temperature_c, mode_2)
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
            drive_ns = max(1, _length_ns(after, film) - loads_ns)
    if control & ANALOG_OFF and after.analog:
        after.analog = False
        after_ns += film.power_off_ns - CLOCK_NS
    if control & CLOCK_OFF and after.clock:
        after.clock = False
        after_ns += CLOCK_NS
    return Plan(max(before_ns, CLOCK_NS), waveform, drive_ns, after_ns, mode_2, reason, after)


def _length_ns(supply: Supply, film: Film) -> int:
    if supply.lut == "custom":
        return supply.custom_ns
    return film.otp[supply.lut][1] if supply.lut else 0
