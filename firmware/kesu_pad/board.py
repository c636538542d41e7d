"""board: pins, buses and watchdog of the pad; the only module that imports `machine`."""
# SPDX-License-Identifier: MIT

import machine
from kesu_pad import drivers
from machine import I2C, SPI, WDT, Pin
from micropython import const

_SPI = const(1)
# clk_peri is clk_sys (native/spi_stream.c): 125 MHz / 8, or 150 MHz / 8 on a Pico 2. The panel takes 20 MHz
# (SSD1683 table 12-1).
_SPI_HZ = const(18_750_000)
_I2C = const(1)
# A hung bus must not block the touch interrupt and, with it, all events. A read is two transfers, 0.25 ms in
# total or 1.1 ms at 100 kHz; after the first failure nothing more is read (touch/sampler.py).
_I2C_TIMEOUT_US = const(1_200)


class Board:
    """All parts wired to the Pico. Build one instance, before the heap is locked."""

    def __init__(self) -> None:
        # SPI before DC, because SPI's default MISO is GP8. Mode 3, because in mode 0 the PL022 adds two bit
        # times to every byte (RP2040 datasheet 4.4.3.9); the SSD1683 latches on the rising edge in both.
        SPI(_SPI, _SPI_HZ, polarity=1, phase=1, bits=8, sck=Pin(10), mosi=Pin(11), miso=None)
        self.spi_id = _SPI
        self.panel_cs = Pin(9, Pin.OUT, value=1)
        self.panel_dc = Pin(8, Pin.OUT, value=1)
        self.panel_rst = Pin(12, Pin.OUT, value=1)
        # With the pull-up a missing panel always reads as busy: a fault, not a blank page.
        self.panel_busy = Pin(13, Pin.IN, Pin.PULL_UP)
        self.i2c = I2C(  # type: ignore[call-overload]  # the stubs do not know `timeout`
            _I2C, freq=drivers.I2C_HZ, sda=Pin(6), scl=Pin(7), timeout=_I2C_TIMEOUT_US
        )
        self.touch_rst = Pin(16, Pin.OUT, value=1)
        self.touch_int = Pin(17, Pin.IN, Pin.PULL_UP)
        self.wipe_key = Pin(2, Pin.IN, Pin.PULL_UP)
        self.away_key = Pin(3, Pin.IN, Pin.PULL_UP)
        self.mode_key = Pin(15, Pin.IN, Pin.PULL_UP)
        self.hook = Pin(22, Pin.IN, Pin.PULL_UP)
        self.vbus = Pin(24, Pin.IN)
        # Off until USB grants the current (holdup.py); on a board without a charger the pin is open.
        self.charge = Pin(0, Pin.OUT, value=0)
        self.led = Pin(25, Pin.OUT, value=0)
        self._watchdog: WDT | None = None

    def usb(self):
        """Return the USB device of the chip; callline.py configures it."""
        return machine.USBDevice()

    def watchdog_start(self, ms: int) -> None:
        """Start the watchdog: it resets the chip when not fed for `ms` (at most 8388), and cannot be stopped."""
        self._watchdog = WDT(timeout=ms)

    def watchdog_feed(self) -> None:
        """Restart the watchdog's time; before watchdog_start this does nothing."""
        if self._watchdog is not None:
            self._watchdog.feed()

    def reset(self) -> None:
        """Restart the chip. Does not return; boot clears all SRAM."""
        machine.reset()
