"""The rig's touch chips answer as the models do; and no line or traffic breaks the rig's parts."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import ctypes
import random
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from kesu.emulator.core.clock import NS_PER_MS
from kesu.emulator.touch.ft6336u import ADDRESS as FT_ADDRESS
from kesu.emulator.touch.ft6336u import Ft6336u
from kesu.emulator.touch.icnt86x import ADDRESS as ICNT_ADDRESS
from kesu.emulator.touch.icnt86x import Icnt86x
from manual_clock import ManualClock
from rig_library import fuzzer, library

START_UP_MS = 300


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ctypes.CDLL]:
    return library(tmp_path_factory.mktemp("rig"))


def _started(rig: ctypes.CDLL, chip: int) -> Ft6336u | Icnt86x:
    clock = ManualClock()
    model: Ft6336u | Icnt86x
    if chip == 0:
        model = Ft6336u(clock, width=400, height=300, lift_report=1.0)
    else:
        model = Icnt86x(clock, width=296, height=128, lift_reports=1)
    rig.host_touch(chip)
    assert ctypes.c_int.in_dll(rig, "port_open").value == 0
    assert ctypes.c_uint32.in_dll(rig, "timer_us").value == START_UP_MS * 1_000
    clock.advance(START_UP_MS * NS_PER_MS)
    rig.host_touch_timer()
    assert ctypes.c_int.in_dll(rig, "port_open").value == 1
    return model


def _read(rig: ctypes.CDLL, model: Ft6336u | Icnt86x, pointer: bytes, count: int) -> tuple[bytes, bytes]:
    address = FT_ADDRESS if isinstance(model, Ft6336u) else ICNT_ADDRESS
    assert model.i2c_start(address, read=False)
    for index, byte in enumerate(pointer):
        model.i2c_write(byte)
        rig.host_touch_written(byte, int(index == 0))
    assert model.i2c_start(address, read=True)
    theirs = bytes(model.i2c_read() for _ in range(count))
    model.i2c_stop()
    return bytes(rig.host_touch_read() for _ in range(count)), theirs


@pytest.mark.parametrize("chip", [0, 1])
def test_reports_have_the_models_registers(rig: ctypes.CDLL, chip: int) -> None:
    model, draw = _started(rig, chip), random.Random(7)
    clock = model.clock
    assert isinstance(clock, ManualClock)
    if chip == 0:
        for byte, first in ((0x86, 1), (0, 0), (0, 0), (100, 0)):  # stay active; 100 reports a second
            rig.host_touch_written(byte, first)
        model.i2c_start(FT_ADDRESS, read=False)
        for byte in (0x86, 0, 0, 100):
            model.i2c_write(byte)
        model.i2c_stop()
    pointer = b"\x00" if chip == 0 else b"\x10\x01"
    for _ in range(20):
        place = (float(draw.randrange(296)), float(draw.randrange(128)))
        model.follow(lambda place=place: place)  # type: ignore[misc]  # mypy infers no lambda with a default
        clock.advance(20 * NS_PER_MS)
        rig.host_touch_report(round(place[0]), round(place[1]))
        if chip == 0:  # the model may have scanned twice: down, then contact
            rig.host_touch_report(round(place[0]), round(place[1]))
        mine, theirs = _read(rig, model, pointer, 0xB0 if chip == 0 else 8)
        assert mine == theirs
        if chip == 1:
            for byte, first in ((0x10, 1), (0x01, 0), (0, 0)):
                rig.host_touch_written(byte, first)
            model.i2c_start(ICNT_ADDRESS, read=False)
            for byte in (0x10, 0x01, 0):
                model.i2c_write(byte)
            model.i2c_stop()


@pytest.mark.parametrize("chip", [0, 1])
def test_a_reset_clears_the_point(rig: ctypes.CDLL, chip: int) -> None:
    _started(rig, chip)
    rig.host_touch_report(0x123, 0x45)
    pointer = ((0x03,), (0x10, 0x02))[chip]

    def point() -> bytes:
        for index, byte in enumerate(pointer):
            rig.host_touch_written(byte, int(index == 0))
        return bytes(rig.host_touch_read() for _ in range(5))

    assert any(point())
    rig.host_touch_reset(0)
    assert ctypes.c_int.in_dll(rig, "port_open").value == 0
    assert not any(point())
    rig.host_touch_reset(1)


def test_monitor_mode_closes_the_port_until_a_touch(rig: ctypes.CDLL) -> None:
    _started(rig, 0)
    assert ctypes.c_uint32.in_dll(rig, "timer_us").value == 10_000_000
    rig.host_touch_timer()
    assert ctypes.c_int.in_dll(rig, "port_open").value == 0
    rig.host_touch_report(10, 10)
    assert ctypes.c_int.in_dll(rig, "port_open").value == 1


@pytest.mark.slow
def test_random_lines_and_traffic_break_nothing(tmp_path: Path) -> None:
    program = fuzzer(tmp_path)
    if program is None:
        pytest.skip("gcc with -fsanitize=address,undefined is needed")
    done = subprocess.run([program, "11", "20000"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[:2000]
    taken, refused = map(int, done.stdout.split()[1:])
    assert taken > 300
    assert refused > 10_000


@pytest.mark.slow
def test_the_fuzzer_detects_an_overrun(tmp_path: Path) -> None:
    """Presence: the same program over a parser that writes one byte too far."""
    import rig_library

    broken = tmp_path / "firmware"
    broken.mkdir()
    for path in rig_library.FIRMWARE.iterdir():
        (broken / path.name).write_bytes(path.read_bytes())
    source = (broken / "request.c").read_text(encoding="utf-8")
    changed = source.replace("request->length == REQUEST_BYTES_MOST ||", "")
    assert changed != source
    (broken / "request.c").write_text(changed, encoding="utf-8")
    whole, rig_library.FIRMWARE = rig_library.FIRMWARE, broken
    try:
        program = fuzzer(tmp_path)
    finally:
        rig_library.FIRMWARE = whole
    if program is None:
        pytest.skip("gcc with -fsanitize=address,undefined is needed")
    done = subprocess.run([program, "11", "20000"], capture_output=True, text=True, check=False)
    assert done.returncode != 0
