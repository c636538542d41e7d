"""test_register_luts: the register LUTs in the firmware are those of host_tools/kesu/spec/waveforms.toml."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import importlib
from typing import Any

import pytest
from kesu.spec.waveforms import FILE, SPEC, Chip, dark, drive, lut, page, read

CHIPS = list(SPEC.chips.values())


@pytest.mark.parametrize("chip", CHIPS, ids=lambda chip: chip.name)
def test_the_firmware_has_the_waveforms_of_the_specification(chip: Chip) -> None:
    """`kesu dev generate --check` compares the files; this, what the driver loads from them."""
    module: Any = importlib.import_module(f"kesu_pad.panel.{chip.name.lower()}_lut")
    made = [
        (
            each.from_c,
            each.pulse,
            each.pulses,
            each.unit,
            each.page,
            lut(chip, drive(each.pulse)),
            lut(chip, drive(each.turn)),
            lut(chip, dark(each.unit)),
            lut(chip, page(each.unit, each.white, each.black)),
        )
        for each in SPEC.classes_of(chip)
    ]
    assert list(module.CLASSES) == made
    assert (module.BYTES, 1e6 / chip.hz) == (chip.bytes, module.FRAME_US)
    other = read(FILE.read_text(encoding="utf-8").replace("drive_ms = 240", "drive_ms = 200"))
    assert [lut(chip, drive(each.pulse * each.pulses)) for each in other.classes_of(chip)] != [
        waveform for *_, waveform, _ in made
    ]
