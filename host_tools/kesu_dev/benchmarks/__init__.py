"""benchmarks: benchmarks of drawing, from pen to panel, on the virtual pad in emulated time."""
# SPDX-License-Identifier: MIT

import os

# Must be set before numpy is loaded. The matrices are small: OpenBLAS threads cost more than they save, and on a
# busy machine thirty times as much (they busy-wait for each other).
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
