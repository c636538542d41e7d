"""array_of_boards: two carrier boards with rails for an assembly house, into fab-array/; called by export.py.

KiKit (MIT) draws the array as array_of_boards.json says. It needs KiCad's own Python module, so it has an environment
of its own, `KIKIT`, which `./dev hardware` makes. The rails are at the sides without tails and connectors. No tab is
where a tail crosses the edge, because broken tabs are rough. Design rules are checked again, on the array. KiKit writes
the same shapes in another order each time.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import fab
from commands import check, kicad, run

HERE = Path(__file__).parent
KIKIT = HERE.parents[1] / ".cache" / "kikit" / "bin" / "kikit"
LAYOUT = HERE / "array_of_boards.json"
ARRAY = "carrier-array.kicad_pcb"


def export(folder: Path, board: str, work: Path) -> bool:
    """Write the package of the array of `board` in `folder` to work/fab-array, and its picture to work/array.png; False
    if the design rules find anything. CalledProcessError if KiKit fails."""
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        run(place, str(KIKIT), "panelize", "-p", str(LAYOUT), str(folder / board), ARRAY)
        # The design rules compare footprints with their libraries.
        shutil.copy(folder / "fp-lib-table", place)
        shutil.copytree(folder / "kesu.pretty", place / "kesu.pretty")
        if not check(place, work / "array-drc.txt", "pcb", "drc", ARRAY):
            return False
        size = ["--width", "600", "--height", "1000"]
        kicad(place, "pcb", "render", "--side", "top", *size, "-o", str(work / "array.png"), ARRAY)
        fab.maker(place, ARRAY, work / "fab-array")
    return True
