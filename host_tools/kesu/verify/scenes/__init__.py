"""scenes: notes and the wipe events that end them."""
# SPDX-License-Identifier: MIT
