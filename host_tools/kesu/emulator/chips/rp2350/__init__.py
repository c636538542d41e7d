"""rp2350: the chip of a Raspberry Pi Pico 2, on its Arm cores: a core in C and blocks at the RP2350's addresses."""
# SPDX-License-Identifier: MIT
