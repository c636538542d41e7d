"""build: firmware images from pinned, hashed sources."""
# SPDX-License-Identifier: MIT

from kesu.build.image import build, ensure
from kesu.build.request import BuildRequest, BuiltImage

__all__ = ["BuildRequest", "BuiltImage", "build", "ensure"]
