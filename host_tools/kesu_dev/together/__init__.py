"""together: a pad and a second chip, its test rig, wired pin to pin and run together, each on its own clock."""
# SPDX-License-Identifier: MIT
