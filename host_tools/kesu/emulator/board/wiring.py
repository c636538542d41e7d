"""wiring: the pad's nets: panel on SPI1, touch on I2C1, keys, hook, VBUS and LED (hardware/pins.toml)."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, Protocol

from rp2040py.gpio_pin import GPIOPinState
from rp2040py.peripherals.i2c import I2CMode

from kesu.emulator.board.analog import Analog
from kesu.emulator.board.keys import Key
from kesu.emulator.board.power import FOLLOWS
from kesu.emulator.board.spi_port import SpiPort
from kesu.emulator.core.clock import NS_PER_MS, Alarm
from kesu.emulator.core.emulator import Emulator
from kesu.emulator.usb.controller import UsbController

PANEL_DC, PANEL_CS, PANEL_CLK, PANEL_MOSI, PANEL_RST, PANEL_BUSY = 8, 9, 10, 11, 12, 13
TOUCH_RST, TOUCH_INT = 16, 17
KEY_GPIO = {"WIPE": 2, "AWAY": 3, "MODE": 15}
HOOK, VBUS, LED = 22, 24, 25
CELL_CHANNEL, VSYS_CHANNEL = 0, 3
"""Inputs of the converter: GP26, where the second board halves the cell's voltage, and GP29, where every Pico has a
third of VSYS (Pico datasheet 2.1)."""
CELL_SHARE, VSYS_SHARE = 1 / 2, 1 / 3
CELL_OHMS, VSYS_OHMS = 50_000.0, 67_000.0
"""Of both dividers, seen from the pin: 100 k and 100 k (hardware/hold-up), 200 k and 100 k (Pico datasheet 2.1)."""
CHARGED_V = 4.6
CHARGE = 0

_BITS_PER_I2C_BYTE = 9
HAND_HZ = 1e6
"""More than the clock of a panel whose pins are moved one by one."""


class PanelPort(Protocol):
    """The interface of a panel controller to the wiring."""

    on_busy: Any
    clock_hz: float | None

    @property
    def busy(self) -> bool: ...
    @property
    def patient(self) -> bool: ...
    @property
    def answers(self) -> bool: ...
    def set_cs(self, level: bool) -> None: ...
    def set_dc(self, level: bool) -> None: ...
    def set_rst(self, level: bool) -> None: ...
    def transfer(self, byte: int) -> int: ...
    def transfer_block(self, data: bytes) -> None: ...


class TouchPort(Protocol):
    """The interface of a touch chip to the wiring."""

    on_int: Any

    @property
    def int_level(self) -> bool: ...
    def set_rst(self, level: bool) -> None: ...
    def i2c_start(self, address: int, read: bool) -> bool: ...
    def i2c_write(self, byte: int) -> bool: ...
    def i2c_read(self) -> int: ...
    def i2c_stop(self) -> None: ...


class Wiring:
    """Connects an emulator to its panel, touch chip and contacts; levels follow the chip's pins exactly."""

    def __init__(self, emulator: Emulator, panel: PanelPort, touch: TouchPort, seed: int) -> None:
        self._emulator = emulator
        self._mcu = emulator.mcu
        self._clock = emulator.clock
        self._thumb = emulator.thumb
        self._panel = panel
        self._touch = touch
        self._i2c_alarm: Alarm | None = None
        self._shifted = self._bits = 0
        self.on_answer: Callable[[bool], None] = lambda level: self._pin(PANEL_MOSI).set_input_value(level)
        """Takes each bit that the panel puts on its data wire."""
        self.spi = self._replace_spi()
        self.usb = self._replace_usb()
        self._wire_panel()
        self._wire_touch()
        generator = random.Random(f"bounce {seed}")
        self.keys = {name: Key(self._pin(gpio), self._clock, generator) for name, gpio in KEY_GPIO.items()}
        self.hook = Key(self._pin(HOOK), self._clock, generator)
        self._vbus = False
        self.vbus_sense = FOLLOWS
        self._vbus_alarm: Alarm | None = None
        self.set_vbus(False)
        self._analog = self._replace_analog()
        self.set_analog(CHARGED_V, CHARGED_V)
        emulator.on_reset.append(self._chip_was_reset)
        self._chip_was_reset()

    @property
    def vbus(self) -> bool:
        return self._vbus

    def set_vbus(self, high: bool) -> None:
        """Set VBUS, which drives GP24 through the Pico's divider (Pico datasheet 2.1)."""
        self._vbus = high
        if self._vbus_alarm is not None:
            self._vbus_alarm.cancel()
            self._vbus_alarm = None
        falls_ms = self.vbus_sense.falls_ms
        if high or falls_ms == 0.0:
            self._pin(VBUS).set_input_value(high)
        elif falls_ms is not None:
            self._vbus_alarm = self._clock.after(
                round(falls_ms * NS_PER_MS), lambda: self._pin(VBUS).set_input_value(False)
            )

    def set_analog(self, cell_v: float, vsys_v: float) -> None:
        """Set what the converter reads of the hold-up cell and of VSYS, in volts at their ends of the dividers."""
        self._analog.connect(CELL_CHANNEL, cell_v * CELL_SHARE, CELL_OHMS)
        self._analog.connect(VSYS_CHANNEL, vsys_v * VSYS_SHARE, VSYS_OHMS)

    def open_cell(self) -> None:
        """Leave GP26 open, as on a board without a hold-up that can be read."""
        self._analog.open(CELL_CHANNEL)

    @property
    def charges(self) -> bool:
        """Whether CHARGE is driven high."""
        return bool(self._pin(CHARGE).value == GPIOPinState.HIGH)

    def _replace_analog(self) -> Analog:
        adc = self._mcu.adc
        name = "inputs" if hasattr(adc, "inputs") else "channel_values"
        analog = Analog(getattr(adc, name), lambda gpio: self._pin(gpio).pad_value)
        setattr(adc, name, analog)
        return analog

    @property
    def led(self) -> bool:
        return bool(self._pin(LED).value == GPIOPinState.HIGH)

    def _pin(self, gpio: int) -> Any:
        return self._mcu.gpio[gpio]

    def _replace_spi(self) -> SpiPort:
        borrower = self._thumb.state if self._thumb is not None else None
        port = SpiPort(self._mcu, self._mcu.spi[1], self._clock, self._emulator.facts.clk_peri_hz, borrower)
        port.on_byte = self._panel.transfer
        port.on_block = self._panel.transfer_block
        port.patient = lambda: self._panel.patient
        port.on_rate = lambda rate_hz: setattr(self._panel, "clock_hz", rate_hz)
        self._emulator.replace("spi1", port)
        return port

    def _replace_usb(self) -> UsbController:
        controller = UsbController(self._mcu, "USB")
        self._emulator.replace("usb", controller)
        return controller

    # Panel -----------------------------------------------------------------------------------------

    def _wire_panel(self) -> None:
        def drive_busy(level: bool) -> None:
            self._pin(PANEL_BUSY).set_input_value(level)

        self._panel.on_busy = drive_busy
        drive_busy(self._panel.busy)
        for gpio in (PANEL_CS, PANEL_DC, PANEL_RST, TOUCH_RST):
            self._pin(gpio).add_listener(lambda value, last, gpio=gpio: self._output_changed(gpio, value))
        self._pin(PANEL_CLK).add_listener(lambda value, last: self._clocked_by_hand(value))

    def _clocked_by_hand(self, value: GPIOPinState) -> None:
        """An edge of the clock that the firmware makes itself. The panel takes a bit at a rising edge, and puts the
        next one of its answer on the data wire at a falling one, the highest first (SSD1680 section 6.1)."""
        panel = self._panel
        if self._pin(PANEL_CS).value != GPIOPinState.LOW:
            return
        if value == GPIOPinState.LOW and panel.answers:
            if not self._bits:
                self._shifted, self._bits = panel.transfer(0), 8
            self._bits -= 1
            self.on_answer(bool(self._shifted >> self._bits & 1))
        elif value == GPIOPinState.HIGH and not panel.answers:
            self._shifted = self._shifted << 1 & 0xFF | (self._pin(PANEL_MOSI).value == GPIOPinState.HIGH)
            self._bits += 1
            if self._bits == 8:
                self._bits = 0
                rate_hz, panel.clock_hz = panel.clock_hz, HAND_HZ
                panel.transfer(self._shifted)
                panel.clock_hz = rate_hz

    def _output_changed(self, gpio: int, value: GPIOPinState) -> None:
        self.spi.settle()
        self._bits = 0
        if value in (GPIOPinState.HIGH, GPIOPinState.LOW):
            level = value == GPIOPinState.HIGH
        elif gpio in (PANEL_RST, TOUCH_RST):
            level = True  # both modules pull their reset line up
        else:
            level = value == GPIOPinState.INPUT_PULL_UP
        setter = {
            PANEL_CS: self._panel.set_cs,
            PANEL_DC: self._panel.set_dc,
            PANEL_RST: self._panel.set_rst,
            TOUCH_RST: self._touch.set_rst,
        }[gpio]
        setter(level)

    def _chip_was_reset(self) -> None:
        # A reset turns every pin into an input without notifying its listeners.
        if self._i2c_alarm is not None:
            self._i2c_alarm.cancel()
            self._i2c_alarm = None
            self._touch.i2c_stop()
        for gpio in (PANEL_CS, PANEL_DC, PANEL_RST, TOUCH_RST):
            self._output_changed(gpio, self._pin(gpio).value)

    # Touch -----------------------------------------------------------------------------------------

    def _wire_touch(self) -> None:
        port, touch = self._mcu.i2c[1], self._touch

        def drive_int(level: bool) -> None:
            self._pin(TOUCH_INT).set_input_value(level)

        def stop() -> None:
            touch.i2c_stop()
            port.complete_stop()

        touch.on_int = drive_int
        drive_int(touch.int_level)
        port.on_start = lambda _repeated: self._after_bits(1, port.complete_start)
        port.on_connect = lambda address, mode: self._after_bits(
            _BITS_PER_I2C_BYTE, lambda: port.complete_connect(touch.i2c_start(address, mode == I2CMode.READ))
        )
        port.on_write_byte = lambda value: self._after_bits(
            _BITS_PER_I2C_BYTE, lambda: port.complete_write(touch.i2c_write(value))
        )
        port.on_read_byte = lambda _ack: self._after_bits(
            _BITS_PER_I2C_BYTE, lambda: port.complete_read(touch.i2c_read())
        )
        port.on_stop = lambda: self._after_bits(1, stop)

    def _after_bits(self, bits: int, action: Any) -> None:
        port = self._mcu.i2c[1]
        # SCL period in clk_sys cycles: IC_xS_SCL_HCNT + LCNT (datasheet 4.3.14).
        bit_ns = (
            (port.scl_high_period + port.scl_low_period) * 1_000_000_000 / self._emulator.facts.clk_sys_hz
        )
        self._i2c_alarm = self._clock.after(round(bits * bit_ns), action)
