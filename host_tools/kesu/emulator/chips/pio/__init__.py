"""pio: the programmable I/O of both chips: an interpreter in C, exact to the cycle, and its registers."""
# SPDX-License-Identifier: MIT
