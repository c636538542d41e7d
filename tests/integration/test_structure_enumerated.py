"""test_structure_enumerated: the audit checks what a USB host enumerates, with this image and with others."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import pytest
from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.scenario import plug_in
from kesu.images.toolchain import ensure
from kesu.verify.outcome import Finding
from kesu.verify.structure import Enumerated, audit

pytestmark = pytest.mark.slow


def findings(profile: str) -> dict[str, Finding]:
    """The audit of an image after its first seconds on a PC."""
    image = ensure(profile)
    pad = VirtualPad(image.uf2, elf=image.elf)
    plug_in(pad)
    pad.run_until(lambda: pad.host.enumerated, 3_000.0)
    pad.run_for(50.0)
    return {finding.rule: finding for finding in audit(image, Enumerated.of(pad.host))}


def test_the_sealed_pad_is_one_serial_port_that_sends_nothing() -> None:
    found = findings("sealed")
    assert {"USB number", "USB functions", "USB sends no data"} <= found.keys()
    assert [finding for finding in found.values() if not finding.holds] == []


@pytest.mark.long
@pytest.mark.parametrize("profile", ["service", pytest.param("stock", marks=pytest.mark.deep)])
def test_images_with_a_console_fail_the_audit(profile: str) -> None:
    found = findings(profile)
    assert not found["USB number"].holds
    assert "2E8A:0005" in found["USB number"].detail
    assert not found["no USB console"].holds
