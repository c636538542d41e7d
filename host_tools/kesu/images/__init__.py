"""images: firmware images from pinned sources, and the texts and glyphs in them."""
# SPDX-License-Identifier: MIT
