"""line: the virtual pad's call line, served to programs that only know serial ports."""
# SPDX-License-Identifier: MIT
