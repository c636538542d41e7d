"""search: byte patterns of a note, and their search in all memories of a pad."""
# SPDX-License-Identifier: MIT
