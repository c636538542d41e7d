"""doctor: diagnoses problems of connected pads and suggests commands that fix them."""
# SPDX-License-Identifier: MIT
