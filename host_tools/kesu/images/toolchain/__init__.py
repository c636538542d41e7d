"""toolchain: firmware images from pinned, hashed sources."""
# SPDX-License-Identifier: MIT

from kesu.images.toolchain.image import build, ensure
from kesu.images.toolchain.request import BuildRequest, BuiltImage

__all__ = ["BuildRequest", "BuiltImage", "build", "ensure"]
