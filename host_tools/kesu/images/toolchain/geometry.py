"""geometry: page sizes of the panels, and the firmware's generated module of them."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import dataclass

from kesu.common.errors import Exit, KesuError

BAND_ROWS = 16


@dataclass(frozen=True)
class Geometry:
    """A page as the firmware draws it: `width` x `height` pixels, 1 bit each, rows padded to whole bytes."""

    width: int
    height: int
    turned: bool = False
    """The controller scans it by columns: `native.turn` lays it out in strips of eight rows."""

    @property
    def stride(self) -> int:
        """Bytes in a row."""
        return (self.width + 7) // 8

    @property
    def bands(self) -> int:
        """Strips of BAND_ROWS rows (the last may be lower) in which a page is sent; at most 30 fit a mask."""
        return -(-self.height // BAND_ROWS)


PANELS = {"4in2": Geometry(400, 300), "2in9": Geometry(296, 128, turned=True)}


def geometry_module(panel: str) -> str:
    """Source of `kesu_pad/geometry.py` for the firmware. panel: a key of PANELS, else KesuError."""
    if panel not in PANELS:
        raise KesuError(
            f"There is no panel '{panel}'.", hint=f"Panels are: {', '.join(sorted(PANELS))}.", code=Exit.USAGE
        )
    page = PANELS[panel]
    lines = [
        '"""geometry: measures of the page, generated for each panel by `kesu dev build`."""',
        "",
        "# SPDX-License-Identifier: MIT",
        "from micropython import const",
        "",
        f'PANEL = const("{panel}")',
        f"WIDTH = const({page.width})",
        f"HEIGHT = const({page.height})",
        f"STRIDE = const({page.stride})  # bytes in a row",
        f"BAND_ROWS = const({BAND_ROWS})  # rows sent to the panel at a time",
        f"BANDS = const({page.bands})",
        f"TURNED = const({page.turned})  # the controller scans by columns",
    ]
    return "\n".join(lines) + "\n"
