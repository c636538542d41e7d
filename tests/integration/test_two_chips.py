"""A pad and a rig's guest, wired pin to pin: the rig's planes, BUSY and touch against the pad's own models."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from pathlib import Path

import pytest
import rig_bench
from kesu.images.toolchain.request import BuiltImage
from once import once
from rig_bench import RigBench


@pytest.fixture(scope="session")
def guest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The guest's ELF."""
    return once(tmp_path_factory, "rig_guest", rig_bench.build)


def test_planes_of_the_boot_are_the_models(sealed: BuiltImage, guest: Path) -> None:
    both = RigBench(sealed.uf2, guest)
    both.plug_in()
    both.run_for(30.0)
    assert both.differences() == (0, 0)
    assert not both.complaints
    assert not both.pad.panel.errors
