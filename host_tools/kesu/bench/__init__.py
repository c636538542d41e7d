"""bench: figures of the ink's way to the glass, measured on the virtual pad in emulated time."""
# SPDX-License-Identifier: MIT
