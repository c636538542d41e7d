"""noninterference: two pads of equal timing and different ink must be one pad after the wipe."""
# SPDX-License-Identifier: MIT
