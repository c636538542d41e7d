"""trace: random walks through everything an operator and a PC can do, on a pad whose ink is traced byte by byte."""
# SPDX-License-Identifier: MIT
