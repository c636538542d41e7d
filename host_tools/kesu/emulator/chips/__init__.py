"""chips: the microcontrollers that the virtual pad can have."""
# SPDX-License-Identifier: MIT
