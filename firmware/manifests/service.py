# service.py: the stock filesystem and console of the port, plus the application.
# SPDX-License-Identifier: MIT
# ruff: noqa: F821 (the functions of a MicroPython manifest)
freeze("$(PORT_DIR)/modules", ("_boot.py", "_boot_fat.py", "rp2.py"))
include("$(MPY_DIR)/extmod/asyncio")
include("$(KESU_STAGE)/manifest.py")
