"""devices: pads on this machine: found, listed, diagnosed, flashed, sealed, synchronised."""
# SPDX-License-Identifier: MIT
