"""test_call_line: the pad reports three modem bits and never sends a byte."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import pytest
from hil import Bench

WRITABLE_S = 2.5
"""The design allows 2 s; a PC's driver reports the bits a little later."""
QUIET_S = 2.0
STORM = 40

needs = pytest.mark.needs


def test_open_line_means_ready(bench: Bench) -> None:
    bits = bench.bits()
    assert (bits.ready, bits.note, bits.fault) == (True, False, False)


@needs("pen")
def test_a_note_is_reported_and_ends_with_the_call(bench: Bench) -> None:
    bench.write_note()
    bench.wait(WRITABLE_S, note=True, ready=False)
    bench.send(b"E")
    bench.wait(WRITABLE_S, note=False, ready=True)


@pytest.mark.slow
@needs("pen")
def test_a_closed_line_ends_the_note(bench: Bench) -> None:
    bench.write_note()
    bench.wait(WRITABLE_S, note=True)
    bench.close_line()
    bench.rest(QUIET_S)
    bench.open_line()
    bench.wait(WRITABLE_S, note=False, ready=True)


@pytest.mark.slow
@needs("pen", "keys")
def test_the_wipe_key_ends_the_note(bench: Bench) -> None:
    bench.write_note()
    bench.wait(WRITABLE_S, note=True)
    bench.tap("WIPE")
    bench.wait(WRITABLE_S, note=False, ready=True)


@pytest.mark.slow
@needs("pen", "power")
def test_a_note_does_not_return_after_a_power_cycle(bench: Bench) -> None:
    bench.write_note()
    bench.wait(WRITABLE_S, note=True)
    bench.unplug()
    bench.plug_in()
    bench.start()
    assert not bench.bits().note


@pytest.mark.slow
@needs("pen")
def test_the_pad_never_sends_a_byte(bench: Bench) -> None:
    bench.write_note()
    bench.send(b"RTHWMmxyz\x00\xff?")
    bench.rest(QUIET_S)
    assert bench.bytes_received() == 0


@pytest.mark.slow
def test_no_baud_rate_and_no_break_makes_it_leave_the_bus(bench: Bench) -> None:
    """1200 baud restarts many boards into their boot loader (arduino convention)."""
    for baud in (1200, 9600, 1200, 115200):
        bench.set_baud_rate(baud)
    bench.send_break()
    for _ in range(STORM):
        bench.set_baud_rate(1200)
        bench.set_baud_rate(115200)
    bench.rest(QUIET_S)
    assert bench.bits().ready
    assert bench.bytes_received() == 0
