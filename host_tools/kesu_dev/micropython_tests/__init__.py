"""micropython_tests: MicroPython's own tests, run by the service image on the virtual Pico."""
# SPDX-License-Identifier: MIT
