"""doctor: finds what is in the way of a pad, and says which command mends it."""
# SPDX-License-Identifier: MIT
