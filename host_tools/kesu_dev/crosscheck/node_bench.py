"""node_bench: scenarios on the bench in TypeScript, under Node, by rp2040js or by the cores in C that the page runs."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kesu.common.errors import Exit, KesuError
from kesu.demo.page.bundle import SOURCES, install_packages, require_node
from kesu.demo.page.cores import write_core
from kesu.demo.page.image_files import memory_names, write_bootrom
from kesu.images.toolchain.request import BuiltImage
from kesu.images.toolchain.tools import run

from kesu_dev.crosscheck.answer import Answer, from_json
from kesu_dev.crosscheck.suite import Scenario, ink_file

RP2040JS = "rp2040js"
PAGE = "page"
"""Which core executes the image: rp2040js alone (only the Pico), or the page's, in C."""


@dataclass(frozen=True)
class Run:
    """One scenario to play: on a board (pico, pico2) and a panel with one of its films, a key of FILMS."""

    scenario: Scenario
    board: str
    panel: str
    image: BuiltImage


def bundle(entry: str, out: Path) -> Path:
    """Bundle `entry` (a path under host_tools/web) for Node; returns the file, `out`."""
    require_node()
    install_packages()
    run(
        [
            "node_modules/.bin/esbuild",
            entry,
            "--bundle",
            "--platform=node",
            "--format=esm",
            "--log-level=warning",
            f"--outfile={out}",
        ],
        cwd=SOURCES,
    )
    return out


def play(runs: Sequence[Run], seed: int, core: str) -> Iterator[Answer]:
    """Answers, one by one, for each run, executed by `core`. Raises KesuError when Node fails."""
    with tempfile.TemporaryDirectory(prefix="kesu-benches-") as name:
        folder = Path(name)
        write_bootrom(folder)
        suite = bundle("scenarios/main.ts", folder / "suite.mjs")
        boards = {run.board for run in runs} if core == PAGE else set()
        cores = {board: str(write_core(board, folder)) for board in boards}
        jobs = []
        for one in runs:
            names = folder / f"{one.image.elf.stem}.map.json"
            if not names.exists():
                names.write_text(json.dumps(memory_names(one.image.elf, one.board)), encoding="utf-8")
            jobs.append(
                {
                    "scenario": str(one.scenario.path),
                    "board": one.board,
                    "panel": one.panel,
                    "core": cores.get(one.board),
                    "uf2": str(one.image.uf2),
                    "map": str(names),
                }
            )
        job = {"bootrom": str(folder / "bootrom.bin"), "ink": str(ink_file()), "seed": seed, "runs": jobs}
        (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
        with (
            (folder / "errors").open("w+", encoding="utf-8") as errors,
            subprocess.Popen(
                ["node", str(suite), str(folder / "job.json")],
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            ) as node,
        ):
            assert node.stdout is not None
            for line in node.stdout:
                yield from_json(json.loads(line))
            if node.wait():
                errors.seek(0)
                last_lines = "\n".join(errors.read().strip().splitlines()[-12:])
                raise KesuError(f"The bench in TypeScript stopped:\n{last_lines}", code=Exit.INTERNAL)
