"""test_agent_line: the link to one pad with a fake port: DTR, modem bits, unconfirmed wipes, a port that fails."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import queue
import time
from collections.abc import Callable, Iterator

import pytest
from kesu.agent import ports, serial_link
from kesu.agent.serial_link import Bits, Happening, Pulse, SerialLink
from kesu.spec import call_line
from serial.tools import list_ports


class FakePort:
    """A pad that wipes on E, K or DTR low unless it is deaf; records what is done to it."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.blank = True
        self.deaf_to_bytes = False
        self.ri = False
        self.spoken = b""
        self.broken = False
        self._dtr = False

    @property
    def dtr(self) -> bool:
        return self._dtr

    @dtr.setter
    def dtr(self, level: bool) -> None:
        self._check()
        self._dtr = level
        self.done.append("DTR" if level else "dtr")
        self.blank = self.blank or not level

    @property
    def dsr(self) -> bool:
        return self.blank

    @property
    def cd(self) -> bool:
        return not self.blank

    @property
    def in_waiting(self) -> int:
        self._check()
        return len(self.spoken)

    def read(self, size: int) -> bytes:
        found, self.spoken = self.spoken[:size], self.spoken[size:]
        return found

    def write(self, data: bytes) -> int:
        self._check()
        self.done.append(data.decode())
        if data in (b"E", b"K"):
            self.blank = self.blank or not self.deaf_to_bytes
        return len(data)

    def close(self) -> None:
        self.done.append("closed")

    def opened(self) -> FakePort:
        """Result of opening it: a broken port does not exist."""
        self._check()
        return self

    def _check(self) -> None:
        if self.broken:
            raise OSError(5, "Input/output error")


WITHIN_S = 60.0  # this time passes only when something is broken


class Bench:
    """A line, its port and what the line reported."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.port = FakePort()
        self.pulse = Pulse()
        self.pulse.at += 3600  # no loop beats here, and a slow machine must not look like a stall
        self.reported: queue.Queue[Happening] = queue.Queue()
        monkeypatch.setattr(ports, "open_port", lambda where: self.port.opened())
        for name in ("POLL_S", "CHECK_S", "TOGGLE_S", "FIRST_PAUSE_S", "SETTLED_S"):
            monkeypatch.setattr(serial_link, name, 0.01)
        self.line = SerialLink("fake", self.pulse, self.reported.put, blank_within_s=WITHIN_S)
        self.line.start()
        self.hears(Happening.OPENED)
        self.line.send(b"R", True)  # before the answer, so it has no effect
        self.line.answer(b"", False)

    def expects_blank_soon(self) -> None:
        """A wipe that is not confirmed is reported after 0.2 s."""
        self.line._blank_within_s = 0.2

    def hears(self, *expected: Happening) -> None:
        for happening in expected:
            assert self.reported.get(timeout=WITHIN_S) is happening

    def note_is_written(self) -> None:
        self.port.blank = False
        self._until(lambda: self.line.bits == Bits(note=True, blank=False, fault=False))

    def does(self, *expected: str) -> None:
        self._until(lambda: self.port.done == list(expected))

    @staticmethod
    def _until(true: Callable[[], object]) -> None:
        end = time.monotonic() + WITHIN_S
        while not true():
            assert time.monotonic() < end
            time.sleep(0.005)


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    made = Bench(monkeypatch)
    yield made
    made.line.stop()
    made.line.join(WITHIN_S)


def test_dtr_rises_before_the_first_byte_and_drops_without_a_byte(bench: Bench) -> None:
    bench.line.send(b"T", True)
    bench.does("DTR", "T")
    bench.note_is_written()
    bench.line.send(b"", False)
    bench.does("DTR", "T", "dtr")
    bench.hears(Happening.BLANK)


def test_a_wipe_is_confirmed_by_dsr(bench: Bench) -> None:
    bench.line.send(b"T", True)
    bench.note_is_written()
    bench.line.send(b"E", True)
    bench.hears(Happening.BLANK)


@pytest.mark.parametrize("said", [call_line.WRAP_UP, call_line.TALK, call_line.HOLD])
def test_a_note_that_lives_on_is_no_failed_wipe(bench: Bench, said: bytes) -> None:
    """The pad keeps the note in after-call work, for longer than a wipe may take."""
    bench.expects_blank_soon()
    bench.line.send(b"T", True)
    bench.note_is_written()
    bench.line.send(said, True)
    bench.does("DTR", "T", said.decode())
    time.sleep(0.4)
    assert bench.reported.empty()
    assert bench.port.done == ["DTR", "T", said.decode()]
    bench.line.send(b"E", True)
    bench.hears(Happening.BLANK)


def test_an_unconfirmed_wipe_is_retried_by_dtr(bench: Bench) -> None:
    bench.expects_blank_soon()
    bench.port.deaf_to_bytes = True
    bench.line.send(b"T", True)
    bench.note_is_written()
    bench.line.send(b"E", True)
    bench.hears(Happening.NOT_BLANK, Happening.OPENED)
    bench.does("DTR", "T", "E", "dtr")
    bench.line.answer(b"E", True)
    bench.does("DTR", "T", "E", "dtr", "DTR", "E")


def test_a_dsr_from_before_the_note_confirms_nothing(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pad clears DSR when ink comes, and the driver may deliver that after the end of the call."""
    monkeypatch.setattr(serial_link, "SETTLED_S", WITHIN_S)
    bench.expects_blank_soon()
    bench.port.deaf_to_bytes = True
    bench.line.send(b"E", True)
    bench.does("DTR", "E")
    time.sleep(0.03)  # the line reads the old DSR
    bench.port.blank = False
    bench.hears(Happening.NOT_BLANK, Happening.OPENED)
    bench.does("DTR", "E", "dtr")


def test_dtr_drops_when_the_agent_stalls(bench: Bench) -> None:
    bench.line.send(b"T", True)
    bench.does("DTR", "T")
    bench.pulse.at = time.monotonic() - 10
    bench.hears(Happening.STALLED)
    bench.does("DTR", "T", "dtr")
    bench.hears(Happening.BLANK)
    bench.pulse.beat()
    bench.hears(Happening.OPENED)
    bench.line.answer(b"T", True)
    bench.does("DTR", "T", "dtr", "DTR", "T")


def test_a_port_that_fails_is_closed_and_opened_again(bench: Bench) -> None:
    bench.line.send(b"T", True)
    bench.does("DTR", "T")
    bench.port.broken = True
    bench.hears(Happening.CLOSED)
    bench.line.send(b"H", True)  # for a closed port: dropped, and the agent is asked again
    bench.port.broken = False
    bench.hears(Happening.OPENED)
    bench.line.answer(b"H", True)
    bench.does("DTR", "T", "closed", "DTR", "H")


def test_stopping_the_line_drops_dtr(bench: Bench) -> None:
    bench.line.send(b"T", True)
    bench.does("DTR", "T")
    bench.line.stop()
    bench.line.join(WITHIN_S)
    assert bench.port.done == ["DTR", "T", "dtr", "closed"]


def test_a_fault_and_unexpected_bytes_are_reported_once(bench: Bench) -> None:
    bench.port.ri = True
    bench.hears(Happening.FAULT)
    bench.port.spoken = b"x" * 10
    bench.hears(Happening.SPOKE)
    bench.port.spoken = b"y"
    time.sleep(0.1)
    assert bench.reported.empty()


def test_an_external_wipe_toggles_dtr(bench: Bench) -> None:
    bench.line.send(b"T", True)
    bench.does("DTR", "T")
    bench.line.wipe()
    bench.hears(Happening.OPENED)
    bench.line.answer(b"T", True)
    bench.does("DTR", "T", "dtr", "DTR", "T")


def test_pads_are_found_by_number_or_place(monkeypatch: pytest.MonkeyPatch) -> None:
    class Port:
        def __init__(
            self,
            device: str,
            vid: int | None,
            pid: int | None,
            location: str | None,
            product: str | None = None,
        ) -> None:
            self.device, self.vid, self.pid, self.location = device, vid, pid, location
            self.product = product

    here = [Port("/dev/ttyACM1", 0x1209, 0x0001, "1-2"), Port("/dev/ttyS0", None, None, None)]
    here.append(Port("/dev/ttyACM5", 0x1209, 0x0001, "1-9", "Somebody's board"))
    monkeypatch.setattr(list_ports, "comports", lambda: here)
    assert ports.locate("auto") == "/dev/ttyACM1"
    assert ports.locate("usb:1-2") == "/dev/ttyACM1"
    assert ports.locate("usb:1-3") is None
    assert ports.locate("rfc2217://127.0.0.1:1") == "rfc2217://127.0.0.1:1"
    here.append(Port("/dev/ttyACM0", 0x1209, 0x0001, "1-3", "Kesu pad"))
    assert ports.locate("auto") is None  # ambiguous
    assert ports.locate("usb:1-3") == "/dev/ttyACM0"
    assert [found.place for found in ports.plugged_in()] == ["1-2", "1-3"]
