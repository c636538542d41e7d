"""cli: the command line."""
# SPDX-License-Identifier: MIT
