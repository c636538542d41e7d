"""flash: writes images to pads, many at a time, and proves what their flash holds."""
# SPDX-License-Identifier: MIT
