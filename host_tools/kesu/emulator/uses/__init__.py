"""uses: what a program uses of the chip, the panel and the touch chip: registers, commands, and with which values."""
# SPDX-License-Identifier: MIT
