"""mutants: firmware with deliberate leaks, to test that the checks find them."""

# SPDX-License-Identifier: MIT
from kesu.verify.mutants.apply import build, changed_tree
from kesu.verify.mutants.definition import KNOWN_CHECKS, Definition, Edit, load
from kesu.verify.mutants.run import Checks, run_all

__all__ = ["KNOWN_CHECKS", "Checks", "Definition", "Edit", "build", "changed_tree", "load", "run_all"]
