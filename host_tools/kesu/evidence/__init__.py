"""evidence: writes, checks and signs the evidence folder of a verification run."""
# SPDX-License-Identifier: MIT

from kesu.evidence.checking import Problem, check
from kesu.evidence.folder import ensure_free, write
from kesu.evidence.image import describe_image

__all__ = ["Problem", "check", "describe_image", "ensure_free", "write"]
