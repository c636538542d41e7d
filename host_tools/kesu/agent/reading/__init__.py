"""reading: phone systems' messages, read in place: nothing but the needed keys is ever copied."""
# SPDX-License-Identifier: MIT
