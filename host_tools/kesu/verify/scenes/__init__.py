"""scenes: notes, and the ways in which a note can end."""
# SPDX-License-Identifier: MIT
