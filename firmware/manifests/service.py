# service.py: the stock filesystem and console of the port, plus the application.
# SPDX-License-Identifier: MIT
# ruff: noqa: F821 (the functions of a MicroPython manifest)
freeze("$(PORT_DIR)/modules")
include("$(MPY_DIR)/extmod/asyncio")
freeze("$(KESU_STAGE)/app")
