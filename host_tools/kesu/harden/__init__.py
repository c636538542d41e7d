"""harden: which one-time bits close a Pico 2 (RP2350), in which order; a plan, never a deed."""
# SPDX-License-Identifier: MIT
