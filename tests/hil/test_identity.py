"""test_identity: the device is what the image says, and says no more."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import pytest
from kesu.hil import Bench, Missing
from kesu.verify.structure.usb import PRODUCT, VENDOR, Enumerated, _functions, _number

needs = pytest.mark.needs


def test_one_serial_function_under_its_number(bench: Bench) -> None:
    try:
        device, configuration = bench.descriptors()
    except Missing as missing:
        pytest.skip(str(missing))
    told = Enumerated(device, configuration)
    number, functions = _number(told.device), _functions(told.configuration)
    assert number.holds, number.detail
    assert functions.holds, functions.detail
    assert f"{VENDOR:04X}:{PRODUCT:04X}" in number.detail


def test_it_tells_no_serial_number(bench: Bench) -> None:
    """iSerialNumber (USB 2.0 table 9-8): pads of a site are alike, and nobody is followed by a pad."""
    try:
        device, _ = bench.descriptors()
    except Missing as missing:
        pytest.skip(str(missing))
    assert device[16] == 0
