"""glass: photographs of a pad's glass, before and after a wipe, compared: is anything of the note left?"""
# SPDX-License-Identifier: MIT
