"""rules: the names of all rules of the structure audit; a test checks that the audit reports them all."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

RULES = (
    "profile",
    "image = manifest",
    "UF2 = ELF",
    "policy",
    "policy block",
    "no compiler",
    "no console",
    "no USB console",
    "no other USB class",
    "no flash writing",
    "no file system",
    "no way to the boot loader",
    "no copied console",
    "no serial port",
    "no radio or network",
    "no raw memory access",
    "no DMA or PIO from Python",
    "one core, one thread",
    "no REPL",
    "scrub before start",
    "no flash routine of the boot ROM",
    "no direct way to the flash chip",
    "no writable storage",
    "frozen modules",
)
"""Rules checked on the image alone."""
ENUMERATED_RULES = ("USB number", "USB functions", "USB sends no data")
"""Rule checked on a device that a USB host has enumerated."""
RUN_RULES = ("invalid policy",)
"""Rules for which a copy of the image is run (verify/scenes)."""
