"""checks: rules for texts, citations and commit messages, as scripts."""
# SPDX-License-Identifier: MIT
