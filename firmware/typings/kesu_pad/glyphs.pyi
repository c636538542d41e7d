"""glyphs: fonts of the pad; the module itself is generated from firmware/assets by the build."""
# SPDX-License-Identifier: MIT

GLYPHS_12: tuple[bytes, ...]
GLYPHS_16: tuple[bytes, ...]
GLYPHS_48: tuple[bytes, ...]
ICON_CROSS: bytes
ICON_HOLD: bytes
ICON_MUTE: bytes
ICON_NONE: bytes
ICON_PC: bytes
