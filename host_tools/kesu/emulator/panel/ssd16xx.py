"""ssd16xx: model of an SSD16xx panel controller on its four-wire bus (hardware-facts A.1 to A.6)."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from kesu.emulator.core.clock import Clock
from kesu.emulator.panel.glass import Glass, unpack_frame
from kesu.emulator.panel.otp import Film
from kesu.emulator.panel.ssd16xx_commands import Commands
from kesu.emulator.panel.ssd16xx_ram import Ram
from kesu.emulator.panel.ssd16xx_refresh import Refresh, Refresher
from kesu.emulator.panel.ssd16xx_registers import (
    NO_PARAMETERS,
    NOP,
    READ_HZ_MAX,
    READ_STATUS,
    READ_TEMPERATURE,
    READS,
    WRITE_BW,
    WRITE_HZ_MAX,
    WRITE_LUT,
    WRITE_RED,
    PanelError,
)
from kesu.emulator.panel.ssd16xx_silicon import Silicon, apply
from kesu.emulator.panel.ssd16xx_update import RESET_NS, Chip


class Ssd16xx:
    """One controller with one film. Bytes are passed in by `transfer` or, many at once, by `transfer_block`.

    Data bytes for a plane are collected and written together, before anything can read them: this costs one
    append a byte. A command while BUSY is high is recorded in `errors` and executed nevertheless: whether a
    real chip accepts RAM writes during a waveform is not known (hardware-facts A.6-7), and accepting them is
    the worse case for a leak. A waveform uses the planes as they were at 20h. Only 20h is dropped while BUSY.

    Sources disagree about some behaviours, which can be set at any time: those of `chip`, and two more.
    `drops_when_busy`: a command sent while BUSY is high is lost, with its data (the data sheets, pin BUSY,
    only say that no command should be sent then). `swaps_planes`: a mode 2 refresh ends with the two planes
    exchanged, as Zephyr's ssd16xx driver, M5GFX #227 (SSD1677) and draftling #47 (SSD1683) report."""

    def __init__(
        self, clock: Clock, glass: Glass, silicon: Silicon, film: Film, *, temperature_c: float, seed: int
    ) -> None:
        self.silicon = silicon
        self.film = film
        self.clock = clock
        self.glass = glass
        self.temperature_c = temperature_c
        glass.fit(glass.sample, temperature_c)
        self.clock_hz: float | None = None
        self.sleep_mode = 0
        self.drops_when_busy = False
        self.errors: list[PanelError] = []
        self.commands = Commands()
        self._random = np.random.default_rng(seed)
        self._ram = Ram(self._random.bytes, silicon.width, silicon.height)
        self._refresher = Refresher(clock, glass, self._ram, film, silicon.mount, silicon.decoded)
        self._selected = self._data_mode = False
        self._reset_level = True
        self._collected = bytearray()
        self._registers: dict[int, bytes] = dict(silicon.defaults)
        self._defaults()
        self._reroute()

    # Pins and bytes

    def set_cs(self, level: bool) -> None:
        """Chip select, active low. It may rise between the bytes of one command."""
        self._selected = not level
        self._reroute()

    def set_dc(self, level: bool) -> None:
        """Data (True) or command (False)."""
        self._data_mode = bool(level)
        self._reroute()

    def set_rst(self, level: bool) -> None:
        """Reset, active low: the only wake-up from deep sleep. Both planes keep their content (hardware-facts
        A.6-5); a running waveform is aborted and every pixel keeps its present tone."""
        if bool(level) == self._reset_level:
            return
        self._reset_level = bool(level)
        if not level:
            self._refresher.break_off()
            kept = {op: self._registers[op] for op in self.silicon.kept_by_rst}
            self._defaults()
            for op, mask in self.silicon.kept_by_rst.items():
                self._registers[op] = bytes(a & m for a, m in zip(kept[op], mask, strict=True))
            self.sleep_mode = 0
            self._refresher.set_busy(False)
        else:
            self._refresher.busy_for(RESET_NS)
        self._reroute()

    def transfer(self, byte: int) -> int:
        """Receive one byte; returns the byte driven on SDA (0 unless a read command is running)."""
        return self._receive(byte) or 0

    def transfer_block(self, data: bytes | bytearray | memoryview) -> None:
        """Receive many bytes with the same level of CS and DC."""
        if self.collecting:
            self._collected.extend(data)
        elif self._loading and len(self._parameters) + len(data) <= len(self.silicon.defaults[WRITE_LUT]):
            self._load(data)
        else:
            for byte in data:
                self._receive(byte)

    def power_loss(self) -> None:
        """Power cycle: registers at their defaults, both planes noise; the glass does not change."""
        self._refresher.break_off()
        self._defaults(powered=False)
        self.sleep_mode = 0
        self._ram.scramble()
        self._refresher.set_busy(False)
        self._reroute()

    # What tests look at

    @property
    def busy(self) -> bool:
        """Level of the BUSY pin: high while working and during deep sleep."""
        return self._refresher.busy

    @property
    def collecting(self) -> bool:
        """Whether the next bytes are only collected for a plane, so that no action is due at the end of
        each."""
        return self._receive == self._collected.append

    @property
    def patient(self) -> bool:
        """Whether no action is due at the end of each of the next bytes: they are collected for a plane, or are a
        waveform."""
        return self.collecting or self._loading

    @property
    def _loading(self) -> bool:
        return self._op == WRITE_LUT and self._receive == self._parameter

    @property
    def answers(self) -> bool:
        """Whether the controller drives the data wire at the next clocks: a command that is read."""
        return self._receive == self._read

    @property
    def on_busy(self) -> Callable[[bool], None] | None:
        """Called with the new level at each edge of BUSY."""
        return self._refresher.on_busy

    @on_busy.setter
    def on_busy(self, listener: Callable[[bool], None] | None) -> None:
        self._refresher.on_busy = listener

    @property
    def swaps_planes(self) -> bool:
        """Whether a mode 2 refresh exchanges the planes."""
        return self._refresher.swaps_planes

    @swaps_planes.setter
    def swaps_planes(self, swaps: bool) -> None:
        self._refresher.swaps_planes = swaps

    @property
    def chip(self) -> Chip:
        """How this controller behaves where sources disagree; can be set at any time."""
        return self._refresher.chip

    @chip.setter
    def chip(self, chip: Chip) -> None:
        self._refresher.chip = chip

    @property
    def refreshes(self) -> list[Refresh]:
        """Every master activation so far, oldest first."""
        return self._refresher.refreshes

    @property
    def bw(self) -> bytearray:
        """The BW plane (24h), new image: all of the chip's RAM, gate by gate, live."""
        self._land()
        return self._ram.bw

    @property
    def red(self) -> bytearray:
        """The RED plane (26h), old image: all of the chip's RAM, gate by gate, live."""
        self._land()
        return self._ram.red

    def page(self) -> NDArray[np.uint8]:
        """The BW plane as the glass would show it: (height, width), 1 white."""
        picture = unpack_frame(self.bw, self._ram.width, self._ram.height)
        return self.silicon.mount(picture, self._registers[0x21]).astype(np.uint8)

    def contents(self, plane: bytearray) -> bytes:
        """A plane in RAM order; for a rotated glass, followed by the same plane in page order.

        A line of writing crosses few bytes of a gate, too few to distinguish from chance, but many of a row.
        """
        if not self.silicon.turned:
            return bytes(plane)
        picture = unpack_frame(plane, self._ram.width, self._ram.height)
        return (
            bytes(plane) + np.packbits(self.silicon.mount(picture, self._registers[0x21]), axis=1).tobytes()
        )

    def registers(self) -> dict[str, bytes]:
        """Every register by its command byte in hex, plus counters and supplies, for comparing states."""
        self._land()
        ram, supply = self._ram, self._refresher.supply
        state = {f"{op:02X}": value for op, value in self._registers.items()}
        state["counters"] = bytes((ram.x, ram.y & 0xFF, ram.y >> 8))
        state["supply"] = (
            bytes((supply.clock, supply.analog, supply.temperature_c & 0xFF))
            + repr((supply.lut, supply.rails)).encode()
        )
        state["sleep"] = bytes((self.sleep_mode,))
        return state

    # Command decoding

    def _reroute(self) -> None:
        """Select the handler of the next bytes once per pin change instead of once per byte."""
        receive: Callable[[int], int | None]
        if not self._selected or not self._reset_level:
            receive = _ignore
        elif self.sleep_mode:
            receive = self._asleep
        elif not self._data_mode:
            receive = self._command
        elif self._op in READS:
            receive = self._read
        elif self._op in (WRITE_BW, WRITE_RED):
            receive = self._collected.append
        else:
            receive = self._parameter
        self._receive = receive

    def _command(self, op: int) -> None:
        self._land()
        self._check_parameters()
        self.commands.begin(self.clock.now_ns, op)
        self._op = op
        self._parameters = bytearray()
        self._read_bytes = 0
        limit_hz = READ_HZ_MAX if op in READS else WRITE_HZ_MAX
        if self.clock_hz is not None and self.clock_hz > limit_hz:
            self._error(f"bus clock {self.clock_hz / 1e6:.1f} MHz above {limit_hz / 1e6:.1f} MHz")
        if self.busy and op not in (NOP, READ_STATUS):
            self._error("command while BUSY")
            if self.drops_when_busy:
                self._op = NOP
                return
        if op == 0x20:
            if not self.busy:
                self._refresher.activate(self._registers, self.temperature_c)
        elif op == 0x12:
            self._refresher.break_off()
            deep_sleep = self._registers[0x10]
            self._defaults()
            self._registers[0x10] = deep_sleep
            self._refresher.busy_for(RESET_NS)
        elif (
            op not in self._registers and op not in READS and op not in (WRITE_BW, WRITE_RED, *NO_PARAMETERS)
        ):
            self._error("command not in this model")

    def _parameter(self, byte: int) -> None:
        op = self._op
        self.commands.take(bytes((byte,)))
        default = self.silicon.defaults.get(op)
        if default is None:
            if op in NO_PARAMETERS:
                self._error("data after a command that takes none")
            return
        got = self._parameters
        if len(got) == len(default):
            self._error("too many parameters")
            return
        got.append(byte)
        self._registers[op] = bytes(got) + self._registers[op][len(got) :]
        # 32h may be shorter and keeps the rest (hardware-facts A.3); other registers act on their last byte,
        # or from the first on where drivers send only that one.
        if op == WRITE_LUT:
            self._refresher.supply.lut = "custom"
        elif len(got) < self.silicon.shortest.get(op, len(default)):
            return
        elif op == 0x10:
            if got[0] & 3:
                self._sleep(2 if got[0] & 2 else 1)
        else:
            apply(op, self._registers, self.silicon, self._ram, self._refresher)

    def _load(self, data: bytes | bytearray | memoryview) -> None:
        """Many bytes of 32h at once; `_parameter` does the same one by one."""
        self.commands.take(bytes(data))
        got = self._parameters
        got.extend(data)
        self._registers[WRITE_LUT] = bytes(got) + self._registers[WRITE_LUT][len(got) :]
        self._refresher.supply.lut = "custom"

    def _read(self, _byte: int) -> int:
        self.commands.take(b"\0")
        if self._op == READ_TEMPERATURE:
            sensed = self.silicon.sensed(self._refresher.supply.temperature_c)
            self._read_bytes += 1
            return sensed[(self._read_bytes - 1) % len(sensed)]
        if self._op == READ_STATUS:
            return 0x01 | self.busy << 2
        self._read_bytes += 1
        if self._read_bytes == 1:  # the first byte is a dummy
            return 0xFF
        return self._ram.read(self._ram.red if self._registers[0x41][0] & 1 else self._ram.bw)

    def _asleep(self, byte: int) -> None:
        if not self._data_mode:
            self.commands.begin(self.clock.now_ns, byte)
            self.errors.append(PanelError(self.clock.now_ns, byte, "command in deep sleep"))

    def _land(self) -> None:
        """Write the collected data bytes into their plane."""
        if self._collected:
            self.commands.take(self._collected)
            outside = self._ram.write(
                self._ram.bw if self._op == WRITE_BW else self._ram.red, self._collected
            )
            self._collected.clear()
            if outside:
                self._error(f"{outside} bytes outside the RAM")

    def _check_parameters(self) -> None:
        """Called at the next command: record an error if the previous one lacked parameters."""
        default = self.silicon.defaults.get(self._op)
        if (
            default is not None
            and self._op != 0x32
            and len(self._parameters) < self.silicon.shortest.get(self._op, len(default))
        ):
            self._error("too few parameters")

    def _error(self, reason: str) -> None:
        self.errors.append(PanelError(self.clock.now_ns, self._op, reason))

    def _defaults(self, powered: bool = True) -> None:
        self._land()
        self.commands.end()
        lut = self._registers[0x32] if powered and self.chip.keeps_lut else self.silicon.defaults[0x32]
        self._registers = {**self.silicon.defaults, 0x32: lut}
        self._ram.defaults()
        self._refresher.lose_supply(powered)
        self._op = NOP
        self._parameters = bytearray()
        self._read_bytes = 0

    def _sleep(self, mode: int) -> None:
        self._refresher.break_off()
        self.sleep_mode = mode
        if mode == 2:
            self._ram.scramble()
        self._refresher.lose_supply(True)
        self._refresher.set_busy(True)
        self._reroute()


def _ignore(_byte: int) -> None:
    return None
