"""rehearsal: real calls on this machine: SIPp rings baresip, the agent tells the virtual pad, the note
goes."""
# SPDX-License-Identifier: MIT
