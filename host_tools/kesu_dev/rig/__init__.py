"""rig: the test rig's protocol, and what a rig does with a pad: write, press, unplug, read."""
# SPDX-License-Identifier: MIT
