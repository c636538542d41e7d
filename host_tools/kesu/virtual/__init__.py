"""virtual: the pad on an emulated RP2040: the same UF2 that is flashed, wired to models of the hardware."""
# SPDX-License-Identifier: MIT
