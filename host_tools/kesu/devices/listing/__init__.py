"""listing: lists connected pads with image and policy, from the pad or from the record."""
# SPDX-License-Identifier: MIT
