"""uses: the registers and commands that an image may use from READY on; anything else is BROKEN."""
# SPDX-License-Identifier: MIT
