"""campaigns: whatever breaks, the note must be gone and the pad must say so: campaigns on the virtual pad."""
# SPDX-License-Identifier: MIT
