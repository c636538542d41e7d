"""palette: what slow_driver imports."""
# SPDX-License-Identifier: MIT

INK = 0x00
