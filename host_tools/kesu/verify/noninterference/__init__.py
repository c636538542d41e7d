"""noninterference: two pads with equal timing and different ink must have equal states after the wipe."""
# SPDX-License-Identifier: MIT
