"""core: the chip: rp2040py with a core in C, clock, memory map, copies of a running chip."""
# SPDX-License-Identifier: MIT
