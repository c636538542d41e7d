"""mutants: firmware that leaks on purpose; a check that lets one pass is no check."""

# SPDX-License-Identifier: MIT
from kesu.verify.mutants.apply import build, changed_tree
from kesu.verify.mutants.definition import KNOWN_CHECKS, Definition, Edit, load
from kesu.verify.mutants.run import run_all

__all__ = ["KNOWN_CHECKS", "Definition", "Edit", "build", "changed_tree", "load", "run_all"]
