"""emulator: the pad on an emulated RP2040: the flashed UF2, wired to models of panel, touch, keys and PC."""
# SPDX-License-Identifier: MIT
