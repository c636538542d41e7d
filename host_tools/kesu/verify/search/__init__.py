"""search: what betrays a note, and where on a pad it is looked for."""
# SPDX-License-Identifier: MIT
