"""agent: one process that tells the pads which state the call is in, and fails closed."""
# SPDX-License-Identifier: MIT
