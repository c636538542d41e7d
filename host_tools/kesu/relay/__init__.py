"""relay: one per site: call states from the PBX to each seat's agent, and never a caller's number."""
# SPDX-License-Identifier: MIT
