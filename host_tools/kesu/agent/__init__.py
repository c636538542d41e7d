"""agent: one process that sends the call state to the pads and fails closed."""
# SPDX-License-Identifier: MIT
