"""make: STL of each printed part, as it lies on the bed; run by ./dev hardware. --step: one STEP of all."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path

import placing
import shells
import small_parts
from build123d import Compound, Part, export_step, export_stl

HERE = Path(__file__).parent
SOURCES = ("../outline.toml", "../legends.toml", "measures.py", "lettering.py", "shells.py", "small_parts.py")


def parts() -> dict[str, Part]:
    """Every printed part where it sits in the body."""
    return {
        "upper": shells.upper(),
        "lower": shells.lower(),
        "tray": small_parts.tray(),
        "collar": small_parts.collar(),
        "wipe-cap": small_parts.wipe_cap(),
        "away-cap": small_parts.square_cap("AWAY"),
        "mode-cap": small_parts.square_cap("MODE"),
    }


def digest() -> str:
    """Of the sources: the tests find out by it when the STL are older than their source."""
    hashed = hashlib.sha256()
    for name in SOURCES:
        hashed.update((HERE / name).read_bytes())
    return hashed.hexdigest()


def write_stl(name: str, part: Part) -> None:
    """STL in printing position; binary, deviation from the curve at most 0.02 mm."""
    path = placing.STL / f"{name}.stl"
    export_stl(part, str(path), tolerance=0.02, angular_tolerance=0.25)
    placing.on_bed(name).apply_transform(placing.to_bed(name)).export(path)


def main(step: Path | None) -> None:
    """Write stl/ and made.json; all parts as `step`, if it is given."""
    made = parts()
    placing.STL.mkdir(exist_ok=True)
    for name, part in made.items():
        if not part.is_valid or len(part.solids()) != 1:
            raise SystemExit(f"make: {name} is not one valid solid: look at measures.py")
        write_stl(name, part)
        part.label = name
    if step is not None:
        export_step(Compound(label="kesu reference pad", children=list(made.values())), str(step))
    volumes = {name: round(part.volume) for name, part in made.items()}
    record = {"sources_sha256": digest(), "volume_mm3": volumes}
    (HERE / "made.json").write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    print(f"made: {', '.join(made)}; {sum(volumes.values()) / 1000:.0f} cm3 of plastic")


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--step", type=Path, help="write all parts into this STEP file as well")
    main(options.parse_args().step)
