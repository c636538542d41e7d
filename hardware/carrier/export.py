"""export: what others need of the KiCad files in this folder, into exports/; run by ./dev hardware.

Electrical and design rules are checked first: sheets or a board with a finding, warnings included, are not exported.
Then the package for a board maker in fab/, that of two boards with rails in fab-array/, the netlist, the bill of
materials, one PDF and an SVG for each sheet (that of the hold-up in ../hold-up), and pictures of the board and of the
array. kicad-cli runs with an empty home, so no setting of the user's shows. Nothing is written if the files are those
of exports/SHA256SUMS, because a PDF holds its date.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import argparse
import hashlib
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path

import array_of_boards
import fab
from commands import check, kicad
from PIL import Image

HERE = Path(__file__).parent
EXPORTS = HERE / "exports"
TOP = "carrier.kicad_sch"
BOARD = "carrier.kicad_pcb"
SHEETS = {"carrier": "", "hold-up": "Hold-up", "panel": "Panel"}
"""Name of the file of a sheet (without its ending) -> name of the sheet in TOP."""
HOLD_UP_PICTURE = HERE.parent / "hold-up" / "schematic.svg"
ARRAY = "array_of_boards.json"
SOURCES = [*(f"{name}.kicad_sch" for name in SHEETS), "kesu.kicad_sym", "carrier.kicad_pro", BOARD, ARRAY]
FIELDS = "Reference,${QUANTITY},Value,Maker,Number,Footprint,Description"
LABELS = "ref,quantity,value,maker,number,footprint,part"
SVG = "http://www.w3.org/2000/svg"
MARGIN_MM = 4.0
PIXELS = 900
COLOURS = 32  # of the pictures of the board
LETTER = 0.6  # width of a letter against its height, for the frame of a picture


def check_sheets(folder: Path, report: Path) -> bool:
    """Electrical rules of the sheets."""
    return check(folder, report, "sch", "erc", TOP)


def check_board(folder: Path, report: Path) -> bool:
    """Design rules of the board, each net routed, and the same parts and nets as the sheets."""
    return check(folder, report, "pcb", "drc", "--schematic-parity", BOARD)


def netlist(folder: Path, out: Path) -> None:
    """KiCad's netlist as XML, without the paths and the time of the export."""
    kicad(folder, "sch", "export", "netlist", "--format", "kicadxml", "-o", str(out), TOP)
    text = out.read_text(encoding="utf-8")
    text = re.sub(r"<(source|uri)>/[^<]*/", r"<\1>", text)
    out.write_text(re.sub(r"<date>[^<]*T[^<]*</date>", "<date/>", text), encoding="utf-8")


def bill(folder: Path, out: Path) -> None:
    """Parts with the same value, footprint and number in one row, as CSV, without those that are not fitted."""
    group = [
        "--exclude-dnp",
        "--group-by",
        "Value,Footprint,Number",
        "--ref-delimiter",
        " ",
        "--ref-range-delimiter",
        "",
    ]
    kicad(folder, "sch", "export", "bom", "--fields", FIELDS, "--labels", LABELS, *group, "-o", str(out), TOP)


def document(folder: Path, out: Path) -> None:
    """All sheets as one PDF; through poppler, which drops the script that KiCad puts into its PDFs."""
    with tempfile.TemporaryDirectory() as scratch:
        raw = Path(scratch) / "raw.pdf"
        kicad(folder, "sch", "export", "pdf", "--exclude-pdf-property-popups", "-o", str(raw), TOP)
        subprocess.run(["pdftocairo", "-pdf", raw, out], check=True)


def frame(root: ET.Element) -> tuple[float, float, float, float]:
    """Left, top, width, height in mm of what an SVG of KiCad's shows, with a margin."""
    xs: list[float] = []
    ys: list[float] = []
    for item in root.iter():
        drawn = re.sub(r"A ?[\d.]+ [\d.]+ \S+ \d \d ", "", item.get("d") or item.get("points") or "")
        points = re.findall(r"(-?[\d.]+)[ ,](-?[\d.]+)", drawn)
        for x, y in ("x", "y"), ("cx", "cy"):
            if item.get(x) and item.get(y):
                points.append((item.get(x, ""), item.get(y, "")))
        if item.get("width") and item is not root:
            points.append(
                (
                    str(float(item.get("x", 0)) + float(item.get("width", 0))),
                    str(float(item.get("y", 0)) + float(item.get("height", 0))),
                )
            )
        if item.tag == f"{{{SVG}}}text" and not item.get("transform"):
            height = float(item.get("font-size", 0))
            width = LETTER * height * len(item.text or "")
            share = {"start": 0.0, "middle": 0.5, "end": 1.0}[item.get("text-anchor", "start")]
            left = float(item.get("x", 0)) - share * width
            points += [(str(left), item.get("y", "")), (str(left + width), item.get("y", ""))]
        xs += [float(x) for x, _ in points]
        ys += [float(y) for _, y in points]
    left, top = min(xs) - MARGIN_MM, min(ys) - MARGIN_MM
    return left, top, max(xs) + MARGIN_MM - left, max(ys) + MARGIN_MM - top


def slim(raw: Path, out: Path) -> None:
    """Letters as text, not strokes: a tenth of the bytes, and they can be searched. Cut to the drawing."""
    ET.register_namespace("", SVG)
    root = ET.fromstring(raw.read_text(encoding="utf-8"))
    seen = set()

    def walk(parent: ET.Element, colour: str) -> None:
        for item in list(parent):
            own = re.search(r"stroke:(#\w+)", item.get("style", ""))
            inside = own[1] if own else colour
            walk(item, inside)
            name = item.tag.removeprefix(f"{{{SVG}}}")
            if (
                item.get("class") == "stroked-text"
                or name in ("title", "desc")
                or (name == "g" and not len(item))
            ):
                parent.remove(item)
            elif name == "text":
                for word in ("opacity", "stroke-opacity"):
                    item.attrib.pop(word, None)
                item.attrib |= {"stroke": "none", "fill": inside, "font-family": "sans-serif"}
                if (written := ET.tostring(item).strip()) in seen:
                    parent.remove(item)  # KiCad writes some twice, which would look bold
                seen.add(written)

    walk(root, "#000000")
    for item in root.iter():
        item.text, item.tail = (part.strip() if part else None for part in (item.text, item.tail))
        for word, value in item.attrib.items():
            item.attrib[word] = re.sub(r"(\d\.\d\d)\d+", r"\1", re.sub(r"\s+", " ", value)).strip()
    left, top, width, height = frame(root)
    root.attrib |= {
        "width": f"{width:.1f}mm",
        "height": f"{height:.1f}mm",
        "viewBox": f"{left:.1f} {top:.1f} {width:.1f} {height:.1f}",
    }
    paper = ET.Element(f"{{{SVG}}}rect", {"fill": "#ffffff"})
    paper.attrib |= {
        "x": f"{left:.1f}",
        "y": f"{top:.1f}",
        "width": f"{width:.1f}",
        "height": f"{height:.1f}",
    }
    root.insert(0, paper)
    out.write_text(ET.tostring(root, encoding="unicode") + "\n", encoding="utf-8")


def pictures(folder: Path, out: Path) -> None:
    """One SVG for each sheet, without KiCad's frame around the page."""
    with tempfile.TemporaryDirectory() as scratch:
        kicad(
            folder,
            "sch",
            "export",
            "svg",
            "--exclude-drawing-sheet",
            "--no-background-color",
            "-o",
            scratch,
            TOP,
        )
        for name, title in SHEETS.items():
            raw = Path(scratch) / f"{Path(TOP).stem}{'-' if title else ''}{title}.svg"
            slim(raw, out / f"{name}.svg")


def faces(folder: Path, out: Path) -> None:
    """Both faces of the board as it would come from its maker, without parts."""
    for side in ("top", "bottom"):
        file = out / f"board-{side}.png"
        size = ["--width", str(PIXELS), "--height", str(PIXELS)]
        kicad(folder, "pcb", "render", "--side", side, *size, "-o", str(file), BOARD)
        reduce(file)


def reduce(file: Path) -> None:
    """Save a picture with few colours."""
    with Image.open(file) as picture:
        small = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    small.save(file, optimize=True)


def sums(folder: Path) -> str:
    """The files' SHA-256, in the form of sha256sum."""
    return "".join(
        f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  ../{name}\n" for name in SOURCES
    )


def export(folder: Path, out: Path) -> bool:
    """Write everything into `out`; False, and nothing written, if a rules check finds anything."""
    with tempfile.TemporaryDirectory() as scratch:
        work = Path(scratch)
        for rules, report in ((check_sheets, work / "erc.txt"), (check_board, work / "drc.txt")):
            if not rules(folder, report):
                sys.stderr.write(report.read_text(encoding="utf-8"))
                return False
        netlist(folder, work / "netlist.xml")
        bill(folder, work / "bom.csv")
        document(folder, work / "carrier.pdf")
        pictures(folder, work)
        faces(folder, work)
        fab.package(folder, BOARD, work / "netlist.xml", work / "fab")
        if not array_of_boards.export(folder, BOARD, work):
            sys.stderr.write((work / "array-drc.txt").read_text(encoding="utf-8"))
            return False
        reduce(work / "array.png")
        (work / "SHA256SUMS").write_text(sums(folder), encoding="utf-8")
        out.mkdir(exist_ok=True)
        (work / "hold-up.svg").replace(work / HOLD_UP_PICTURE.name)
        for package in ("fab", "fab-array"):
            shutil.rmtree(out.parent / package, ignore_errors=True)
            shutil.move(work / package, out.parent / package)
        for file in sorted(work.iterdir()):
            shutil.copy(file, HOLD_UP_PICTURE if file.name == HOLD_UP_PICTURE.name else out / file.name)
    return True


def main() -> int:
    """Export if the files changed; 1 if they have a fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--force", action="store_true", help="export even if nothing changed")
    arguments = parser.parse_args()
    stamp = EXPORTS / "SHA256SUMS"
    if not arguments.force and stamp.exists() and stamp.read_text(encoding="utf-8") == sums(HERE):
        return 0
    return 0 if export(HERE, EXPORTS) else 1


if __name__ == "__main__":
    sys.exit(main())
