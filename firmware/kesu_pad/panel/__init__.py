"""panel: e-paper controllers, one driver each, over one transport."""
# SPDX-License-Identifier: MIT
