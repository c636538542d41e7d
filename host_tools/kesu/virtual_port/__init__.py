"""virtual_port: the virtual pad's call line, served to programs that use serial ports."""
# SPDX-License-Identifier: MIT
