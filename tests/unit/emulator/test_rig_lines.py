"""The wires between pad and rig fit the pad's pin map and a Pico."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import tomllib

from kesu.common.checkout import ROOT
from kesu.spec.rig import LINES, SENSES

PICO_GPIOS = set(range(23)) | {26, 27, 28}
"""On the header of a Pico (Pico datasheet, figure 2)."""


def test_pads_side_is_the_pads_pin_map() -> None:
    signals = tomllib.loads((ROOT / "hardware" / "pins.toml").read_text(encoding="utf-8"))["signal"]
    wired = {name: line.pad for name, line in LINES.items() if line.pad is not None}
    assert wired == {name: fields["gpio"] for name, fields in signals.items() if "header" in fields}


def test_each_line_has_its_own_pin_of_the_rigs_header() -> None:
    pins = [line.rig for line in LINES.values()] + [sense.rig for sense in SENSES.values()]
    assert len(set(pins)) == len(pins)
    assert set(pins) <= PICO_GPIOS


def test_a_pio_instruction_takes_mosi_and_dc_and_i2c0_has_its_pins() -> None:
    assert LINES["PANEL_DC"].rig == LINES["PANEL_MOSI"].rig + 1
    assert (LINES["TOUCH_SDA"].rig % 4, LINES["TOUCH_SCL"].rig % 4) == (0, 1)  # RP2040 datasheet 2.19.2


def test_no_line_feeds_a_pad_without_power() -> None:
    """A pull-up hangs on the pad's 3V3, and a contact only pulls low."""
    for line in LINES.values():
        assert line.pull is None or line.drives in ("pad", "both")
    for sense in SENSES.values():
        assert 5.25 * sense.share <= 3.3 or sense.name != "VSYS"
