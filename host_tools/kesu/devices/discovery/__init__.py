"""discovery: finds the pads connected to this machine, with mode and port."""
# SPDX-License-Identifier: MIT
