"""usb: the host at the other end of the cable."""
# SPDX-License-Identifier: MIT
