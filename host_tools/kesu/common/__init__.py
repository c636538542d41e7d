"""common: what all packages may use: errors, progress, files and folders, UF2, signatures, USB numbers."""
# SPDX-License-Identifier: MIT
