"""test_pad_usb: the host model with the stock console of the service image: transfers, counts, unplugging."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import pytest
from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.core.fork import fork_run
from kesu.images.toolchain import ensure

pytestmark = pytest.mark.slow

GET_LINE_CODING = bytes([0xA1, 0x21, 0, 0, 0, 0, 7, 0])
SET_LINE_CODING = bytes([0x21, 0x20, 0, 0, 0, 0, 7, 0])
GET_ABSENT_DESCRIPTOR = bytes([0x80, 6, 0, 0x7F, 0, 0, 9, 0])
CODING_9600 = (9600).to_bytes(4, "little") + bytes([0, 0, 8])


@pytest.fixture(scope="module")
def booted() -> VirtualPad:
    """A pad on the service image, enumerated, its port still closed."""
    image = ensure(profile="service")
    pad = VirtualPad(image.uf2, elf=image.elf)
    pad.host.attach()
    pad.power_on()
    pad.run_until(lambda: pad.host.enumerated, 1000)
    return pad


def prompt(pad: VirtualPad) -> VirtualPad:
    """Open the port and stop the application, as mpremote does."""
    pad.host.set_dtr(True)
    pad.run_for(20)
    for _ in range(3):
        pad.host.write(b"\x03")
        pad.run_for(200)
        if pad.host.received.endswith(b">>> "):
            break
    return pad


def test_enumeration_reads_a_cdc_console(booted: VirtualPad) -> None:
    host = booted.host
    assert host.descriptor[:2] == bytes([18, 1])
    assert host.configuration.interface_classes == (0x02, 0x0A)
    assert None not in (host.configuration.bulk_in, host.configuration.bulk_out)
    assert host.resets == 1
    assert booted.now_ms > 110, "debounce and reset of the bus take at least 110 ms"


def test_text_is_sent_only_to_an_open_port(booted: VirtualPad) -> None:
    def scenario(pad: VirtualPad) -> tuple[int, int, bytes, int]:
        closed = pad.host.bulk_in_bytes
        prompt(pad)
        pad.host.received.clear()
        before = pad.host.bulk_in_bytes
        pad.host.write(b"print(6*7)\r")
        pad.run_until(lambda: b"42\r\n>>> " in pad.host.received, 2000)
        return closed, before, bytes(pad.host.received), pad.host.bulk_in_bytes

    closed, before, text, after = fork_run(booted, scenario)
    assert closed == 0
    assert b"print(6*7)\r\n42\r\n" in text
    assert after - before == len(text), "every byte of the answer is counted"


def test_a_callers_request_during_enumeration_is_not_a_step_of_it(booted: VirtualPad) -> None:
    """SET_CONFIGURATION before the descriptor was read: the host still reads the descriptor, and does not take the
    pad's messages in between for bulk data."""

    def scenario(pad: VirtualPad) -> tuple[bool, bytes, int]:
        pad.host.bus_reset()
        pad.run_for(12.0)  # the reset ends all transfers
        early = pad.host.control(bytes([0x00, 0x09, 1, 0, 0, 0, 0, 0]))
        pad.run_until(lambda: early.done, 50)
        configured_early = not pad.host.enumerated
        pad.run_until(lambda: pad.host.enumerated, 500)
        return configured_early, pad.host.configuration.raw, pad.host.bulk_in_bytes

    early, raw, sent = fork_run(booted, scenario)
    assert early
    assert (raw, sent) == (booted.host.configuration.raw, booted.host.bulk_in_bytes)


def test_control_transfers_read_write_and_stall(booted: VirtualPad) -> None:
    def scenario(pad: VirtualPad) -> tuple[bytes, bytes, bool, bool, bool]:
        before = pad.host.control(GET_LINE_CODING)
        written = pad.host.control(SET_LINE_CODING, CODING_9600)
        after = pad.host.control(GET_LINE_CODING)
        refused = pad.host.control(GET_ABSENT_DESCRIPTOR)
        alive = pad.host.control(GET_LINE_CODING)
        pad.run_until(lambda: alive.done, 200)
        return bytes(before.data), bytes(after.data), written.done, refused.stalled, alive.stalled

    before, after, written, refused, alive = fork_run(booted, scenario)
    assert len(before) == 7
    assert before != after == CODING_9600
    assert (written, refused, alive) == (True, True, False)


def test_a_host_without_data_does_not_wake_the_pad(booted: VirtualPad) -> None:
    """A host that polls with empty packets would interrupt the pad tens of thousands of times a second."""

    def scenario(pad: VirtualPad) -> int:
        prompt(pad)
        waited = len(pad.host._out_waiting)
        pad.run_for(100)
        return waited

    assert fork_run(booted, scenario) == 1


def test_a_reset_takes_the_pad_off_the_bus_until_it_enumerates_again(booted: VirtualPad) -> None:
    def scenario(pad: VirtualPad) -> tuple[bool, bool, int]:
        pad.host.set_dtr(True)
        pad.run_for(20)
        pad.reset("run")
        gone = not pad.host.enumerated and not pad.host.dtr
        pad.run_until(lambda: pad.host.enumerated, 1000)
        return gone, pad.host.dtr, pad.host.resets

    assert fork_run(booted, scenario) == (True, False, 2)


def test_an_unplugged_pad_leaves_the_bus_and_does_not_enumerate_on_a_charger(booted: VirtualPad) -> None:
    def scenario(pad: VirtualPad) -> tuple[bool, bool, bool, int]:
        pad.unplug(hold_up_s=0.2)
        gone = not pad.host.enumerated
        pad.run_for(500)
        pad.power_on()
        pad.run_for(400)
        on_charger = pad.host.enumerated
        pad.host.attach()
        pad.run_until(lambda: pad.host.enumerated, 1000)
        return gone, on_charger, pad.host.enumerated, pad.host.resets

    assert fork_run(booted, scenario) == (True, False, True, 2)


def test_suspend_and_resume_reach_the_pad(booted: VirtualPad) -> None:
    def scenario(pad: VirtualPad) -> tuple[bool, bool, bool, bool]:
        seen: list[int] = []
        original = pad.wiring.usb.signal

        def record(status_bit: int) -> None:
            seen.append(status_bit)
            original(status_bit)

        pad.wiring.usb.signal = record  # type: ignore[method-assign]
        pad.host.suspend()
        pad.run_for(2.9)
        early = bool(seen)
        pad.run_for(10)
        held = pad.host.control(GET_LINE_CODING)
        pad.run_for(50)
        silent = not held.done
        pad.host.resume()
        pad.run_until(lambda: held.done, 100)
        # Acknowledged interrupts leave no pending bit, or the firmware would never sleep again.
        return early, len(seen) == 2, silent, bool(pad.wiring.usb.int_status)

    assert fork_run(booted, scenario) == (False, True, True, False)
