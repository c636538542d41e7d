# sealed.py: the sealed image contains the frozen application and nothing else.
# SPDX-License-Identifier: MIT
# ruff: noqa: F821 (the functions of a MicroPython manifest)
# The staged list is sorted: a plain freeze() of a folder follows the order of the file system.
include("$(KESU_STAGE)/manifest.py")
