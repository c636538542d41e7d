"""test_leak_variants: firmware that leaks on purpose must be caught, or the search is no search."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from kesu import build
from kesu.build.request import BuildRequest
from scenes import assert_nothing_left, ready_pad, what_is_left, write_note

# file -> (text of the true firmware, text of the leaking one)
Edits = dict[str, list[tuple[str, str]]]

KEPT_COPY: Edits = {
    "kesu/memo.py": [
        (
            "        native.own(_FRAME, self.shown)\n",
            "        native.own(_FRAME, self.shown)\n        self.kept = bytearray(STRIDE * HEIGHT)\n",
        ),
        (
            "        native.blit(self.shown, STRIDE, 0, band * BAND_ROWS, self.frame_bands[band], WIDTH)\n",
            "        native.blit(self.shown, STRIDE, 0, band * BAND_ROWS, self.frame_bands[band], WIDTH)\n"
            "        native.blit(self.kept, STRIDE, 0, band * BAND_ROWS, self.frame_bands[band], WIDTH)\n",
        ),
    ]
}
OLD_PLANE_LEFT: Edits = {
    "kesu/wipe.py": [
        ("        self._panel.fill_planes(0xFF, 0x00)\n", ""),
        ("            self._panel.write_old(self._memo.frame, 0, g.HEIGHT)\n", ""),
    ]
}


def leaking(firmware: Path, folder: Path, edits: Edits) -> dict[str, Any]:
    """Build the firmware with `edits`, write a note, end the call, return what is left."""
    tree = folder / "firmware"
    shutil.copytree(firmware, tree, ignore=shutil.ignore_patterns("__pycache__"))
    for name, changes in edits.items():
        source = (tree / name).read_text(encoding="utf-8")
        for true, leak in changes:
            assert source.count(true) == 1, f"{name} has changed: adapt this test"
            source = source.replace(true, leak)
        (tree / name).write_text(source, encoding="utf-8")
    written = write_note(ready_pad(build.build(BuildRequest(firmware=tree, out=folder))))
    written.pad.host.set_dtr(False)
    written.pad.run_for(2_100.0)
    return what_is_left(written)


def test_a_kept_copy_of_the_page_is_found(firmware: Path, tmp_path: Path) -> None:
    left = leaking(firmware, tmp_path, KEPT_COPY)
    assert left["hits"]["sram"] > 50
    assert "heap" in " ".join(left["where"])
    with pytest.raises(AssertionError):
        assert_nothing_left(left)


def test_a_plane_that_is_not_cleared_is_found(firmware: Path, tmp_path: Path) -> None:
    left = leaking(firmware, tmp_path, OLD_PLANE_LEFT)
    assert left["hits"]["plane 26h"] > 50
    assert not left["planes blank"]
    with pytest.raises(AssertionError):
        assert_nothing_left(left)
