"""drivers: the panel and the touch chip that this image is for, chosen by `kesu dev build`."""

# SPDX-License-Identifier: MIT
from kesu_pad.panel.ssd1683 import Ssd1683 as Panel
from kesu_pad.touch.ft6336u import Ft6336u as Touch
from micropython import const

__all__ = ["I2C_HZ", "Panel", "Touch"]

I2C_HZ = const(400000)
