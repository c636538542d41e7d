"""test_line_served: the virtual pad's call line as pyserial sees it, in real time."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from typing import Any

import pytest
import serial
from kesu.agent.serial_link import Bits, Happening, Pulse, SerialLink
from kesu.emulator.board.pad import VirtualPad
from kesu.virtual_port.server import LineServer

pytestmark = pytest.mark.slow

PATIENCE_S = 60.0
"""Real time, on a machine that may be busy."""
fork = get_context("fork")


@contextmanager
def served(
    pad: VirtualPad,
    tcp_port: int | None = 0,
    happened: Callable[[VirtualPad, str], object] = lambda pad, what: None,
) -> Iterator[tuple[str, Callable[[], list[str]]]]:
    """Serve a copy of a ready pad with a closed port: its URL, and the PC's actions so far. happened: called with each
    of them."""
    here, there = fork.Pipe()

    def child() -> None:
        pad.host.dtr = False
        pad.host.set_dtr(False)
        done: list[str] = []

        def on(what: str) -> None:
            done.append(what)
            happened(pad, what)

        server = LineServer(pad, tcp_port=tcp_port, happened=on)
        there.send(server.url)

        def asked() -> bool:
            if there.poll():
                if there.recv() == "stop":
                    return True
                there.send(list(done))
            return False

        server.serve(asked)
        os._exit(0)

    process = fork.Process(target=child, daemon=True)
    process.start()

    def so_far() -> list[str]:
        here.send("tell")
        return list(here.recv())

    try:
        yield here.recv(), so_far
    finally:
        here.send("stop")
        process.join(PATIENCE_S)
        process.kill()


def wait(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "never became so"
        time.sleep(0.01)


def test_pyserial_sees_the_three_bits_and_its_bytes_arrive(blank_pad: VirtualPad) -> None:
    with served(blank_pad) as (url, so_far):
        port = serial.serial_for_url(url, timeout=0)
        wait(lambda: port.dsr and not port.cd and not port.ri)
        port.write(b"RT\x00")
        wait(lambda: so_far()[-3:] == ["R", "T", "00"])
        port.write(b"A")
        wait(lambda: not port.dsr)
        wait(lambda: bool(port.dsr))
        assert port.read(10) == b"", "a pad never sends a byte"
        port.close()
        wait(lambda: so_far()[-1] == "DTR off")


def write_line(pad: VirtualPad) -> None:
    pad.pen.write([[(60.0, 60.0), (160.0, 120.0)]], 300.0)


def write_when_talking(pad: VirtualPad, what: str) -> None:
    if what == "T":
        # The closed port has wiped the pad: write when it is READY again.
        pad.at(2_500.0, partial(write_line, pad))


def test_the_agent_waits_for_the_pad_in_after_call_work(blank_pad: VirtualPad) -> None:
    """The note lives on after `W`, which the agent does not report as a failed wipe; `E` ends it, and that is
    confirmed."""
    with served(blank_pad, happened=write_when_talking) as (url, so_far):
        reported: list[Happening] = []
        pulse = Pulse()
        pulse.at += 3_600.0  # no loop beats here
        link = SerialLink(url, pulse, reported.append, blank_within_s=PATIENCE_S)
        link.start()
        try:
            wait(lambda: Happening.OPENED in reported)
            link.answer(b"T", True)
            wait(lambda: link.bits is not None and link.bits.note)
            link.send(b"W", True)
            wait(lambda: so_far()[-1] == "W")
            time.sleep(2.5)  # longer than a wipe
            assert link.bits == Bits(note=True, blank=False, fault=False)
            assert reported == [Happening.OPENED]
            link.send(b"E", True)
            wait(lambda: len(reported) > 1)
            assert reported == [Happening.OPENED, Happening.BLANK]
            assert link.bits == Bits(note=False, blank=True, fault=False)
        finally:
            link.stop()
            link.join(PATIENCE_S)


def test_a_cut_connection_drops_dtr_and_a_second_client_is_refused(blank_pad: VirtualPad) -> None:
    with served(blank_pad) as (url, so_far):
        port = serial.serial_for_url(url, timeout=0)
        wait(lambda: "DTR on" in so_far())
        number = int(url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", number), 5) as second:
            second.settimeout(PATIENCE_S)
            assert second.recv(1) == b""
        assert "DTR off" not in so_far()
        connection: Any = port
        connection._socket.shutdown(socket.SHUT_RDWR)
        wait(lambda: so_far()[-1] == "DTR off")


HOSTILE = (
    b"\xff\xf0",  # SE without SB
    b"\xff\xfa\x2c\x01\x00\xff\xf0",  # a short baud rate
    b"\xff\xfa\x2c\x03\x63\xff\xf0",  # parity 99
    b"\xff\xfa\x2c\x02\x63\xff\xf0\xff\xfa\x2c\x0b\xff\xf0",  # 99 data bits, then a mask without a value
    b"\xff\xfa" + b"x" * 500,  # no end
)


def test_hostile_negotiation_ends_only_its_connection(blank_pad: VirtualPad) -> None:
    with served(blank_pad) as (url, _):
        number = int(url.rpartition(":")[2])
        for hostile in HOSTILE:
            with socket.create_connection(("127.0.0.1", number), 5) as client:
                client.settimeout(PATIENCE_S)
                client.sendall(hostile)
                while client.recv(1024):
                    pass
        with serial.serial_for_url(url, timeout=0) as port:
            wait(lambda: bool(port.dsr))


def test_on_a_pseudo_terminal_open_raises_dtr_and_bytes_arrive(blank_pad: VirtualPad) -> None:
    with served(blank_pad, tcp_port=None) as (path, so_far):
        assert so_far() == []
        port = serial.Serial(path, timeout=0)
        wait(lambda: so_far() == ["DTR on"])
        port.write(b"T")
        wait(lambda: so_far() == ["DTR on", "T"])
        port.close()
        wait(lambda: so_far() == ["DTR on", "T", "DTR off"])
