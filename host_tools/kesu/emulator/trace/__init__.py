"""trace: where the ink is in a running pad, byte by byte: labels in C beside each byte and register."""
# SPDX-License-Identifier: MIT
