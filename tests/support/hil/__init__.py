"""hil: hardware in the loop: one set of tests for the virtual pad and for a pad on the desk."""
# SPDX-License-Identifier: MIT

from hil.bench import Bench, Bits, Feature, Identity, Memories, Missing
from hil.pads import Pad, read_pads

__all__ = ["Bench", "Bits", "Feature", "Identity", "Memories", "Missing", "Pad", "read_pads"]
