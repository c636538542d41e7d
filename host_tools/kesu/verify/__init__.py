"""verify: searches for the note and measures how fast each trace of it is gone; `runner` combines the checks."""
# SPDX-License-Identifier: MIT
