"""touch: touch chips, the pen and handwriting."""
# SPDX-License-Identifier: MIT
