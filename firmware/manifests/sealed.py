# sealed.py: what is frozen into the sealed image: the application, nothing else.
# SPDX-License-Identifier: MIT
# ruff: noqa: F821 (the functions of a MicroPython manifest)
freeze("$(KESU_STAGE)/boot", opt=3)
freeze("$(KESU_STAGE)/app", opt=3)
