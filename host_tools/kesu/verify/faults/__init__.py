"""faults: fault campaigns on the virtual pad: after any fault the note must be gone and the fault reported."""
# SPDX-License-Identifier: MIT
