"""evidence: what a verification run found, as a folder that can be read, checked and signed."""
# SPDX-License-Identifier: MIT

from kesu.evidence.checking import Problem, check
from kesu.evidence.folder import ensure_free, write
from kesu.evidence.image import describe_image

__all__ = ["Problem", "check", "describe_image", "ensure_free", "write"]
