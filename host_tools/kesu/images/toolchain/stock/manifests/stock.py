# stock.py: the modules that the port freezes into every board's image.
# SPDX-License-Identifier: MIT
# ruff: noqa: F821 (the functions of a MicroPython manifest)
freeze("$(PORT_DIR)/modules", ("_boot.py", "_boot_fat.py", "rp2.py"))
include("$(MPY_DIR)/extmod/asyncio")
