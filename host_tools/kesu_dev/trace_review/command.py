"""command: `kesu dev review-trace`."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable
from pathlib import Path

import click
from kesu.common.atomic import replace_file
from kesu.common.checkout import repository
from kesu.common.command_types import IMAGE, Command
from kesu.common.errors import Exit, KesuError
from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.core.fork import Failed, Job, Send, run_jobs
from kesu.emulator.trace.tracer import Tracer
from kesu.images.toolchain.request import built_files
from kesu.verify.scenes import scenario
from kesu.verify.scenes.scenario import Policy
from kesu.verify.trace import code, reviewed
from kesu.verify.trace.coverage import Image
from kesu.verify.trace.moves import Hand
from kesu.verify.trace.places import Fingerprints, Names
from kesu.verify.trace.walk import traced

PLACE = Path("host_tools/kesu/verify/trace")
OWN_C = "firmware/native"
HEAD = """\
# reviewed.toml: functions that may branch on ink, with the fingerprints of the code that was reviewed, and why they do.
# SPDX-License-Identifier: MIT
#
# Written by `kesu dev review-trace`, which finds the functions and keeps the reasons; a new function gets an empty
# reason and has to be read before one is written. frozen: bytecode of the pad's Python. native: compiled code, which
# differs by board and panel.
"""
NOTES = 6

Prints = dict[tuple[bool, str], set[str]]


@click.command(
    "review-trace",
    cls=Command,
    examples=(
        "kesu dev review-trace dist/*-sealed.uf2",
        "kesu dev review-trace dist/*-sealed.uf2 --walks 40",
    ),
)
@click.argument("images", nargs=-1, required=True, type=IMAGE)
@click.option("--walks", type=click.IntRange(1), default=12, help="Walks on each image.")
@click.option("--seed", type=click.IntRange(0), default=1, help="Seed of the first walk.")
@click.option("--jobs", type=click.IntRange(1, 64), default=2, help="Number of processes.")
def command(images: tuple[Path, ...], walks: int, seed: int, jobs: int) -> None:
    """Renew the lists of reviewed code: the functions that branch on ink, and the fingerprints of all functions.

    Give the sealed images of all boards and panels: fingerprints of other code are removed. A function that is as it
    was reviewed stays, whether or not a walk reaches it. Read what changed before you commit it. Exit code 1: a
    function that branches on ink has no reason yet.
    """
    parts = [(Image.of(pad, _own_files()), Fingerprints(pad)) for pad in map(VirtualPad, images)]
    replace_file(repository() / PLACE / code.FILE, _code(parts).encode("utf-8"))
    code.reviewed.cache_clear()
    found = unchanged(prints for _, prints in parts)
    for image in images:
        for one in _walked(image, range(seed, seed + walks), jobs):
            for key, prints in one.items():
                found.setdefault(key, set()).update(prints)
    reasons = {key: one.reason for key, one in reviewed.functions().items()}
    replace_file(repository() / PLACE / reviewed.FILE, _text(found, reasons).encode("utf-8"))
    missing = [name for (frozen, name) in sorted(found) if not reasons.get((frozen, name))]
    for name in missing:
        click.echo(f"no reason yet: {name}")
    raise SystemExit(Exit.NO if missing else Exit.OK)


def _own_files() -> frozenset[str]:
    return frozenset(path.name for path in (repository() / OWN_C).glob("*.c"))


def _code(images: Iterable[tuple[Image, Fingerprints]]) -> str:
    """The content of the list of fingerprints: one line for each function."""
    files = sorted(_own_files())
    found: dict[str, dict[str, set[str]]] = {kind: {} for kind in code.KINDS}
    for functions, prints in images:
        for kind, some, print_of in code.by_kind(functions, prints):
            for function in some:
                found[kind].setdefault(function.name, set()).add(print_of(function.name))
    parts = [f'  "files": [\n    {_joined(json.dumps(file) for file in files)}\n  ]']
    for kind, listed in found.items():
        lines = (
            f"{json.dumps(name)}: {json.dumps(sorted(prints))}" for name, prints in sorted(listed.items())
        )
        parts.append(f"  {json.dumps(kind)}: {{\n    {_joined(lines)}\n  }}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _joined(lines: Iterable[str]) -> str:
    return ",\n    ".join(lines)


def unchanged(images: Iterable[Fingerprints]) -> Prints:
    """The reviewed functions that an image has as they were reviewed."""
    found: Prints = {}
    for prints in images:
        for (frozen, name), one in reviewed.functions().items():
            print_now = prints.frozen(name) if frozen else prints.native(name)
            if print_now in one.prints:
                found.setdefault((frozen, name), set()).add(print_now)
    return found


def _walked(image: Path, seeds: Iterable[int], jobs: int) -> list[Prints]:
    built = built_files(image)
    pad, policy = scenario.boot(built, 1), Policy.of(built)
    work = [Job(f"walk, seed {seed}", _walk(pad, policy, seed), 1, 1.0) for seed in seeds]
    results = []
    for job, result in run_jobs(work, jobs, {}):
        if isinstance(result, Failed):
            raise KesuError(f"{job.name}: {result.why}.", hint="Run it again.", code=Exit.INCOMPLETE)
        click.echo(f"{image.name}, {job.name}", err=True)
        results.append(result)
    return results


def _walk(pad: VirtualPad, policy: Policy, seed: int) -> Callable[[Send[Prints]], None]:
    def run(send: Send[Prints]) -> None:
        tracer = Tracer(pad)
        traced(Hand(pad, policy, random.Random(f"walk {seed}")), tracer, seed, NOTES)
        prints, found = Fingerprints(pad), Prints()
        for frozen, name, _ in reviewed.places_of(Names(pad), tracer.branches()):
            if (frozen, name) not in found:
                found[frozen, name] = {prints.frozen(name) if frozen else prints.native(name)}
        send(found)

    return run


def _text(found: Prints, reasons: dict[tuple[bool, str], str]) -> str:
    parts = [HEAD]
    for frozen, name in sorted(found, key=lambda key: (not key[0], key[1])):
        kind = "frozen" if frozen else "native"
        reason = json.dumps(reasons.get((frozen, name), ""), ensure_ascii=False)
        prints = json.dumps(sorted(found[frozen, name]))
        parts.append(f'\n[[{kind}]]\nname = "{name}"\nreason = {reason}\nprints = {prints}\n')
    return "".join(parts)
