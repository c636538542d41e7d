"""The bench on silicon, with stand-ins for both serial ports: bits, a pad that leaves the bus, the end."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import pytest
from kesu.emulator.chips.boards import BOARDS
from kesu_dev.rig.protocol import PRODUCT_WORD, PROTOCOL, RigError
from kesu_dev.rig_verify import bench as module
from kesu_dev.rig_verify.bench import RealBench

PAD, RIG = "pad-port", "rig-port"


class Ports:
    """What is behind each port. on_bus: whether the pad's can be opened and used."""

    def __init__(self) -> None:
        self.on_bus = True
        self.bits = (True, False)
        self.sent: list[bytes] = []
        self.asked: list[str] = []
        self.opened = 0

    def port(self, name: str) -> Port:
        if name == PAD:
            if not self.on_bus:
                raise RigError(f"{name} cannot be opened.")
            self.opened += 1
        return Port(self, name)


class Port:
    def __init__(self, ports: Ports, name: str) -> None:
        self._ports, self._name = ports, name
        self._answers = b""

    def write(self, data: bytes) -> None:
        if self._name == PAD:
            self._ports.sent.append(data)
            return
        request = data.decode().strip()
        self._ports.asked.append(request)
        said = {
            "version": f"{PRODUCT_WORD} {PROTOCOL} abc",
            "time": "1000",
            "recorded": "lost=0",
            "state": f"powered={'power on' in self._ports.asked:d}",
        }
        self._answers += f"ok {said.get(request, '')}".rstrip().encode() + b"\n"
        if request == "power off":
            self._ports.asked.remove("power on")

    def read(self, seconds: float) -> bytes:
        data, self._answers = self._answers, b""
        return data

    def waiting(self) -> bytes:
        if not self._ports.on_bus:
            raise OSError("gone")
        return b""

    def inputs(self) -> tuple[bool, bool]:
        return self._ports.bits

    def close(self) -> None:
        if not self._ports.on_bus and self._name == PAD:
            raise OSError("gone")


@pytest.fixture
def ports(monkeypatch: pytest.MonkeyPatch) -> Ports:
    found = Ports()
    monkeypatch.setattr(module, "SerialPort", found.port)
    return found


@pytest.fixture
def bench(ports: Ports) -> RealBench:
    return RealBench(PAD, RIG, "4in2", BOARDS["pico2"], 1)


def test_power_and_debug_port_come_first(ports: Ports, bench: RealBench) -> None:
    assert ports.asked.index("power on") < ports.asked.index("connect rp2350 5")
    assert "film 4in2" in ports.asked
    assert ports.asked.index("record on") < ports.asked.index("power on"), (
        "the glass begins with the panel's power"
    )


def test_a_long_wait_takes_what_the_pad_sends_meanwhile(ports: Ports, bench: RealBench) -> None:
    ports.asked.clear()
    bench.wait(0.1)
    assert "recorded" not in ports.asked
    bench.wait(0.8)
    assert ports.asked.count("recorded") >= 1


def test_a_pad_that_leaves_the_bus_says_nothing_and_is_opened_again(ports: Ports, bench: RealBench) -> None:
    assert bench.bits() == (False, False), "not open yet"
    bench.line(True)
    assert bench.bits() == (True, False)
    ports.on_bus = False
    assert bench.bits() == (False, False)
    with pytest.raises(RigError, match="not open"):
        bench.send(b"E")
    ports.on_bus, ports.bits = True, (False, True)
    bench.line(True)
    assert (bench.bits(), ports.opened) == ((False, True), 2)
    bench.send(b"E")
    assert ports.sent == [b"E"]


def test_a_pad_that_never_comes_back_is_an_error(
    ports: Ports, bench: RealBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    ports.on_bus = False
    monkeypatch.setattr(module, "BACK_S", 0.05)
    with pytest.raises(RigError, match="cannot be opened"):
        bench.line(True)


def test_the_end_lets_the_debug_port_go_and_switches_off(ports: Ports, bench: RealBench) -> None:
    bench.line(True)
    bench.close()
    assert ports.asked[-3:] == ["connect none 0", "power off", "state"]
