"""verify: search for what was written, and time how fast it stops existing; kesu.run puts it together."""
# SPDX-License-Identifier: MIT
