"""photos: compares photographs of a pad's glass before and after a wipe, to find traces of the note."""
# SPDX-License-Identifier: MIT
