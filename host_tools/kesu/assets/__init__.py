"""assets: labels of the firmware as 1-bit pictures, drawn with Pillow, packed for `native.blit`."""
# SPDX-License-Identifier: MIT

from kesu.assets.pack import pictures_module

__all__ = ["pictures_module"]
