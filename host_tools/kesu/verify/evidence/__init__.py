"""evidence: writes, checks and signs the evidence folder of a verification run."""
# SPDX-License-Identifier: MIT

from kesu.verify.evidence.checking import Problem, check
from kesu.verify.evidence.folder import ensure_free, write
from kesu.verify.evidence.image import describe_image

__all__ = ["Problem", "check", "describe_image", "ensure_free", "write"]
