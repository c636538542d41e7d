"""test_rp2350_rom: the boot ROM of the emulated Pico 2 has what writes flash, and stops the pad at what it lacks."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import traceback
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from kesu.emulator import scenario
from kesu.emulator.chips.rp2350.rom import Rom
from kesu.emulator.core.stopped import PadStopped
from kesu.verify.leaks.group import OF_THE_PAD

LOOKUP = 0x200


def asked(code: str) -> tuple[Rom, Any]:
    """The ROM and the core after a look-up, as rom_func_lookup makes it (RP2350 datasheet 5.4.1)."""
    rom = Rom()
    core: Any = SimpleNamespace(r=[0] * 16, thumb=1)
    core.r[0], core.r[1] = ord(code[0]) | ord(code[1]) << 8, 4
    core.r[14], core.r[15] = 0x1000_0101, LOOKUP
    rom.call(core)
    return rom, core


@pytest.mark.parametrize("code", ["IF", "EX", "RE", "RP", "FC", "CX"])
def test_the_routines_that_write_flash_are_there_and_recorded(code: str) -> None:
    rom, core = asked(code)
    assert core.r[0] & 1
    assert core.r[15] == 0x1000_0100
    assert rom.lookups == [code]


def test_another_routine_stops_the_pad_and_not_the_check() -> None:
    with pytest.raises(PadStopped, match="'RB'") as error:
        asked("RB")
    (last,) = traceback.format_exception_only(error.value)
    assert last.startswith(OF_THE_PAD)


def test_a_pad_that_stops_at_its_start_is_not_ready_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scenario, "VirtualPad", lambda *_, **__: None)
    monkeypatch.setattr(scenario, "start", lambda *_, **__: asked("RB"))
    with pytest.raises(scenario.NotReady, match="has no 'RB'") as error:
        scenario.boot_pad(Path("image.uf2"))
    assert error.value.hint
