"""core: what every emulated chip shares: clock, base class, memory map, copies of a running chip."""
# SPDX-License-Identifier: MIT
