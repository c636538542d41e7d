"""assets: texts and fonts of the firmware, packed for `native.blit`."""
# SPDX-License-Identifier: MIT

from kesu.images.assets.pack import text_modules

__all__ = ["text_modules"]
