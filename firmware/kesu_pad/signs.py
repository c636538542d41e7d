"""signs: the bits of the signs on the strip; callline.py says which apply, screens.py draws them."""

# SPDX-License-Identifier: MIT
from micropython import const

MUTED = const(1)
HELD = const(2)
UNLINKED = const(4)  # the line is expected and down: hanging up will not wipe
