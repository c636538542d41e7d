"""fab: what a board maker and an assembly house need of the carrier, into fab/; called by export.py.

Gerber layers, Excellon drills, a bill with makers' numbers and a position file of the SMD parts, both without
parts that are not fitted. Dates are taken out, so the same board gives the same files. `faults` reads them back without
KiCad and compares copper with the netlist.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import csv
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from commands import kicad
from gerber import Copper, Point

LAYERS = ("F.Cu", "B.Cu", "F.Paste", "F.Mask", "B.Mask", "F.Silkscreen", "B.Silkscreen", "Edge.Cuts")
BILL = ("Comment", "Designator", "Footprint", "Quantity", "Maker", "Number", "LCSC")
PLACES = ("Designator", "Mid X", "Mid Y", "Layer", "Rotation")
FIDUCIALS = "KiKit_FID"
"""Of an array's rails: marks, not parts."""
DATES = re.compile(
    r"%TF\.CreationDate[^%]*%\n|; #@! TF\.CreationDate.*\n| ?date 20\d\d-\d\d-\d\d[T ][\d:+-]+"
    r"|\s*\"CreationDate\": \"[^\"]*\",?"
)


@dataclass(frozen=True)
class Pad:
    """A pad of the board: its part and number, its net, its middle in the Gerber files' mm, its faces (0 is upper)."""

    name: str
    net: str
    at: Point
    faces: tuple[int, ...]


def package(folder: Path, board: str, netlist: Path, out: Path) -> None:
    """Write the package of `board` in `folder` into `out`."""
    maker(folder, board, out)
    _write(out / "bill.csv", BILL, bill(netlist))


def maker(folder: Path, board: str, out: Path) -> None:
    """Write layers, drills and positions of `board` in `folder` into `out`."""
    out.mkdir(parents=True, exist_ok=True)
    layers = ["--layers", ",".join(LAYERS), "--no-protel-ext", "--subtract-soldermask"]
    kicad(folder, "pcb", "export", "gerbers", *layers, "-o", str(out), board)
    drills = ["--format", "excellon", "--excellon-separate-th", "-u", "mm"]
    kicad(folder, "pcb", "export", "drill", *drills, "-o", f"{out}/", board)
    raw = out / "raw.csv"
    kicad(
        folder,
        "pcb",
        "export",
        "pos",
        "--format",
        "csv",
        "--units",
        "mm",
        "--smd-only",
        "--exclude-dnp",
        "-o",
        str(raw),
        board,
    )
    with raw.open(encoding="utf-8", newline="") as text:
        placed = list(csv.DictReader(text))
    raw.unlink()
    for file in out.iterdir():
        file.write_text(DATES.sub("", file.read_text(encoding="utf-8")), encoding="utf-8")
    _write(
        out / "positions.csv",
        PLACES,
        [
            (row["Ref"], row["PosX"], row["PosY"], row["Side"], row["Rot"])
            for row in placed
            if not row["Ref"].startswith(FIDUCIALS)
        ],
    )


def bill(netlist: Path) -> list[tuple[str, ...]]:
    """Parts with the same value and number in one row, in the order of BILL."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for part in ET.parse(netlist).iter("comp"):
        if any(item.get("name") in ("exclude_from_bom", "dnp") for item in part.iter("property")):
            continue
        extra = {item.get("name"): item.text or "" for item in part.iter("field")}
        footprint = part.findtext("footprint", "").partition(":")[2]
        key = (footprint, extra.get("Maker", ""), extra.get("Number", ""), extra.get("LCSC", ""))
        groups.setdefault((part.findtext("value", ""), *key), []).append(part.attrib["ref"])
    return [
        (value, " ".join(refs), footprint, str(len(refs)), *rest)
        for (value, footprint, *rest), refs in groups.items()
    ]


def faults(copper: Copper, pads: Iterable[Pad]) -> list[str]:
    """Nets in more than one piece, nets that touch, and pads without copper."""
    found: list[str] = []
    owner: dict[int, str] = {}
    pieces: dict[str, set[int]] = {}
    for pad in pads:
        blobs = {copper.blob(pad.at, face) for face in pad.faces}
        if 0 in blobs or len(blobs) != 1:
            found.append(f"{pad.name}: no copper, or not the same on both faces")
            continue
        (blob,) = blobs
        pieces.setdefault(pad.net, set()).add(blob)
        if owner.setdefault(blob, pad.net) != pad.net:
            found.append(f"{pad.name}: {pad.net} touches {owner[blob]}")
    return found + [f"{net} is in {len(blobs)} pieces" for net, blobs in pieces.items() if len(blobs) > 1]


def _write(file: Path, head: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as text:
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(head)
        writer.writerows(rows)
