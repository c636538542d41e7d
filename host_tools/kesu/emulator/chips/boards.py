"""boards: the chips by the name of their board, as manifests of images have it."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from kesu.emulator.chips.rp2040.facts import RP2040
from kesu.emulator.chips.rp2350.facts import RP2350
from kesu.emulator.core.facts import Facts

BOARDS: dict[str, Facts] = {facts.board: facts for facts in (RP2040, RP2350)}
