"""node_bench: scenarios on the bench in TypeScript (rp2040js), under Node."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from kesu.common.errors import Exit, KesuError
from kesu.demo.page.bundle import SOURCES, install_packages, require_node
from kesu.demo.page.image_files import memory_names, write_bootrom
from kesu.images.toolchain.request import BuiltImage
from kesu.images.toolchain.tools import run

from kesu_dev.crosscheck.answer import Answer, from_json
from kesu_dev.crosscheck.suite import Scenario, ink_file


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


def play(runs: Sequence[tuple[Scenario, str, BuiltImage]], seed: int) -> Iterator[Answer]:
    """Answers, one by one, for each (scenario, panel, image). Raises KesuError when Node fails."""
    with tempfile.TemporaryDirectory(prefix="kesu-benches-") as name:
        folder = Path(name)
        write_bootrom(folder)
        suite = bundle("scenarios/main.ts", folder / "suite.mjs")
        job = {"bootrom": str(folder / "bootrom.bin"), "ink": str(ink_file()), "seed": seed, "runs": []}
        for scenario, panel, image in runs:
            names = folder / f"{image.elf.stem}.map.json"
            if not names.exists():
                names.write_text(json.dumps(memory_names(image.elf)), encoding="utf-8")
            job["runs"].append(  # type: ignore[attr-defined]  # a dict of lists
                {"scenario": str(scenario.path), "panel": panel, "uf2": str(image.uf2), "map": str(names)}
            )
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
