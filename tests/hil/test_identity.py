"""test_identity: the device is what the image says, and says no more."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from pathlib import Path

import pytest
from kesu.hil import Bench, Missing
from kesu.verify.structure import usb
from kesu.verify.structure.code import Code

SERIAL_NUMBER = 16
"""Offset of iSerialNumber in a device descriptor (USB 2.0 table 9-8)."""


@pytest.fixture
def told(bench: Bench) -> usb.Enumerated:
    """What the host was told."""
    try:
        device, configuration = bench.descriptors()
    except Missing as missing:
        pytest.skip(str(missing))
    return usb.Enumerated(device, configuration, bench.bytes_received())


def test_one_serial_function_under_its_number(told: usb.Enumerated, elf: Path) -> None:
    findings = usb.findings(Code(elf), told)
    assert len(findings) == 3
    assert [finding for finding in findings if not finding.holds] == []


def test_it_tells_no_serial_number(told: usb.Enumerated) -> None:
    """Pads of a site are alike, and nobody is followed by a pad."""
    assert told.device[SERIAL_NUMBER] == 0
