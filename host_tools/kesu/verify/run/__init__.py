"""run: a whole verification, cut into jobs for processes."""
# SPDX-License-Identifier: MIT
