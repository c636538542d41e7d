"""verify: search for what was written, and time how fast it stops existing."""
# SPDX-License-Identifier: MIT
