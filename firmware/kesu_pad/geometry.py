"""geometry: measures of the page, generated for each panel by `kesu dev build`."""

# SPDX-License-Identifier: MIT
from micropython import const

PANEL = const("4in2")
WIDTH = const(400)
HEIGHT = const(300)
STRIDE = const(50)  # bytes in a row
BAND_ROWS = const(16)  # rows sent to the panel at a time
BANDS = const(19)
TURNED = const(False)  # the controller scans by columns
