"""draw: each .yml in this folder as SVG and PNG; run by ./dev hardware."""
# SPDX-License-Identifier: MIT

from pathlib import Path

from PIL import Image
from wireviz.wireviz import parse

COLOURS = 64  # of the PNG: enough for wires and grey edges of letters, a third of the bytes


def draw(source: Path) -> None:
    """Write SOURCE.svg and SOURCE.png beside `source`."""
    parse(source, output_formats=("png", "svg"), output_dir=source.parent, output_name=source.stem)
    picture = source.with_suffix(".png")
    with Image.open(picture) as image:
        small = image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    small.save(picture, optimize=True)


if __name__ == "__main__":
    for file in sorted(Path(__file__).parent.glob("*.yml")):
        draw(file)
