"""pads: which pads hang on this machine, in which mode, and on which port."""
# SPDX-License-Identifier: MIT
