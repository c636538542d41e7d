"""trace_review: renews the list of functions that may branch on ink."""
# SPDX-License-Identifier: MIT
