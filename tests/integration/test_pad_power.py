"""test_pad_power: what survives power-on, RUN, watchdog and unplugging, and that emulated time is exact."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import struct
import time
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from kesu.emulator.board.pad import EmulationTimeout, VirtualPad
from kesu.emulator.core.fork import fork_run
from pad_images import COUNT, SLEEP_WFE, SLEEP_WFI, image

pytestmark = pytest.mark.slow

MARK = b"\xc4\x5e" * 50


def powered(folder: Path, code: bytes = SLEEP_WFI, seed: int = 1) -> VirtualPad:
    pad = VirtualPad(image(folder, code), seed=seed)
    pad.power_on()
    pad.run_for(1)
    return pad


def test_power_on_fills_ram_with_noise_from_the_seed(tmp_path: Path) -> None:
    first, again, other = (powered(tmp_path, seed=seed).snapshot() for seed in (1, 1, 2))
    assert first.sram == again.sram
    assert first.sram != other.sram
    assert first.dpram.count(0) < 100
    assert 0.45 < sum(byte.bit_count() for byte in first.sram) / (8 * len(first.sram)) < 0.55


@pytest.mark.parametrize("kind", ["run", "watchdog"])
def test_reset_keeps_sram_and_restarts(tmp_path: Path, kind: Literal["run", "watchdog"]) -> None:
    pad = powered(tmp_path, COUNT)
    pad.sram[1000:1100] = MARK
    pad.emulator.mcu.watchdog.scratch_data[0] = 0x1234
    counted = pad.emulator.mcu.core.registers[0]
    pad.reset(kind)
    pad.run_for(0.01)
    assert 0 < pad.emulator.mcu.core.registers[0] < counted
    assert bytes(pad.sram[1000:1100]) == MARK
    kept = kind == "watchdog"
    assert pad.snapshot().part("watchdog_scratch")[:4] == (b"\x34\x12\0\0" if kept else bytes(4))


def test_the_watchdog_reboots_once_and_stops_counting(tmp_path: Path) -> None:
    pad = powered(tmp_path)
    mcu = pad.emulator.mcu
    mcu.write_uint32(0x4001_0008, 0x1FFFC)  # PSM WDSEL as pico-sdk sets it
    mcu.write_uint32(0x4005_8004, 20_000)  # LOAD: 10 ms at the doubled count of erratum E1
    mcu.write_uint32(0x4005_8000, 1 << 30)  # CTRL: enable
    pad.run_for(9.9)
    assert pad.emulator.watchdog_resets == 0
    pad.run_for(0.2)
    assert pad.emulator.watchdog_resets == 1
    pad.run_for(60_000)
    assert pad.emulator.watchdog_resets == 1


def test_unplug_with_hold_up_runs_until_empty_and_keeps_only_flash(tmp_path: Path) -> None:
    pad = powered(tmp_path)
    flash = bytes(pad.flash[:4096])
    pad.sram[1000:1100] = MARK
    pad.unplug(hold_up_s=0.05)
    assert not pad.vbus
    pad.run_for(49)
    assert pad.powered
    assert bytes(pad.sram[1000:1100]) == MARK
    pad.run_for(2)
    assert not pad.powered
    assert MARK not in bytes(pad.sram)
    assert bytes(pad.flash[:4096]) == flash


def test_unplug_without_hold_up_stops_at_once_and_can_restart(tmp_path: Path) -> None:
    pad = powered(tmp_path, COUNT)
    pad.unplug()
    assert not pad.powered
    with pytest.raises(ValueError, match="no power"):
        pad.reset("run")
    start = pad.now_ms
    pad.run_for(500)
    assert pad.now_ms == pytest.approx(start + 500)
    assert pad.emulator.mcu.core.registers[0] == 0
    pad.power_on()
    pad.run_for(0.1)
    assert pad.emulator.mcu.core.registers[0] > 0


def test_power_loss_randomises_planes_and_keeps_the_glass(tmp_path: Path) -> None:
    pad = powered(tmp_path)
    pad.glass.reflectance = np.zeros_like(pad.glass.reflectance)
    before = pad.snapshot()
    pad.unplug()
    after = pad.snapshot()
    assert after.glass == before.glass
    assert after.panel_bw != before.panel_bw


@pytest.mark.parametrize("code", [SLEEP_WFI, SLEEP_WFE], ids=["wfi", "wfe"])
def test_sleeping_firmware_needs_little_processor_time(tmp_path: Path, code: bytes) -> None:
    def processor_time(firmware: bytes, emulated_ms: float) -> float:
        pad = powered(tmp_path, firmware)
        began = time.process_time()
        pad.run_for(emulated_ms)
        return time.process_time() - began

    # Awake, a hundredth of that time takes longer.
    assert processor_time(code, 60_000.0) < processor_time(COUNT, 600.0)


def test_actions_happen_at_their_exact_emulated_time(tmp_path: Path) -> None:
    def scenario(pad: VirtualPad) -> tuple[list[int], int, int]:
        counts: list[int] = []
        for delay in (0.5, 1.25, 3.0):
            pad.at(delay, lambda: counts.append(int(pad.emulator.mcu.core.registers[0])))
        pad.run_for(2)
        pad.run_for(2)
        return counts, pad.clock.now_ns, int(pad.emulator.mcu.core.registers[0])

    pad = powered(tmp_path, COUNT)
    runs = [fork_run(pad, scenario) for _ in range(3)]
    assert runs[0] == runs[1] == runs[2]
    counts, _, _ = runs[0]
    # adds, b: three cycles of 8 ns a turn.
    assert counts[1] - counts[0] == pytest.approx(750_000 / 24, abs=1)


def test_run_until_names_what_did_not_happen(tmp_path: Path) -> None:
    pad = powered(tmp_path)

    def panel_is_ready() -> bool:
        return False

    with pytest.raises(EmulationTimeout, match=r"panel_is_ready did not hold within 5 ms"):
        pad.run_until(panel_is_ready, 5)
    start = pad.now_ms
    assert pad.run_until(lambda: pad.now_ms >= start + 3, 10) == pytest.approx(start + 3, abs=0.01)


def test_a_snapshot_names_differences(tmp_path: Path) -> None:
    pad = powered(tmp_path)
    before = pad.snapshot()
    assert before.differences(pad.snapshot()) == {}
    pad.sram[77] ^= 0xFF
    pad.emulator.mcu.watchdog.scratch_data[1] = 5
    changed = before.differences(pad.snapshot())
    assert changed == {"sram": [77], "watchdog_scratch": [4]}
    assert pad.snapshot().to_dict()["sram"]["bytes"] == 264 * 1024


def test_owners_are_read_from_the_firmwares_table(tmp_path: Path) -> None:
    pad = powered(tmp_path)

    class Table:
        def read_symbol(self, name: str, sram: memoryview) -> bytes:
            return struct.pack("<I", 2)

        def symbol(self, name: str) -> object:
            return type("Symbol", (), {"address": 0x2000_0200})

    pad._memory_map = Table()  # type: ignore[assignment]  # what `owners` asks of one
    pad.sram[0x200:0x218] = struct.pack("<6I", 0x2000_1000, 600, 1, 0x2000_2000, 15_000, 2)
    assert [(owner.kind, owner.length) for owner in pad.owners()] == [(1, 600), (2, 15_000)]
