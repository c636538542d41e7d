"""The rig's image: the same bytes from another folder, other bytes from other sources, no path of this machine."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from kesu.common.checkout import ROOT
from kesu.common.paths import cache
from kesu_dev.rig.image import build_rig

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("_tidy")]


@pytest.fixture
def _tidy() -> Iterator[None]:
    """Remove what the builds of copies leave in the cache."""
    builds = cache() / "build"
    before = {*builds.glob("RIG-*")}
    yield
    for place in {*builds.glob("RIG-*")} - before:
        if place.is_dir():
            shutil.rmtree(place)
        else:
            place.unlink()


def test_what_is_up_to_date_is_not_built_again() -> None:
    first = build_rig()
    built_ns = first.uf2.stat().st_mtime_ns
    assert build_rig().uf2.stat().st_mtime_ns == built_ns


@pytest.mark.deep
def test_the_same_sources_give_the_same_bytes_and_others_do_not(tmp_path: Path) -> None:
    tree = tmp_path / "elsewhere" / "rig"
    shutil.copytree(ROOT / "firmware" / "rig", tree)
    first, second = build_rig().uf2.read_bytes(), build_rig(tmp_path / "out", tree).uf2.read_bytes()
    assert first == second
    for path in (str(ROOT), str(tmp_path)):
        assert path.encode() not in first
    notes = tree / "notes.h"
    notes.write_text(
        notes.read_text(encoding="utf-8").replace("NOTES 2048u", "NOTES 1024u"), encoding="utf-8"
    )
    assert build_rig(tmp_path / "out", tree).uf2.read_bytes() != first
