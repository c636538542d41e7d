"""demo: write a note on the virtual pad, end the call, show that nothing is left."""
# SPDX-License-Identifier: MIT
