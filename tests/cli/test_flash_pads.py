"""test_flash_pads: `kesu flash` and `kesu seal` on stand-in pads, whose flash the virtual pad then boots."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import hashlib
import io
import json
import os
import signal
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from attacks import attack
from flash_runs import results, run, words
from kesu.common.uf2 import FAMILY_ABSOLUTE, FAMILY_RP2350_ARM, parse
from kesu.common.usb_ids import RP2350
from kesu.devices.discovery.find import pads
from kesu.devices.discovery.host import Host
from kesu.devices.flash import batch, steps
from kesu.devices.flash.batch import Board
from kesu.devices.flash.drive import NAME, write_drive
from kesu.devices.flash.image import load_image
from kesu.devices.flash.job import Job
from kesu.devices.flash.plan import Outcome, Plan
from kesu.devices.flash.record import Record
from kesu.devices.flash.steps import STANDING, Step, Stopped
from kesu.devices.rehearsal.boot_rom import Flash
from kesu.images.toolchain.request import BuiltImage
from pad_bench import Bench
from pad_images import uf2_block, uf2_bytes


def eight(bench: Bench) -> None:
    """Eight pads: one with a broken flash chip, one with the other chip, one unplugged during the write."""
    flash = parse(bench.image.read_bytes()).flash(2 * 1024 * 1024)
    place = flash.index(
        b"IndentationError"
    )  # a name that no start uses: a wrong instruction could do anything
    wrong = flash[place] ^ 0xFF
    for number in range(1, 9):
        broken: dict[int, dict[str, Any]] = {
            3: {"flash": Flash(stuck={place: wrong})},
            5: {"chip": RP2350},
            7: {"breaks_at": 100_000},
        }
        bench.add(number, **broken.get(number, {}))


EXPECTED = {f"1-1.{number}": "done" for number in (1, 2, 4, 6, 8)}


@pytest.mark.slow
def test_bad_pads_do_not_stop_the_others_of_eight(bench: Bench, sealed: BuiltImage, tmp_path: Path) -> None:
    eight(bench)
    record = tmp_path / "pads.csv"
    code, found = results(bench, "seal", sealed.uf2, "--all", "--record", record)
    assert code == 1
    assert words(found) == EXPECTED | {"1-1.3": "not proven", "1-1.5": "wrong chip", "1-1.7": "lost"}
    for pad in bench.pads:
        if found[pad.port_path]["result"] == "done":
            assert bytes(pad.flash.content) == parse(sealed.uf2.read_bytes()).flash(len(pad.flash.content))
            assert (pad.state, found[pad.port_path]["serial"]) == ("running", pad.serial)
    assert set(bench.pads[4].flash.content) == {0xFF}, "the pad with the wrong chip was not written"
    entries = {entry.port: entry for entry in Record(record).entries()}
    assert {port: entry.result for port, entry in entries.items()} == words(found)
    size = parse(sealed.uf2.read_bytes()).size
    rest = 2 * 1024 * 1024 - size
    assert entries["1-1.1"].proof == f"whole flash read back: {size:,} bytes of image, {rest:,} of 0xFF"
    # Two of the three are repaired; with the record, finished pads are not written again.
    bench.pads[2].flash = Flash()
    bench.pads[6].breaks_at = None
    for pad in bench.pads:
        bench.bootsel(pad)
    bench.server.calls.clear()
    code, found = results(bench, "seal", sealed.uf2, "--all", "--record", record, "--resume")
    assert code == 1
    assert words(found) == dict.fromkeys(EXPECTED, "skipped") | {
        "1-1.3": "done",
        "1-1.5": "wrong chip",
        "1-1.7": "done",
    }
    assert sum(call[0] == "erase" for call in bench.server.calls) == 2


@pytest.mark.slow
def test_eight_pads_by_drive(bench: Bench, sealed: BuiltImage) -> None:
    eight(bench)
    code, found = results(bench, "flash", sealed.uf2, "--all", "--via", "drive")
    assert code == 1, "a drive gives no verification: the broken chip may start or not, the other two fail"
    assert found["1-1.5"]["result"] == "wrong chip"
    assert (found["1-1.7"]["result"], found["1-1.7"]["step"]) == ("lost", "write")
    assert "98,304" in found["1-1.7"]["note"]
    assert {port: word for port, word in words(found).items() if port in EXPECTED} == EXPECTED
    assert found["1-1.1"]["serial"] == bench.pads[0].serial, "read by picotool, which --ask allows"
    assert bytes(bench.pads[0].flash.content) == parse(sealed.uf2.read_bytes()).flash(2 * 1024 * 1024)


def test_a_pico_2_can_be_sealed(bench: Bench, sealed: BuiltImage, tmp_path: Path) -> None:
    """The emulator cannot boot it, so the test gives the descriptors of the RP2040's image."""
    flash = parse(sealed.uf2.read_bytes()).flash(2 * 1024 * 1024)
    pad = bench.add(
        1, chip=RP2350, flash=Flash(4 * 1024 * 1024), descriptors_of_other_chip=bench._enumerated(flash)
    )
    path = tmp_path / "kesu-pico2-4in2-sealed.uf2"
    e10 = uf2_block(0x10FF_FF00, b"\xef" * 256, 0, 2, FAMILY_ABSOLUTE)
    path.write_bytes(e10 + uf2_bytes(bytes(range(256)) * 40, FAMILY_RP2350_ARM))
    manifest = {
        "board": "pico2",
        "profile": "sealed",
        "outputs": {path.name: hashlib.sha256(path.read_bytes()).hexdigest()},
    }
    path.with_suffix(".json").write_text(json.dumps(manifest))
    code, found = results(bench, "seal", path, "--record", tmp_path / "pads.csv")
    assert (code, found["1-1.1"]["serial"], found["1-1.1"]["chip"]) == (0, pad.serial, "RP2350")
    assert bytes(pad.flash.content) == bytes(range(256)) * 40 + b"\xff" * (4 * 1024 * 1024 - 40 * 256)
    bench.bootsel(pad)
    code, found = results(bench, "seal", sealed.uf2, "--check")
    assert (code, found["1-1.1"]["result"]) == (1, "wrong chip")


def test_a_copy_to_a_folder_writes_every_byte(sealed: BuiltImage, tmp_path: Path) -> None:
    """The copy to a real drive, into a folder here."""
    image = load_image(sealed.uf2)
    (tmp_path / "INFO_UF2.TXT").write_text("Board-ID: RPI-RP2\n")
    seen: list[int] = []
    write_drive(Host(), tmp_path, image, seen.append, threading.Event())
    assert (tmp_path / NAME).read_bytes() == image.data
    assert (seen[-1], seen) == (100, sorted(seen))
    (tmp_path / "INFO_UF2.TXT").unlink()
    with pytest.raises(Stopped, match="disappeared before anything was written"):
        write_drive(Host(), tmp_path, image, seen.append, threading.Event())


def test_a_terminal_shows_one_redrawn_line_per_pad() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal, pipe = Terminal(), io.StringIO()
    for stream in (terminal, pipe):
        board = Board(["1-1.2", "1-1.10"], stream)
        board.show("1-1.10", Step.WRITE, 0)
        board.show("1-1.10", Step.WRITE, 50)
    last = terminal.getvalue().split("\x1b[2A")[-1].replace("\r\x1b[K", "")
    assert last == ("1-1.2  [....................] waiting\n1-1.10 [##########..........] writing\n")
    assert pipe.getvalue() == "1-1.10: writing\n", "without a terminal each step is printed once"


def test_keeping_files_compares_only_the_image(bench: Bench, sealed: BuiltImage) -> None:
    pad = bench.add(2)
    pad.flash.content[1_000_000:1_000_005] = b"files"
    assert results(bench, "flash", sealed.uf2, "--keep-files", "--via", "picotool")[0] == 0
    assert pad.flash.content[1_000_000:1_000_005] == b"files"
    assert run(bench, "flash", sealed.uf2, "--keep-files", "--via", "drive").exit_code == 2


@pytest.mark.slow
def test_a_pad_that_does_not_start_and_one_with_another_program_fail(
    bench: Bench, sealed: BuiltImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.add(1, mute=True)
    other = bench.add(2)
    enumerated = bench._enumerated

    def foreign(flash: bytes) -> bytes:
        return (
            enumerated(flash)
            .replace(bytes([8, 11, 0, 2, 2, 2]), bytes([8, 11, 0, 2, 8, 6]))
            .replace(bytes([9, 4, 0, 0, 1, 2, 2]), bytes([9, 4, 0, 0, 1, 8, 6]))
        )

    monkeypatch.setattr(bench, "_enumerated", foreign)
    plan = Plan(load_image(sealed.uf2), "seal", True, patience_s=2.0)
    foreign(parse(sealed.uf2.read_bytes()).flash(2 * 1024 * 1024))  # a first boot takes longer than that
    outcomes = [
        Job(bench.host(), pad, plan, threading.Event(), lambda *_: None).run() for pad in pads(bench.host())
    ]
    assert [outcome.verdict for outcome in outcomes] == [steps.LOST, steps.WRONG_IDENTITY]
    assert "mass storage" in outcomes[1].note
    assert other.state == "running"


@attack("`kesu flash`, `kesu seal`", "Ctrl-C in each step", "reports the pad's state; `--resume` finishes it")
@pytest.mark.parametrize(
    "step", [Step.IDENTIFY, Step.ERASE, Step.WRITE, Step.PROVE, Step.RESTART, Step.CHECK]
)
def test_a_run_stopped_at_any_step_can_be_resumed(
    bench: Bench, sealed: BuiltImage, tmp_path: Path, step: Step, monkeypatch: pytest.MonkeyPatch
) -> None:
    pad = bench.add(1)
    record = tmp_path / "pads.csv"
    original = Board.show
    cancelled: list[threading.Event] = []
    run_all = batch.run_all

    def noted(jobs: Sequence[Job], stop: threading.Event, workers: int) -> tuple[list[Outcome], bool]:
        cancelled.append(stop)
        return run_all(jobs, stop, workers)

    monkeypatch.setattr(batch, "run_all", noted)

    def ctrl_c(self: Board, name: str, at: Step, percent: int) -> None:
        original(self, name, at, percent)
        if at is step and percent == 0:
            os.kill(os.getpid(), signal.SIGINT)
            assert cancelled[-1].wait(60.0)  # the main thread has handled the signal

    monkeypatch.setattr(Board, "show", ctrl_c)
    stopped = run(bench, "seal", sealed.uf2, "--record", record)
    assert stopped.exit_code == 130
    assert "--resume" in stopped.stderr
    if step is Step.CHECK:
        assert "1 of 1 pads are done" in stopped.stdout, "too late to stop anything"
        return
    assert STANDING[step] in stopped.stdout or STANDING[Step.PROVE] in stopped.stdout
    monkeypatch.undo()
    bench.settle()  # picotool may have received the restart command just before the end
    assert pad.state != "gone"
    if pad.state == "running":
        bench.bootsel(pad)
    assert words(results(bench, "seal", sealed.uf2, "--record", record, "--resume")[1]) == {"1-1.1": "done"}


@pytest.mark.slow
def test_a_running_service_pad_is_sent_to_bootsel_and_recognised(
    bench: Bench, service: BuiltImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    pad = bench.add(3)
    assert words(results(bench, "flash", service.uf2)[1]) == {"1-1.3": "done"}
    assert [(one.mode.value, one.serial, one.tty) for one in pads(bench.host())] == [
        ("service", pad.serial, "/dev/ttyACM3")
    ]
    asked: list[str] = []

    class Asked:
        """A fake console: the emulator has no BOOTSEL mode."""

        @classmethod
        def open(cls, device: str) -> Asked:
            asked.append(device)
            return cls()

        def __enter__(self) -> Asked:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def enter_bootsel(self) -> None:
            bench.soon(bench.bootsel, pad)

    monkeypatch.setattr("kesu.devices.sync.console.Console", Asked)
    code, found = results(bench, "flash", service.uf2, "--pad", pad.serial)
    assert (code, asked, found["1-1.3"]["serial"]) == (0, ["/dev/ttyACM3"], pad.serial)
