"""test_identity: the device has the descriptors of its image and nothing else."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from pathlib import Path

import pytest
from hil import Bench, Missing
from kesu.verify.structure import usb
from kesu.verify.structure.code import Code

SERIAL_NUMBER = 16
"""Offset of iSerialNumber in a device descriptor (USB 2.0 table 9-8)."""


@pytest.fixture
def enumerated(bench: Bench) -> usb.Enumerated:
    """What the pad enumerates as."""
    try:
        device, configuration = bench.descriptors()
    except Missing as missing:
        pytest.skip(str(missing))
    return usb.Enumerated(device, configuration, bench.bytes_received())


def test_one_serial_function_under_its_number(enumerated: usb.Enumerated, elf: Path) -> None:
    findings = usb.findings(Code(elf), enumerated)
    assert len(findings) == 3
    assert [finding for finding in findings if not finding.holds] == []


def test_it_has_no_serial_number(enumerated: usb.Enumerated) -> None:
    """All pads of a site look the same, so a pad does not identify its user."""
    assert enumerated.device[SERIAL_NUMBER] == 0
