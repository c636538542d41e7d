"""test_benchmark_legibility: OCR reads the written glass and a ghost of it, and nothing on a wiped one."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from kesu.images.toolchain.request import BuiltImage
from kesu_dev.benchmarks import legibility
from PIL import Image

pytestmark = pytest.mark.slow

SIZE_MM = 8.0
OF_EACH_KIND = 3


def test_written_glass_is_read_and_wiped_glass_is_not(sealed: BuiltImage, tmp_path: Path) -> None:
    found = legibility.measure(sealed.uf2, [SIZE_MM], OF_EACH_KIND)
    digits = next(count for count in found.counts if count.kind == "digits")
    assert (digits.written, digits.read, digits.ghost) == (OF_EACH_KIND,) * 3
    written = sum(count.written for count in found.counts)
    assert written == 4 * OF_EACH_KIND
    # The OCR is made for print and may lose one character of a dozen without a fault of the pad.
    assert sum(count.read for count in found.counts) >= written - 3
    assert sum(count.ghost for count in found.counts) >= written - 4
    assert [count.after for count in found.counts] == [0] * len(found.counts)

    legibility.save(found, tmp_path)
    ghost, after = (
        np.asarray(Image.open(tmp_path / f"4in2-8mm-0-{name}.png")) for name in ("ghost", "after")
    )
    assert ghost.min() == 0
    assert ghost.max() == 255
    assert (after == 255).all()
