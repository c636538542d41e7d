"""shadow: labels in C beside each byte and register, kept by the cores of both chips while they execute."""
# SPDX-License-Identifier: MIT
