"""array_of_boards: two carrier boards with rails for an assembly house, into fab-array/; called by export.py.

KiKit (MIT) draws the array as array_of_boards.json says. It needs KiCad's own Python module, so it has an environment
of its own, `KIKIT`, which `./dev hardware` makes. The rails are at the sides without tails and connectors. No tab is
where a tail crosses the edge, because broken tabs are rough. Design rules are checked again, on the array.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import fab

HERE = Path(__file__).parent
KIKIT = HERE.parents[1] / ".cache" / "kikit" / "bin" / "kikit"
LAYOUT = HERE / "array_of_boards.json"
ARRAY = "carrier-array.kicad_pcb"
Check = Callable[[Path, Path, str], bool]
"""Whether the design rules find nothing in a board of a folder; what they find goes to a file."""


def export(kicad: fab.Run, check: Check, folder: Path, board: str, work: Path) -> bool:
    """Write the package of the array of `board` in `folder` to work/fab-array, and its picture to work/array.png; False
    if the design rules find anything. CalledProcessError if KiKit fails."""
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        _draw(folder / board, place / ARRAY)
        shutil.copy(
            folder / "fp-lib-table", place
        )  # the design rules compare footprints with their libraries
        shutil.copytree(folder / "kesu.pretty", place / "kesu.pretty")
        if not check(place, work / "array-drc.txt", ARRAY):
            return False
        size = ["--width", "600", "--height", "1000"]
        kicad(place, "pcb", "render", "--side", "top", *size, "-o", str(work / "array.png"), ARRAY)
        fab.maker(kicad, place, ARRAY, work / "fab-array")
    return True


def _draw(board: Path, out: Path) -> None:
    with tempfile.TemporaryDirectory() as home:
        subprocess.run(
            [str(KIKIT), "panelize", "-p", str(LAYOUT), str(board), str(out)],
            env=os.environ | {"HOME": home},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=True,
        )
