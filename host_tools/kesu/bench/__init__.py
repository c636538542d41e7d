"""bench: figures of the ink's way to the glass, measured on the virtual pad in emulated time."""
# SPDX-License-Identifier: MIT

import os

# Before numpy is loaded. The matrices here are small: threads of OpenBLAS cost more than they bring, and on a
# busy machine thirty times as much (they wait for each other in a loop).
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
