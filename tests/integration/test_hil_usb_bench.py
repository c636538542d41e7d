"""test_hil_usb_bench: the bench for real pads, on a serial port that leads to the virtual pad."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from pathlib import Path

import pytest
from hil import Missing, Pad
from hil.usb import DEVICE_BYTES, UsbBench
from kesu.emulator.board.pad import VirtualPad
from kesu.images.toolchain.request import BuiltImage
from test_line_served import PATIENCE_S, served

pytestmark = pytest.mark.slow


def test_the_call_line_is_driven_and_read_over_a_serial_port(
    blank_pad: VirtualPad, sealed: BuiltImage, tmp_path: Path
) -> None:
    with served(blank_pad) as (url, so_far):
        bench = UsbBench(Pad("desk", url, "4in2", sealed.uf2))
        bench.start()
        assert so_far()[-1] == "DTR on"
        assert (bench.bits().ready, bench.bits().note, bench.bits().fault) == (True, False, False)
        bench.send(b"A")
        bench.wait(PATIENCE_S, ready=False)
        assert bench.wait(PATIENCE_S, ready=True) > 0.5, "a wipe takes wall-clock time too"
        bench.set_baud_rate(1200)
        bench.send_break()
        assert bench.bytes_received() == 0
        with pytest.raises(TimeoutError, match=r"waited 0\.05 s for ready None, note True, fault None"):
            bench.wait(0.05, note=True)
        who = bench.identity()
        assert (who.backend, who.serial, who.image) == ("usb", "desk", sealed.uf2.name)
        bench.close()
        with pytest.raises(TimeoutError, match="is not open"):
            bench.bits()
        assert so_far()[-1] == "DTR off"


def test_descriptors_come_from_the_kernel_and_missing_ones_are_reported(
    sealed: BuiltImage, tmp_path: Path
) -> None:
    place = tmp_path / "1-1.4"
    place.mkdir()
    (place / "descriptors").write_bytes(bytes(range(DEVICE_BYTES)) + b"\x09\x02 and the rest")
    bench = UsbBench(Pad("desk", "/dev/null", "4in2", sealed.uf2, usb_path="1-1.4"), usb_devices=tmp_path)
    assert bench.descriptors() == (bytes(range(DEVICE_BYTES)), b"\x09\x02 and the rest")
    bare = UsbBench(Pad("desk", "/dev/null", "4in2", sealed.uf2))
    for ask in (bare.descriptors, bare.write_note, bare.photograph, lambda: bare.peek(0, 4), bare.unplug):
        with pytest.raises(Missing, match="pad desk"):
            ask()
