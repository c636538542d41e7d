"""kesu_dev: tools for contributors, as `kesu dev`; in a checkout only, not in the wheel."""
# SPDX-License-Identifier: MIT
