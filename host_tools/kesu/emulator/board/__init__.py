"""board: the chip wired to the models: the virtual pad."""
# SPDX-License-Identifier: MIT
