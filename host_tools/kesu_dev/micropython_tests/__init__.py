"""micropython_tests: MicroPython's own tests, run by the service image on the virtual pads."""
# SPDX-License-Identifier: MIT
