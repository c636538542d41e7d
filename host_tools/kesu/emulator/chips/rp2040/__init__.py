"""rp2040: the chip of a Raspberry Pi Pico: rp2040py with a core in C."""
# SPDX-License-Identifier: MIT
