"""test_faults_software: exceptions and failed allocations in the unchanged image, and in weakened firmware."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from kesu.common.errors import KesuError
from kesu.emulator.chips.rp2040.facts import SRAM
from kesu.emulator.core.fork import fork_run
from kesu.images.toolchain.request import BuiltImage
from kesu.verify.faults import injection, software, tour
from kesu.verify.faults.statements import Statement, statements
from kesu.verify.faults.trial import wait_gone
from kesu.verify.mutants import Definition, Edit, build
from kesu.verify.outcome import Trial
from kesu.verify.scenes.scenario import Written

pytestmark = pytest.mark.slow

SEED = 35
SCENES = ("writing", "undo", "ring", "AWAY", "power cut")
STATEMENTS = 36
ALLOCATIONS = 6


@pytest.fixture(scope="module")
def everything(sealed: BuiltImage) -> list[Statement]:
    return statements(sealed)


@pytest.fixture(scope="module")
def briefly_noted(sealed: BuiltImage) -> Written:
    return software.prepared(sealed, SEED)


def scenes(*names: str) -> tuple[tour.Scene, ...]:
    return tuple(scene for scene in tour.SCENES if scene.name in names)


def test_every_function_of_the_firmware_has_statements(everything: list[Statement]) -> None:
    named = {(statement.module, statement.function) for statement in everything}
    assert {
        ("kesu_pad/app.py", "App.step"),
        ("kesu_pad/wipe.py", "Wipe.start"),
        ("kesu_pad/callline.py", ""),
    } <= named
    assert len({statement.address for statement in everything}) > 1_400


def test_statements_of_another_tree_are_refused(sealed: BuiltImage, firmware: Path, tmp_path: Path) -> None:
    other = tmp_path / "firmware"
    shutil.copytree(firmware, other)
    keys = other / "kesu_pad" / "keys.py"
    keys.write_text(keys.read_text().replace("BOUNCE_MS = const(20)", "BOUNCE_MS = const(21)"))
    with pytest.raises(KesuError, match=r"kesu_pad/keys\.py: the image does not hold"):
        statements(sealed, other)


@pytest.mark.long
def test_an_exception_anywhere_wipes_the_note(sealed: BuiltImage, everything: list[Statement]) -> None:
    trials: list[Trial] = []
    coverage = software.exceptions(
        sealed,
        SEED,
        STATEMENTS,
        2,
        lambda trial, total: trials.append(trial),
        everything,
        scenes(*SCENES),
    )
    assert [trial for trial in trials if not trial.holds] == []
    assert len(trials) > STATEMENTS // 3
    assert len(everything) > coverage.reached > 1_000


def test_an_exception_during_a_panel_reset_does_not_leave_rst_low(
    sealed: BuiltImage, everything: list[Statement]
) -> None:
    """Found by the campaign: RST stayed low, nothing was drawn, and the note stayed visible during the
    pause after the fault."""
    pulse = [statement for statement in everything if statement.function == "Transport.reset"]
    trials: list[Trial] = []
    software.exceptions(
        sealed, SEED, len(pulse), 1, lambda trial, total: trials.append(trial), pulse, scenes("ring")
    )
    assert len(trials) == len(pulse) > 3
    assert [trial for trial in trials if not trial.holds] == []


def test_a_loop_that_swallows_exceptions_is_found(tmp_path: Path) -> None:
    """The control: firmware that continues as if nothing had happened."""
    step = "            self.step(ticks_ms())\n"
    deaf = f"            try:\n    {step}            except Exception:\n                pass\n"
    mutant = Definition(
        name="exceptions swallowed",
        change="The loop continues after an exception.",
        teaches="An exception is a fault.",
        expected=("liveness",),
        edits=(Edit("kesu_pad/app.py", step, deaf),),
        file="",
    )
    image = build(mutant, tmp_path)
    found = [
        statement
        for statement in statements(image, tmp_path / "firmware")
        if statement.function == "App._take_ink"
    ]
    written = software.prepared(image, SEED)

    def trial(written: Written) -> Trial:
        first = found[0]
        met: list[str] = []

        def raised(_: Statement) -> None:
            met.append("")
            injection.raise_at(written.pad, first.address, "RuntimeError")

        injection.on_first(written.pad, [first], raised)
        written.pad.run_until(lambda: bool(met), 1_000.0)
        return software.judged(written, "control", "swallowed", SEED, lambda pad: None, late=False)

    assert "swallowed" in fork_run(written, trial).reason


def test_a_failed_allocation_at_any_point_of_the_start_ends_clean(sealed: BuiltImage) -> None:
    trials: list[Trial] = []
    coverage = software.allocations(sealed, SEED, ALLOCATIONS, 2, lambda trial, total: trials.append(trial))
    assert len(trials) == ALLOCATIONS
    assert [trial for trial in trials if not trial.holds] == []
    assert coverage.allocations > 100
    assert coverage.asked_later > coverage.given_later == 0, "memory is allocated while a note is on the pad"


def test_a_nearly_full_stack_is_a_fault(briefly_noted: Written) -> None:
    def scenario(written: Written) -> tuple[bool, bool, bool]:
        pad = written.pad
        pad.run_for(200.0)
        before = bool(pad.host.serial_state.ri)
        pad.sram[pad.memory_map.stack.start - SRAM.start + 100] = 1
        pad.touch.finger(200.0, 40.0)
        pad.run_until(lambda: bool(pad.host.serial_state.ri), 3_000.0)
        return before, bool(pad.host.serial_state.ri), wait_gone(written, 1_000.0) is not None

    assert fork_run(briefly_noted, scenario) == (False, True, True)


@pytest.mark.parametrize("where", ["panic", "HardFault_Handler"])
def test_a_panic_of_the_sdk_restarts_the_pad_at_once(briefly_noted: Written, where: str) -> None:
    """By default both wait for a debugger, and the note would stay until the watchdog fires."""

    def scenario(written: Written) -> tuple[int, bool]:
        pad = written.pad
        before = pad.emulator.watchdog_resets
        core = pad.emulator.mcu.core
        core.registers[15] = pad.memory_map.symbol(where).address & ~1
        core.waiting = False
        pad.run_for(1.0)
        return pad.emulator.watchdog_resets - before, wait_gone(written, 2_000.0) is not None

    assert fork_run(briefly_noted, scenario) == (1, True)
