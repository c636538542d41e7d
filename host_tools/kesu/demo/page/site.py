"""site: builds the static folder: page, worker, cores, boot ROM and images."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from pathlib import Path

from kesu.common.paths import cache
from kesu.common.progress import Progress
from kesu.demo.page.bundle import install_packages, require_node, write_bundle
from kesu.demo.page.cores import MODULES, require_compiler, write_core
from kesu.demo.page.font import REGULAR, font_file, write_subset
from kesu.demo.page.image_files import PadImage, write_bootrom, write_images
from kesu.demo.page.place import refuse_other_folders, replaced
from kesu.images import toolchain
from kesu.images.toolchain.image import exclusive
from kesu.spec.panels import PANELS

INDEX = "index.html"


def sealed_images(panels: Sequence[str] = tuple(PANELS)) -> list[PadImage]:
    """The sealed image of the checkout's firmware for each board and panel, built if necessary."""
    wanted = list(product(MODULES, panels))
    ready = []
    with Progress("Sealed images") as shown:
        for done, (board, panel) in enumerate(wanted):
            shown.update(done, len(wanted), f"{board} {panel}")
            ready.append(PadImage(board, panel, toolchain.ensure("sealed", board=board, panel=panel)))
    return ready


def build_site(out: Path, images: Sequence[PadImage] | None = None) -> Path:
    """Build the page into `out`, which is replaced atomically at the end; returns `out`.

    images: what the page offers; by default every board and panel. Raises KesuError when Node, clang or the font
    is missing, a character has no glyph, a step fails, or `out` holds files that are not a page of this kind.
    """
    require_node()
    require_compiler()
    font_file(REGULAR)
    out = out.resolve()
    refuse_other_folders(out)
    chosen = list(images) if images is not None else sealed_images()
    install_packages()
    with exclusive(cache() / "pad" / "page"), Progress("Page"), replaced(out) as fresh:
        write_bundle(fresh)
        for board in MODULES:
            write_core(board, fresh)
        write_bootrom(fresh)
        write_images(fresh, chosen)
        write_fonts(fresh)
    return out


def page_text(folder: Path) -> str:
    """The text of the page's files, which contain every character that it can show."""
    return "".join(
        path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.suffix in (".html", ".css", ".js", ".json")
    )


def write_fonts(folder: Path) -> None:
    """Write the font into `fonts/`, subset to the page's characters. Raises KesuError for a missing glyph."""
    write_subset(page_text(folder), REGULAR, folder / "fonts" / "regular.woff2")
