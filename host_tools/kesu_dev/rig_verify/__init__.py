"""rig_verify: `kesu verify --target rig:NAME`: the part of the matrix that a pad with a test rig around it can play."""
# SPDX-License-Identifier: MIT
