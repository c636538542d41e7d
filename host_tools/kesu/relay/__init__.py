"""relay: one per site: call states from the PBX to each seat's agent, without callers' numbers."""
# SPDX-License-Identifier: MIT
