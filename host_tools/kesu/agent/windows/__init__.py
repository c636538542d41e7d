"""windows: what only the agent on Windows has: policies, event log, sign in the notification area, entry point."""
# SPDX-License-Identifier: MIT
