"""test_verify_leaks: leaks in machine code, each into another place; each must be found by a method."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import leak_guest
import pytest
from fast_part import fast
from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.core.fork import fork_run
from kesu.images.toolchain import ensure
from kesu.verify.noninterference import compare, families, pairs
from kesu.verify.outcome import Pair
from kesu.verify.scenes import scenario
from kesu.verify.scenes.scenario import Policy
from kesu.verify.uses.judge import NOT_ALLOWED
from leak_guest import keep, load, store

SCRATCH = {"pico": 0x2004_0800, "pico2": 0x2008_0800}
"""Words of SRAM that the image does not use: in the bank of core 1's stack."""


@dataclass(frozen=True)
class Leak:
    """stroke, wipe, late: code in these places. uses: whether the allow-list must have it; field: part of the name of
    what must differ in the pair, "" for nothing."""

    stroke: str = ""
    wipe: str = ""
    late: str = ""
    uses: bool = True
    field: str = ""


NONE = Leak()


def into(address: int, field: str, uses: bool = True) -> Leak:
    return Leak(stroke=store(address), uses=uses, field=field)


def sniffed(base: int, sniff: int) -> str:
    return keep(base + sniff, 1) + store(base + sniff + 4)


FORGET = "movs r4, #0\n"
DELAY = "lsls r4, r4, #22\nlsrs r4, r4, #22\n1: subs r4, #1\nbpl 1b\n"
"""As long as the lower ten bits of r4 say: up to 30 us."""


def blinking(scratch: int, led_set: int, led_clear: int) -> Leak:
    """Stored in SRAM; shown by the LED in the middle of the wipe, then forgotten: nothing is left to compare."""
    bit = "lsrs r5, r4, #1\nmovs r4, r5\nbcs 2f\n"
    pulse = keep(led_set, 1 << 25) + "ldr r5, =400\n3: subs r5, #1\nbne 3b\n" + keep(led_clear, 1 << 25)
    loop = f"movs r3, #18\n1: {bit}{pulse}2: subs r3, #1\nbne 1b\n"
    return Leak(
        stroke=store(scratch), wipe=load(scratch) + loop + FORGET + store(scratch), uses=False, field="pins"
    )


LEAKS: dict[str, dict[str, Leak]] = {
    "pico": {
        "interpolator": into(0xD000_0080, "interp0.accum0"),
        "interpolator base": into(0xD000_00D0, "interp1.base2"),
        "SysTick reload": into(0xE000_E014, "systick"),
        "PWM compare": into(0x4005_000C, "pwm"),
        "DMA sniffer": Leak(stroke=sniffed(0x5000_0000, 0x434), field="_written[0x50000438]"),
        "ring oscillator": into(0x4006_0004, "_written[0x40060004]"),
        "pull of a pin": Leak(
            stroke="movs r5, #8\nands r4, r5\nmovs r5, #0x56\neors r4, r5\n" + store(0x4001_C05C), field="pad_value"
        ),
        "XIP counter by stream": into(0x1400_0018, "_written[0x14000018]"),
        "alarm of the timer": into(0x4005_401C, "timer", uses=False),
        "a block without a model": into(0x4006_C010, "_written[0x4006c010]"),
        "an address without a block": into(0x4006_8020, "_written[0x40068020]"),
        "the cache as memory": into(0x1500_0100, "_written[0x15000100]"),
        "priority of an interrupt": Leak(
            stroke="lsls r4, r4, #30\n" + store(0xE000_E410), field="interrupt_priorities"
        ),
        "MPU region": Leak(stroke="lsls r4, r4, #8\n" + store(0xE000_ED9C), field="_mpu"),
        # An even number of turns is undone; while the note is written, the pin shows them.
        "pull through an alias": Leak(stroke="movs r5, #8\nands r4, r5\n" + store(0x4001_D05C), field="pin 22"),
        "spinlock": Leak(stroke=load(0xD000_0104, "r5")),
        "a branch on what no model gives": Leak(
            wipe=load(0x4006_C020) + DELAY, field="from the event on"
        ),
        "gone before READY": Leak(
            stroke=store(0x4005_000C), late=FORGET + store(0x4005_000C), field=""
        ),
        "LED in the wipe": blinking(SCRATCH["pico"], 0xD000_0014, 0xD000_0018),
        "bits of the LED's register": Leak(
            stroke="movs r5, #1\nands r5, r4\nlsls r5, r5, #25\n" + store(0xD000_001C, "r5"), field="pins"
        ),
    },
    "pico2": {
        "interpolator": into(0xD000_0080, "sio_rest"),
        "boot RAM": into(0x400E_0010, "bootram"),
        "POWMAN scratch": into(0x4010_00B0, "powman"),
        "SysTick reload": into(0xE000_E014, "systick_reload"),
        "a register of the core without a meaning": into(0xE000_EE08, "ppb"),
        "PWM compare": into(0x400A_800C, "_written[0x400a800c]"),
        "second timer": into(0x400B_8010, "_written[0x400b8010]"),
        "a branch on what no model gives": Leak(
            wipe=load(0x400C_0020) + DELAY, field="from the event on"
        ),
        "gone before READY": Leak(stroke=store(0x400A_800C), late=FORGET + store(0x400A_800C)),
        "LED in the wipe": blinking(SCRATCH["pico2"], 0xD000_0018, 0xD000_0020),
    },
}  # fmt: skip
CASES = [(board, name) for board, leaks in LEAKS.items() for name in leaks]
FAST = [("pico", "interpolator"), ("pico", "LED in the wipe")]


@pytest.fixture(scope="module")
def ready() -> dict[str, tuple[VirtualPad, Policy]]:
    return {}


def booted(ready: dict[str, tuple[VirtualPad, Policy]], board: str) -> tuple[VirtualPad, Policy]:
    if board not in ready:
        image = ensure("sealed", board=board)
        pad = scenario.boot(image, 7)
        _ = pad.memory_map
        ready[board] = (pad, Policy.of(image))
    return ready[board]


def command(pad: VirtualPad, op: int, data: bytes) -> None:
    """What a driver would send to the panel, when the bus is idle."""
    panel = pad.panel
    panel.set_cs(False)
    panel.set_dc(False)
    panel.transfer(op)
    panel.set_dc(True)
    panel.transfer_block(data)
    panel.set_cs(True)


def touched(pad: VirtualPad, register: int, value: int) -> None:
    """A write to the touch chip."""
    pad.touch.i2c_start(0x38, False)
    pad.touch.i2c_write(register)
    pad.touch.i2c_write(value)
    pad.touch.i2c_stop()


SENT: dict[str, tuple[Callable[[VirtualPad, int], None], str]] = {
    "VCOM register": (lambda pad, ink: command(pad, 0x2C, bytes((ink,))), "panel command 2C"),
    "LUT": (lambda pad, ink: command(pad, 0x32, bytes((ink,))), "panel command 32"),
    "colour of the border": (lambda pad, ink: command(pad, 0x3C, bytes((ink,))), "panel command 3C"),
    "reading the RAM": (lambda pad, ink: command(pad, 0x27, bytes(ink)), "panel command 27"),
    "threshold of the touch chip": (lambda pad, ink: touched(pad, 0x80, ink), "touch register 0x80"),
}
"""Leaks over the buses: what is done with a byte of ink while the note is there, and what must be named."""


@pytest.mark.slow
@pytest.mark.parametrize("name", fast(SENT, "VCOM register"))
def test_a_leak_into_panel_or_touch_chip_is_named(
    ready: dict[str, tuple[VirtualPad, Policy]], name: str
) -> None:
    send, named = SENT[name]

    def poke(pad: VirtualPad) -> None:
        seen = [0]
        pad.touch.accesses.append(
            lambda write, register, byte: seen.append(byte | 1) if register == 6 else None
        )
        pad.at(FAMILY.inks[0].duration_ms + 600.0, lambda: send(pad, seen[-1]))

    pair = judged(*booted(ready, "pico"), poke=poke)
    assert pair.reason.startswith(NOT_ALLOWED)
    assert named in pair.reason


FAMILY = replace(families.family(0, 13, 1, ("E7 DTR drops",)), rest_ms=0)


def judged(
    pad: VirtualPad, policy: Policy, leak: Leak = NONE, poke: Callable[[VirtualPad], None] = lambda pad: None
) -> Pair:
    """The pair of FAMILY on pads with that leak."""

    def run(copy: VirtualPad) -> Pair:
        poke(copy)
        for place in leak_guest.PLACES:
            text = getattr(leak, place)
            if text:
                leak_guest.install(copy, place, text)
        (result,) = pairs.run(copy, policy, FAMILY, compare.read_mask())
        return result.pair

    return fork_run(pad, run)


@pytest.mark.slow
@pytest.mark.parametrize(("board", "name"), fast(CASES, *FAST))
def test_a_leak_is_found_by_a_method(
    ready: dict[str, tuple[VirtualPad, Policy]], board: str, name: str
) -> None:
    leak = LEAKS[board][name]
    pair = judged(*booted(ready, board), leak)
    assert not pair.holds
    if leak.uses:
        assert pair.reason.startswith(NOT_ALLOWED), pair.reason
        assert f"0x{leak_guest.FREE >> 16:x}" in pair.reason, "the place of the instruction"
    else:
        assert pair.reason == ""
    if leak.field:
        assert any(leak.field in place for place in pair.open_places), pair.open_places


@pytest.mark.slow
@pytest.mark.parametrize("board", LEAKS)
def test_code_without_a_leak_is_no_difference(
    ready: dict[str, tuple[VirtualPad, Policy]], board: str
) -> None:
    """The positive control: the same detours, which only spend time."""
    pair = judged(*booted(ready, board), Leak(stroke="nop\n", wipe="nop\n", late="nop\n"))
    assert (pair.holds, pair.open_places, pair.reason) == (True, (), "")
