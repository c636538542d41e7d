"""test_pico2_pad: the sealed image for the Pico 2 on the virtual pad: notes, wipes, resets, and what keeps what."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from kesu.common.errors import KesuError
from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.chips.rp2350.emulator import Rp2350
from kesu.emulator.core.facts import FLASH_BASE
from kesu.emulator.core.fork import fork_run
from kesu.emulator.scenario import plug_in
from kesu.images.toolchain import ensure
from kesu.images.toolchain.request import BuiltImage
from kesu.verify import notes
from kesu.verify.bounds import bounds_ms
from kesu.verify.matrix import play as matrix
from kesu.verify.scenes import scenario
from kesu.verify.scenes.events import by_label
from kesu.verify.scenes.scenario import Policy, Written
from kesu.verify.search import measure
from scenes import Written as Noted
from scenes import assert_nothing_left, ready_pad, what_is_left, write_note

pytestmark = pytest.mark.slow

OLD_HZ, NEW_HZ = 15_625_000, 18_750_000
"""The panel's clock that was asked for until the Pico 2 was run, and the present one (PANEL_HZ of boot_panel.c)."""
PLACES = {
    "dma": 0x5000_02C0,  # READ_ADDR of channel 11
    "pio": 0x5020_0048,  # the first instruction
    "sha256": 0x400F_8004,
    "trng": 0x400F_0130,
    "watchdog_scratch": 0x400D_800C,
    "powman": 0x4010_00B0,
    "bootram": 0x400E_0010,
}
"""A register of each part that keeps what is written."""


@pytest.fixture(scope="module")
def image() -> BuiltImage:
    return ensure("sealed", board="pico2")


@pytest.fixture(scope="module")
def noted(image: BuiltImage) -> Noted:
    return write_note(ready_pad(image))


@pytest.fixture(scope="module")
def written(image: BuiltImage) -> Written:
    return scenario.write(scenario.boot(image, 3), notes.note("scribble", 3), Policy.of(image))


def chip_of(pad: VirtualPad) -> Rp2350:
    assert isinstance(pad.emulator, Rp2350)
    return pad.emulator


def wiped(noted: Noted) -> dict[str, object]:
    noted.pad.keys["WIPE"].tap()
    noted.pad.run_for(3_000.0)
    return what_is_left(noted)


def test_a_note_is_found_everywhere_and_after_a_wipe_nowhere(noted: Noted) -> None:
    before = what_is_left(noted)["hits"]
    for name in ("sram", "plane 24h", "plane 26h", "glass", "touch_registers"):
        assert before[name] > 0, name
    assert_nothing_left(fork_run(noted, wiped))


def test_ready_comes_at_the_same_time_as_on_a_pico(noted: Noted) -> None:
    assert chip_of(noted.pad).rom.lookups == ["SR", "SR", "GS"], "nothing else is asked of the boot ROM"
    assert noted.pad.panel.clock_hz == NEW_HZ


def kept_bytes(noted: Noted, reset: Callable[[VirtualPad], object]) -> float:
    pad = noted.pad
    before = bytes(pad.sram)
    chip_of(pad).m33.stopped = True
    reset(pad)
    after = bytes(pad.sram)
    return sum(one == other for one, other in zip(before, after, strict=True)) / len(before)


def test_run_loses_sram_and_a_watchdog_keeps_it(noted: Noted) -> None:
    """RUN powers the memories down (pico-sdk issue 2043)."""
    assert fork_run(noted, lambda copy: kept_bytes(copy, lambda pad: pad.reset("watchdog"))) == 1.0
    assert fork_run(noted, lambda copy: kept_bytes(copy, lambda pad: pad.reset("run"))) < 0.1
    assert fork_run(noted, lambda copy: kept_bytes(copy, lambda pad: pad.unplug())) < 0.1


def survivors(noted: Noted, kind: str) -> tuple[int, int, int, int]:
    mcu = chip_of(noted.pad).mcu
    for name in ("watchdog_scratch", "powman", "bootram", "dma"):
        mcu.write(PLACES[name], 4, 0x1234_5678)
    noted.pad.reset("watchdog" if kind == "watchdog" else "run")
    places = ("watchdog_scratch", "powman", "bootram", "dma")
    one, two, three, four = (mcu.read(PLACES[name], 4) for name in places)
    return one, two, three, four


def test_a_watchdog_keeps_scratch_powman_and_boot_ram_and_run_keeps_none(noted: Noted) -> None:
    kept = fork_run(noted, lambda copy: survivors(copy, "watchdog"))
    assert kept == (0x1234_5678, 0x1234_5678, 0x1234_5678, 0)
    assert fork_run(noted, lambda copy: survivors(copy, "run")) == (0, 0, 0, 0)


def bite_ms(noted: Noted) -> float:
    pad, chip = noted.pad, chip_of(noted.pad)
    chip.m33.sram[0x70000:0x70002] = b"\xfe\xe7"  # b .
    chip.m33.state.r[15], chip.m33.state.primask, chip.m33.asleep = 0x2007_0000, 1, 0
    began = pad.now_ms
    pad.run_until(lambda: pad.emulator.watchdog_resets > 0, 9_000.0)
    return pad.now_ms - began


def test_a_core_that_hangs_is_bitten_by_the_watchdog(noted: Noted) -> None:
    assert 1_000.0 < fork_run(noted, bite_ms) < 8_400.0


def planted(noted: Noted, name: str) -> tuple[int, int]:
    """Hits in a part before and after a piece of the note is put there."""
    pad, mcu = noted.pad, chip_of(noted.pad).mcu

    def hits() -> int:
        return noted.searcher.search(measure.volatile(pad)[name]).hits

    before = hits()
    frame = max((content for kind, content in measure.owners(pad) if kind == measure.FRAME_KIND), key=len)
    found = noted.searcher.search(frame).runs()
    piece = frame[found[0][0] : found[0][1]][:64].ljust(64, b"\0")
    values = struct.unpack("<16I", piece)
    if name == "xip_ram":
        chip_of(pad).m33.cache_ram[:64] = piece
    elif name == "float_registers":
        chip_of(pad).m33.state.s[:16] = list(values)
    elif name == "dma":
        for number in range(4):
            for register in range(4):
                mcu.dma16.channels[number][register] = values[4 * number + register]
    elif name in ("pio", "bootram", "powman"):
        for index in range(8):
            mcu.write(PLACES[name] + 4 * index, 4, values[index])
    elif name == "watchdog_scratch":
        mcu.watchdog.scratch_data[:] = list(values[:8])
    else:
        mcu.write(PLACES[name], 4, values[0])
    return before, hits()


@pytest.mark.parametrize("name", ["xip_ram", "float_registers", "dma", "bootram", "watchdog_scratch"])
def test_a_piece_of_the_note_is_found_in_each_part_that_holds_one(name: str, noted: Noted) -> None:
    before, after = fork_run(noted, lambda copy: planted(copy, name))
    assert before == 0
    assert after > 0


def changed_part(noted: Noted, address: int) -> list[str]:
    pad, before = noted.pad, noted.pad.snapshot(flash_too=False)
    machine = pad.emulator.machine()
    chip_of(pad).mcu.write(address, 4, 0x5AFE_0001)
    names = list(before.differences(pad.snapshot(flash_too=False)))
    return names + [name for name, content in pad.emulator.machine().items() if content != machine[name]]


@pytest.mark.parametrize(
    ("address", "part"),
    [
        *((address, name) for name, address in PLACES.items()),
        (0x400B_8010, "timer"),  # TIMER1
        (0x400C_0000, "blocks"),  # HSTX
        (0x4012_0000, "blocks"),  # OTP
        (0x400A_8004, "blocks"),  # PWM
        (0xD000_0080, "blocks"),  # an interpolator of SIO
    ],
)
def test_a_register_that_changes_changes_exactly_one_part_of_the_state(
    address: int, part: str, noted: Noted
) -> None:
    assert fork_run(noted, lambda copy: changed_part(copy, address)) == [part]


def pinned(noted: Noted) -> tuple[bool, bool]:
    chip = chip_of(noted.pad)
    before = chip.cache_is_ram()
    chip.m33.state.xip_pinned[5] = 1
    return before, chip.cache_is_ram()


def test_a_pinned_line_makes_the_cache_memory(noted: Noted) -> None:
    assert fork_run(noted, pinned) == (False, True)


def booting(image: BuiltImage, ms: float, step_ms: float, lent: bool = True) -> tuple[object, ...]:
    pad = VirtualPad(image.uf2, elf=image.elf)
    if not lent:
        pad.wiring.spi._borrower = None
    plug_in(pad)
    while pad.now_ms < ms:
        pad.run_for(min(step_ms, ms - pad.now_ms))
    chip = chip_of(pad)
    return (
        pad.clock.now_ns,
        chip.m33.state.cycle,
        list(chip.m33.state.r),
        hashlib.sha256(pad.sram).hexdigest(),
        hashlib.sha256(repr(pad.snapshot()).encode()).hexdigest(),
        {name: hashlib.sha256(content).hexdigest() for name, content in pad.emulator.machine().items()},
    )


def test_a_run_is_the_same_however_often_it_is_stopped_and_with_or_without_the_queue_in_c(
    image: BuiltImage,
) -> None:
    once = booting(image, 120.0, 120.0)
    assert booting(image, 120.0, 0.37) == once
    assert booting(image, 120.0, 120.0, lent=False) == once
    assert booting(image, 119.0, 119.0) != once


def times(written: Written, label: str, cost: int, miss_cycles: int = 0) -> dict[str, float]:
    """Times of the steps of an event, with every instruction at `cost` times its cycles; infinite: never."""
    state = chip_of(written.pad).m33.state
    state.cost, state.xip_miss_cycles = cost, miss_cycles
    reached = matrix.play(written, by_label(label), 3).times
    return {step: float("inf") if at_ms is None else at_ms for step, at_ms in reached.items()}


def timed(written: Written, label: str, cost: int, miss_cycles: int = 0) -> dict[str, float]:
    """The same, on a copy."""
    return fork_run(written, partial(times, label=label, cost=cost, miss_cycles=miss_cycles))


def late(reached: dict[str, float]) -> list[str]:
    bounds = bounds_ms("4in2")
    return [step for step, at_ms in reached.items() if at_ms > bounds[step]]


def with_old_clock(written: Written, cost: int) -> dict[str, float]:
    """The panel's clock as it was, in the literal of boot_panel.c."""
    flash = written.pad.flash
    new, old = struct.pack("<I", NEW_HZ), struct.pack("<I", OLD_HZ)
    at = bytes(flash).find(new)
    assert at > 0, f"PANEL_HZ is a literal from 0x{FLASH_BASE:x} on"
    while at > 0:
        flash[at : at + 4] = old
        at = bytes(flash).find(new)
    return times(written, "E13 power-on", cost)


def test_the_clock_of_the_panel_keeps_r7_in_time_on_a_slow_core_and_the_old_one_did_not(
    written: Written,
) -> None:
    """150 MHz / 10 = 15.0 MHz was the highest below 15.625; 150 / 8 = 18.75 is below the panel's 20. At 15.0 MHz both
    planes take 16.0 ms, at 18.75 MHz 12.8."""
    bound = bounds_ms("4in2")["R7"]
    new = {cost: timed(written, "E13 power-on", cost) for cost in (1, 3)}
    old = {cost: fork_run(written, partial(with_old_clock, cost=cost)) for cost in (1, 3)}
    assert new[1]["R7"] < new[3]["R7"] <= bound < old[3]["R7"]
    assert old[1]["R7"] - new[1]["R7"] == pytest.approx(3.2, abs=0.3)
    assert late(new[1]) == late(new[3]) == []


@pytest.mark.parametrize("label", ["E1 WIPE key", "E7 DTR drops"])
def test_a_wipe_is_in_time_at_three_times_the_cost_of_every_instruction(label: str, written: Written) -> None:
    one, three = (timed(written, label, cost) for cost in (1, 3))
    assert late(three) == []
    assert three["R1"] > 2 * one["R1"], "the cost counts"


@pytest.mark.parametrize(("label", "step"), [("E13 power-on", "R7"), ("E11 watchdog", None)])
def test_a_slow_core_with_cache_misses_misses_after_a_restart_what_record_0067_says(
    label: str, step: str | None, written: Written
) -> None:
    """R7 by less than half a millisecond after power-on; nothing after a watchdog's restart."""
    reached = timed(written, label, 3, 60)
    assert late(reached) == [*filter(None, [step])]
    assert reached["R7"] < bounds_ms("4in2")["R7"] + 0.5


def test_ink_is_illegible_in_time_after_power_on_at_twice_the_cost_of_every_instruction(
    written: Written,
) -> None:
    assert late(timed(written, "E13 power-on", 2)) == []


def test_misses_of_the_flash_cache_add_less_than_one_millisecond_to_a_wipe(written: Written) -> None:
    """60 cycles a miss: the command, the address and 8 bytes on four lines at 75 MHz, an estimate."""
    none, some = (timed(written, "E7 DTR drops", 1, miss) for miss in (0, 60))
    assert none["R1"] < some["R1"] < none["R1"] + 1.0
    assert late(some) == []


def test_a_routine_that_the_boot_rom_does_not_have_ends_the_run(noted: Noted) -> None:
    def look_up(copy: Noted) -> str:
        chip = chip_of(copy.pad)
        chip.m33.state.r[0], chip.m33.state.r[15] = int.from_bytes(b"RB", "little"), 0x200
        chip.m33.asleep = 0
        with pytest.raises(KesuError) as refused:
            copy.pad.run_for(1.0)
        return refused.value.message

    assert "'RB'" in fork_run(noted, look_up)


def test_an_instruction_that_the_core_does_not_have_ends_the_run(noted: Noted, tmp_path: Path) -> None:
    def execute(copy: Noted) -> str:
        chip = chip_of(copy.pad)
        chip.m33.sram[0x70000:0x70004] = struct.pack("<HH", 0xFA80, 0xF040)  # QADD8-like: parallel arithmetic
        chip.m33.state.r[15], chip.m33.asleep = 0x2007_0000, 0
        with pytest.raises(KesuError) as refused:
            copy.pad.run_for(1.0)
        return refused.value.message

    assert "cannot execute fa80f040 at 0x20070000" in fork_run(noted, execute)
