"""sync: keeps a development pad's files equal to a folder."""
# SPDX-License-Identifier: MIT
