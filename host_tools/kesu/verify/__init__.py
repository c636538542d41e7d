"""verify: searches for the note and measures how fast each trace of it is gone; kesu.run combines the checks."""
# SPDX-License-Identifier: MIT
