"""film_bands: which films fit what is public about these panels: bands of the film model's parameters."""
# SPDX-License-Identifier: MIT
