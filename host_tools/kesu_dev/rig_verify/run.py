"""run: a run of `kesu verify` on a pad with a rig around it."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import hashlib
import time
import tomllib
from datetime import UTC, datetime
from pathlib import Path

from kesu.common.checkout import repository
from kesu.common.errors import Exit, KesuError
from kesu.common.uf2 import load, parse
from kesu.emulator.chips.boards import BOARDS
from kesu.emulator.core.fork import Failed
from kesu.emulator.panel.panels import panel_of
from kesu.images.toolchain.request import BuiltImage
from kesu.verify import plan, structure
from kesu.verify.evidence import demands, describe_image
from kesu.verify.evidence.benches import BENCH
from kesu.verify.evidence.image import manifest_of
from kesu.verify.found import Found
from kesu.verify.noninterference import compare
from kesu.verify.profile import RIG
from kesu.verify.results import Run
from kesu.verify.runner.runner import Progress, record, versions
from kesu.verify.scenes.scenario import Policy

from kesu_dev.rig.image import build_rig
from kesu_dev.rig.protocol import RigError
from kesu_dev.rig_verify.bench import Bench, EmulatedBench, RealBench
from kesu_dev.rig_verify.scenes import Player
from kesu_dev.rig_verify.seen import Eye, flash

VIRTUAL = "rig-virtual"
PADS = Path("tests") / "hil" / "pads.toml"


def verify(image: BuiltImage, target: str, seed: int, progress: Progress) -> Run:
    """Play the rig's part of the matrix. target: "rig-virtual", or "rig:" and a name of tests/hil/pads.toml. Raises
    KesuError for what cannot be run at all."""
    began = time.monotonic()
    policy = Policy.of(image)
    film = panel_of(image.uf2)
    progress(0, 1, "starting the rig")
    bench = _bench(image, target, film, seed)
    run = Run(
        target="EMULATED" if target == VIRTUAL else "HARDWARE",
        profile=RIG.name,
        seed=seed,
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        image=describe_image(image),
        versions=versions() | {BENCH: bench.name, "rig": bench.actions.rig.version},
        mask=compare.read_mask(),
    )
    found = Found()
    try:
        _play(bench, image, film, policy, run, found, progress)
    except KeyboardInterrupt:
        run.interrupted = True
    except RigError as error:
        found.add(Found.failed(Failed("the rig", error.message)))
    finally:
        bench.close()
    found.findings += structure.audit(image)
    record(run, found, film, {})
    run.missing = demands.missing(run)
    run.seconds = time.monotonic() - began
    return run


def _play(
    bench: Bench, image: BuiltImage, film: str, policy: Policy, run: Run, found: Found, progress: Progress
) -> None:
    progress(0, 1, "reading the flash")
    content = flash(bench)
    if content != parse(load(image.uf2), image.uf2).flash(len(content)):
        raise RigError(
            f"The pad does not have {image.uf2.name} in its flash, or more than that.", hint="Flash it again."
        )
    player = Player(bench, Eye(bench, image.elf, film), film, policy, hashlib.sha256(content).hexdigest())
    scenes = list(plan.scenes(run.seed, RIG))
    progress(0, len(scenes), "every page of the blank pad")
    player.learn(scenes)
    for number, scene in enumerate(scenes):
        progress(number, len(scenes), scene.label)
        found.add(player.play(scene))


def _bench(image: BuiltImage, target: str, film: str, seed: int) -> Bench:
    if target == VIRTUAL:
        return EmulatedBench(image, build_rig().uf2, seed)
    name = target.removeprefix("rig:")
    place = repository() / PADS
    try:
        pads = tomllib.loads(place.read_text(encoding="utf-8"))
        entry = pads[name]
        ports = str(entry["port"]), str(entry["rig"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise KesuError(
            f"{PADS} gives no pad {name!r} with port and rig.",
            hint="Copy pads.example.toml there, and enter both ports.",
            code=Exit.CONFIG,
        ) from error
    board = str(manifest_of(describe_image(image)).get("board"))
    return RealBench(*ports, film, BOARDS[board], seed)
