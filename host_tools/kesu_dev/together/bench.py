"""bench: a pad and its rig, two emulated chips wired pin to pin, each with its own clock; both images are unmodified.

    both = TwoChips(Path("kesu-pico-4in2-sealed.uf2"), Path("rig.uf2"), clk_sys_hz=125_000_000)
    both.run_for(500.0)                      # the rig boots; the pad has no power yet
    rig = both.rig.host                      # the PC at the rig's USB (kesu.emulator.usb.host.UsbHost)
    rig.attach()                             # plug the rig's cable in
    both.run_until(lambda: rig.enumerated, 2_000.0)
    rig.set_dtr(True)                        # open its CDC port
    rig.write(b"command\\n")                  # bytes to the rig; they arrive while time passes
    both.run_until(lambda: b"\\n" in rig.received, 100.0)
    answer = bytes(rig.received)             # bytes from the rig so far; the caller may clear it

Time passes only in `run_for` and `run_until`, of this class or of `both.pad`: every function of kesu.emulator.scenario
works
with `both.pad`. Times are of the pad's clock. `both.pad.panel` and `both.pad.touch` are the pad's own models. They
listen to
the same lines and are the judge: neither drives the pad, which sees what the rig drives. `both.pad.host` is the PC at
the pad. The rig switches the pad's power by its VBUS line; `both.plug_in()` does it for a rig that does not.

Rule of time: the pad runs until it moves a line that the rig sees, or to the rig's next alarm, then the rig catches up
to
the same moment. While the rig's core is awake both go in steps of `step_ns`. So the rig sees each edge at its cycle,
and the pad sees what the rig drives late by one step and 0.4 us at most: `late_ns` has the most so far.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from kesu.emulator.board.pad import VirtualPad
from kesu.spec.rig import LINES

from kesu_dev.together.clocks import Clocks
from kesu_dev.together.data_line import DataLine
from kesu_dev.together.debug_wires import DebugWires
from kesu_dev.together.nets import Complaint, Net
from kesu_dev.together.panel_line import PanelLine
from kesu_dev.together.rig_chip import RigChip
from kesu_dev.together.supply import Supply
from kesu_dev.together.touch_line import TouchLine

STEP_NS = 5_000
_LAG_NS = 400
"""The rig stays behind by this, because a run ends only after an instruction: it must not get past edges that the
pad has not reached yet. The longest instruction is an exception's entry, some 20 cycles."""
_MOST_AHEAD_NS = 600_000
"""The pad gets no further ahead of a sleeping rig: 1,400 bytes of a Pico 2's SPI, whose edges the rig's PIO blocks
keep."""
_HELD_STEP_NS = 1_000
"""While the rig holds SCL."""
_READ_STEP_NS = 250
"""While the pad reads the panel: it looks at the wire 1 us after an edge of its clock."""
_IO_BANK0 = 0x4001_4000 >> 12
_NOT_NETS = ("PANEL_CLK", "PANEL_MOSI", "TOUCH_SDA", "TOUCH_SCL")
_NOT_AT_ONCE = ("PANEL_DC",)
"""Only PIO looks at DC, and never acts at its edge."""


class TwoChips:
    """pad_image: UF2 of a pad; rig_image: see `RigChip`. clk_sys_hz: of the rig. phase_ns, ppb: of the rig's clock
    against the pad's, see `Clocks`. panel, seed: of the pad, see `VirtualPad`. hold_up_s: see `Supply`. by_edges: see
    `PanelLine`. model_answers: the model answers reads of the panel, for a rig that cannot.

    debug: the debug port of the pad. complaints: what a real rig must not do. busy_of_rig,
    busy_of_model: each change of BUSY, as ns of the pad's clock and level.
    """

    def __init__(
        self,
        pad_image: Path,
        rig_image: Path,
        *,
        clk_sys_hz: int = 125_000_000,
        phase_ns: int = 0,
        ppb: int = 0,
        panel: str | None = None,
        seed: int = 1,
        hold_up_s: float = 0.0,
        by_edges: bool = False,
        step_ns: int = STEP_NS,
        model_answers: bool = False,
    ) -> None:
        self.pad = VirtualPad(pad_image, seed=seed, panel=panel)
        self.rig = RigChip(rig_image, clk_sys_hz=clk_sys_hz)
        self.clocks = Clocks(phase_ns, ppb)
        self.step_ns = step_ns
        self._rig_runs = False
        self.late_ns = 0
        self.switches = 0
        self.complaints: list[Complaint] = []
        self.busy_of_model: list[tuple[int, bool]] = []
        self.busy_of_rig: list[tuple[int, bool]] = []
        pad, rig = self.pad.emulator, self.rig.emulator
        self.panel_line = PanelLine(pad, self.pad.wiring.spi, rig, self.clocks, self.on_rig, by_edges)
        self.touch_line = TouchLine(pad, self.rig.i2c, rig, self.on_rig, self.late)
        self.nets = {
            name: Net(line, self, pad.mcu.gpio[line.pad], rig.mcu.gpio[line.rig], name not in _NOT_AT_ONCE)
            for name, line in LINES.items()
            if line.pad is not None and name not in _NOT_NETS
        }
        self.data_line = DataLine(pad, rig.mcu, self)
        self.debug = DebugWires(pad, rig.mcu)
        self.supply = Supply(self.pad, rig.mcu, hold_up_s)
        self._judge(model_answers)
        self._pad_on_change().extend((self.panel_line.refresh, self.data_line.refresh))
        pad.on_reset.append(self._pad_was_reset)
        pad.run_together = self._run_together
        self._pad_was_reset()
        self.rig.power_on()

    # Time.

    def run_for(self, ms: float) -> None:
        """Let `ms` of the pad's time pass."""
        self.pad.run_for(ms)

    def run_until(self, condition: Callable[[], bool], timeout_ms: float, step_ms: float = 1.0) -> float:
        """As `VirtualPad.run_until`."""
        return self.pad.run_until(condition, timeout_ms, step_ms)

    def plug_in(self) -> None:
        """Give the pad power, with a PC at the cable, as the rig's load switch does."""
        self.supply.plug_in()

    def on_rig(self, action: Callable[[], None], at_once: bool = True) -> None:
        """Do something on the rig when its clock shows the pad's present moment. at_once: the pad waits for it."""
        if self._rig_runs:  # what the rig has just caused, by power or by an answer: its present moment
            action()
            return
        clock = self.rig.clock
        clock.after(max(0, self.clocks.rig_ns(self.pad.clock.now_ns) - clock.now_ns), action)
        if at_once:
            self.pad.emulator.stop()

    def later_on_rig(self, delay_ns: int, action: Callable[[], None]) -> None:
        """Do something after a time of the rig's clock."""
        self.rig.clock.after(delay_ns, action)

    def pad_powered(self) -> bool:
        """Whether the pad has power."""
        return self.pad.powered

    def pad_time_of_rig(self) -> int:
        """The rig's present moment on the pad's clock, ns."""
        return self.clocks.pad_ns(self.rig.clock.now_ns)

    def late(self) -> int:
        """While the rig runs: by how many ns the pad is ahead of it; 0 otherwise."""
        return max(0, self.pad.clock.now_ns - self.pad_time_of_rig()) if self._rig_runs else 0

    def _run_together(self, deadline_ns: int) -> None:
        pad, rig = self.pad.emulator, self.rig.emulator
        while pad.clock.now_ns < deadline_ns:
            pad.run_part(min(deadline_ns, self._horizon()))
            self.pad.wiring.spi.settle()
            self.panel_line.flush()
            target = self.clocks.rig_ns(pad.clock.now_ns - _LAG_NS)
            self._rig_runs = True
            while rig.clock.now_ns < target:
                rig.run_part(target)
            self._rig_runs = False
            self.switches += 1

    def _horizon(self) -> int:
        """How far the pad may run before the rig has to follow."""
        now, clock = self.pad.clock.now_ns, self.rig.mcu.clock
        if self.data_line.reading:
            return now + _READ_STEP_NS
        if not self.rig.asleep:
            return now + (_HELD_STEP_NS if self.touch_line.waiting else self.step_ns)
        if not clock.has_scheduled_alarm:
            return now + _MOST_AHEAD_NS
        alarm = self.clocks.pad_ns(int(clock.nanos + clock.nanos_to_next_alarm)) + _LAG_NS + 1
        return min(max(now + 1, alarm), now + _MOST_AHEAD_NS)

    # The pad's own models.

    def _judge(self, answers: bool) -> None:
        """The models listen and drive nothing. answers: but the panel's answers to reads."""
        self.pad.panel.on_busy = lambda level: self.busy_of_model.append((self.pad.clock.now_ns, level))
        self.pad.touch.on_int = lambda level: None
        if not answers:
            self.pad.wiring.on_answer = lambda level: None
        net = self.nets["PANEL_BUSY"]
        self.rig.mcu.gpio[net.line.rig].add_listener(lambda value, _last: self._busy(bool(value == 1)))

    def _busy(self, level: bool) -> None:
        moment = self.pad_time_of_rig()
        self.late_ns = max(self.late_ns, self.pad.clock.now_ns - moment)
        self.busy_of_rig.append((moment, level))

    # Resets.

    def _pad_on_change(self) -> list[Callable[[], None]]:
        """Of IO_BANK0: what is called when a pin was given a function."""
        mcu = self.pad.emulator.mcu
        block = mcu.bank0 if hasattr(mcu, "bank0") else mcu.peripherals[_IO_BANK0]
        actions: list[Callable[[], None]] = block.on_change
        return actions

    def _pad_was_reset(self) -> None:
        """A reset lets all pins of the pad go without telling their listeners."""
        self.panel_line.stopped()
        self.touch_line.stopped()
        self.data_line.refresh()
        for net in self.nets.values():
            net.pad_moved()
        self.supply.measure()
