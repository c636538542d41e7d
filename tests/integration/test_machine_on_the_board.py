"""MicroPython's machine and rp2 modules on the service images: PIO, DMA, PWM, converter, hashes, by their effect."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import hashlib
import zlib
from pathlib import Path

import pytest
from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.core.fork import fork_run
from kesu.images import toolchain
from kesu_dev.micropython_tests import play, suite

BOARDS = ("pico", "pico2")
pytestmark = pytest.mark.slow

INVERT = """
import rp2
@rp2.asm_pio()
def invert():
    pull()
    mov(isr, invert(osr))
    push()
for number in (0, 3, 4, 7):
    sm = rp2.StateMachine(number, invert)
    sm.active(1)
    sm.put(0x12345678)
    print(hex(sm.get()))
    sm.active(0)
"""
SQUARE = """
import rp2, machine, time
@rp2.asm_pio(set_init=rp2.PIO.OUT_LOW)
def square():
    set(pins, 1) [2]
    set(pins, 0) [6]
sm = rp2.StateMachine(1, square, freq=100_000, set_base=machine.Pin(5))
time.sleep_ms(1)
sm.active(1)
time.sleep_ms(2)
sm.active(0)
print("done")
"""
FLAG = """
import rp2, time
@rp2.asm_pio()
def flag():
    pull()
    irq(rel(0))
sm = rp2.StateMachine(2, flag)
sm.irq(lambda sm: print("irq"))
sm.active(1)
time.sleep_ms(5)
print("quiet")
sm.put(1)
time.sleep_ms(5)
"""
FEED = """
import rp2, machine
@rp2.asm_pio(out_init=rp2.PIO.OUT_LOW, autopull=True)
def shift():
    out(pins, 1) [9]
sm = rp2.StateMachine(0, shift, freq=1_000_000, out_base=machine.Pin(5))
sm.active(1)
data = bytes(range(64))
dma = rp2.DMA()
dma.config(read=data, write=sm, count=16, ctrl=dma.pack_ctrl(inc_write=False, treq_sel=0), trigger=True)
while dma.active():
    pass
print("done", dma.count)
"""
PWM = """
import machine, time
pwm = machine.PWM(machine.Pin(4), freq=2_000, duty_u16=16_384)
time.sleep_ms(5)
print(pwm.freq(), pwm.duty_u16())
pwm.deinit()
"""
ADC = """
import machine
print([machine.ADC(pin).read_u16() for pin in (26, 27)])
print(abs(27 - (machine.ADC(4).read_u16() * 3.3 / 65535 - 0.706) / 0.001721 - 27) < 1)
"""
HASHES = """
import hashlib, binascii
data = bytes(i & 255 for i in range(1000))
print(binascii.hexlify(hashlib.sha256(data).digest()).decode())
print(binascii.crc32(data))
"""
DATA = bytes(i & 255 for i in range(1000))


@pytest.fixture(scope="module", params=BOARDS)
def ready(request: pytest.FixtureRequest) -> VirtualPad:
    return play.board(toolchain.ensure("service", board=request.param).uf2)


def printed(
    ready: VirtualPad, folder: Path, code: str, pin: int | None = None
) -> tuple[str, list[tuple[float, int]]]:
    """What the code prints, and the edges of a pin, in ms, on a copy of the pad."""
    path = folder / "code.py"
    path.write_text(code)

    def work(pad: VirtualPad) -> tuple[str, list[tuple[float, int]]]:
        edges: list[tuple[float, int]] = []
        if pin is not None:
            pad.emulator.mcu.gpio[pin].add_listener(
                lambda level, _: edges.append((pad.clock.now_ns / 1e6, int(level)))
            )
        path.with_suffix(".py.exp").write_text("")
        outcome = play.play(pad, suite.Test("own/code", path))
        return outcome.printed.replace("\r\n", "\n"), [edge for edge in edges if edge[1] < 2]

    return fork_run(ready, work)


def test_state_machines_compute(ready: VirtualPad, tmp_path: Path) -> None:
    assert printed(ready, tmp_path, INVERT)[0] == "0xedcba987\n" * 4


def test_a_state_machine_makes_a_square_wave(ready: VirtualPad, tmp_path: Path) -> None:
    """Three of ten ticks high at 100 kHz: 30 us in 100; nothing before it is started."""
    text, edges = printed(ready, tmp_path, SQUARE, 5)
    assert text == "done\n"
    rises = [at for at, level in edges if level]
    falls = [at for at, level in edges if not level and at > rises[0]]
    assert 18 <= len(rises) <= 22
    assert (rises[-1] - rises[0]) / (len(rises) - 1) == pytest.approx(0.1, rel=0.001)
    assert falls[0] - rises[0] == pytest.approx(0.03, rel=0.01)


def test_a_flag_interrupts_python(ready: VirtualPad, tmp_path: Path) -> None:
    assert printed(ready, tmp_path, FLAG)[0] == "quiet\nirq\n"


def test_dma_feeds_a_state_machine(ready: VirtualPad, tmp_path: Path) -> None:
    """Bit 0 of byte 1 of each word shows on the pin; ten ticks a bit at 1 MHz."""
    text, edges = printed(ready, tmp_path, FEED, 5)
    assert text == "done 0\n"
    # 01 00 00 00 in little-endian words of 0, 1, 2, 3: 512 bits of 10 us, of which the first 12 words left the FIFO.
    assert edges[-1][0] - edges[0][0] > 12 * 32 * 0.01 * 0.9


def test_pwm_by_its_edges(ready: VirtualPad, tmp_path: Path) -> None:
    text, edges = printed(ready, tmp_path, PWM, 4)
    frequency, duty = map(int, text.split())
    assert frequency == pytest.approx(2_000, abs=2)
    assert duty == pytest.approx(16_384, abs=40)
    rises = [at for at, level in edges if level]
    falls = [at for at, level in edges if not level and at > rises[1]]
    assert rises[2] - rises[1] == pytest.approx(0.5, rel=0.01)
    assert falls[0] - rises[1] == pytest.approx(0.125, rel=0.02)


def test_converter(ready: VirtualPad, tmp_path: Path) -> None:
    if ready.emulator.facts.board == "pico":
        ready.emulator.mcu.adc.channel_values = [1000, 2000, 0, 0, 876]
    else:
        ready.emulator.mcu.adc.inputs[:2] = [1000, 2000]
    values = [value << 4 | value >> 8 for value in (1000, 2000)]
    assert printed(ready, tmp_path, ADC)[0] == f"{values}\nTrue\n"


def test_hashes(ready: VirtualPad, tmp_path: Path) -> None:
    expected = f"{hashlib.sha256(DATA).hexdigest()}\n{zlib.crc32(DATA)}\n"
    assert printed(ready, tmp_path, HASHES)[0] == expected
