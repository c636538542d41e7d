"""uses: proposes rules for the allow-lists of kesu.verify.uses, from what images use in all scenes."""
# SPDX-License-Identifier: MIT
