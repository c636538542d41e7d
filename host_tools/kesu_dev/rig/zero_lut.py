"""zero_lut: waveforms of one pulse, or of none, for the registers of both controllers (hardware-facts A.4)."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

FRAME_CODE_50_HZ = 2


def zero_voltage_lut(controller: str, frames: int, pulse: int = 0) -> str:
    """A waveform of so many frames at 50 Hz without voltage, or with VSH1 (pulse 1) or VSL (2) on the pixels from white
    to black (hardware-facts A.4)."""
    if controller == "SSD1680":
        lut = bytearray(153)
        lut[60], lut[66] = frames, 0
        lut[144:150] = bytes((FRAME_CODE_50_HZ * 0x11,)) * 6
        if pulse:
            lut[24] = pulse << 6
        return lut.hex()
    lut = bytearray(227)
    for table in range(5):
        driven = pulse << 6 if table == 2 else 0
        lut[42 * table : 42 * table + 7] = bytes((1, driven | frames, 0, 0, 0, 1, 0))
    lut[224] = FRAME_CODE_50_HZ
    return lut.hex()
