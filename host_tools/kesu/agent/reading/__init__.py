"""reading: phone systems' messages, read in place: only the needed values are copied."""
# SPDX-License-Identifier: MIT
