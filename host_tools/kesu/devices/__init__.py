"""devices: what can be said of the pads that are there: image, policy, from themselves or from the record."""
# SPDX-License-Identifier: MIT
