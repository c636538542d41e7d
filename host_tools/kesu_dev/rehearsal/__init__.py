"""rehearsal: real calls on this machine: SIPp calls baresip, the agent passes the call state to the virtual pad,
which wipes the note."""
# SPDX-License-Identifier: MIT
