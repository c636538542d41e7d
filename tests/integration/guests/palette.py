"""palette: colours that slow_driver imports."""
# SPDX-License-Identifier: MIT

INK = 0x00
