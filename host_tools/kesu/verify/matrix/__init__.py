"""matrix: wipe events x resources."""
# SPDX-License-Identifier: MIT
