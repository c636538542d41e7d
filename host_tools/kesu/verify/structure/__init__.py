"""structure: static audit of an image, from its ELF, UF2, manifest and USB descriptors."""
# SPDX-License-Identifier: MIT

from kesu.verify.structure.audit import audit
from kesu.verify.structure.identity import read_manifest
from kesu.verify.structure.usb import Enumerated

__all__ = ["Enumerated", "audit", "read_manifest"]
