"""causes: how a test rig and its PC cause each event of the matrix, and when its edge is on the rig's clock."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil

from kesu.spec.call_line import AWAY, ENDED, LOCKED, PAYMENT, RING, TALK, WRAP_UP
from kesu.spec.panels import FILMS
from kesu.verify.scenes.scenario import Policy

from kesu_dev.rig.protocol import Kind, RigError
from kesu_dev.rig_verify import pad_clock
from kesu_dev.rig_verify.bench import BLOCK_DIVIDER, Bench
from kesu_dev.rig_verify.glass import after
from kesu_dev.rig_verify.pad_clock import Sample

LEAD_US = 150_000
FAULT_PEN = (200, 100)
OFF_S = 0.05
"""Without power, before event E13."""
CONNECTED_AFTER_US = 2_500
"""From power to the debug port: the pad has its 3V3, and its boot has not cleared the RAM yet."""
WATCHDOGS = {"RP2040": 0x4005_8000, "RP2350": 0x400D_8000}
SET_ALIAS, TRIGGER = 0x2000, 1 << 31
"""Of CTRL: a reset by the watchdog at once (RP2040 datasheet 4.7.6, RP2350 datasheet 12.9.7)."""
SIGNS, BETWEEN_S, BEFORE_W_S = b"TMHmTM", 0.005, 0.08
"""A call, as kesu.verify.scenes.events.EVENTS has it."""
TICK_US = 1_000
"""A deadline counts whole ticks: it may be this much earlier than the computed time."""
BEFORE_S = 2.5
"""Before a deadline the pad's clock is read once more."""
EARLY_S = 4.0
"""How long before the end of the idle time the pen returns."""
DRAWN_S = 1.5
"""For the ink of a dab, and for a wipe's page."""
BY_PC = {
    "byte E": ENDED,
    "byte W": WRAP_UP,
    "byte R of the next call": RING,
    "byte P": PAYMENT,
    "byte A": AWAY,
    "byte K": LOCKED,
    "whole call": WRAP_UP + ENDED,
}


@dataclass(frozen=True)
class Edge:
    """at_us: of the event, on the rig's clock; by_pc: what causes it then. All other causes are in the rig's queue."""

    at_us: int
    by_pc: Callable[[], None] | None = None


class Causes:
    """Causes events on the pad of a bench. look: halts the pad and returns its timer, in us. Raises RigError."""

    def __init__(self, bench: Bench, film: str, policy: Policy, look: Callable[[], int]) -> None:
        self._bench, self._policy, self._look = bench, policy, look
        self._page = FILMS[film].panel

    def prepare(self, name: str) -> None:
        """What comes before the note is searched for."""
        if name == "hook opens":
            self._bench.actions.hold("HOOK", True)

    def edge(self, name: str, written: Sample) -> Edge:
        """Plan the event, after what has to happen before: that takes minutes for a deadline. written: a sample after
        the note was written."""
        bench, actions = self._bench, self._bench.actions
        if name == "idle":
            return self._deadline(written.pad_of(actions.pen_us[1]) + self._us(self._policy.idle_ms), written)
        if name == "maximum age":
            return self._aged(written.pad_of(actions.pen_us[0]) + self._us(self._policy.max_age_ms), written)
        if self._policy.wrap_up_ms and self._begins_after_call_work(name):
            return self._after_call_work(name, written)
        if name == "whole call":
            for sign in SIGNS:
                bench.send(bytes((sign,)))
                bench.wait(BETWEEN_S)
            bench.wait(BEFORE_W_S)
        elif name == "power-on":
            actions.power_off()
            bench.wait(OFF_S)
        at_us = actions.rig.now_us() + LEAD_US
        self._plan(name, at_us)
        return Edge(at_us, self._by_pc(name))

    def touch_fault(self, at_us: int) -> None:
        """The touch chip is silent, and a pen touches it then."""
        self._bench.actions.silence_touch(True)
        self._bench.actions.touch_at(at_us, *FAULT_PEN)

    def happened(self, name: str, edge: Edge) -> None:
        """What the rig's queue did as planned. Raises RigError if it could not."""
        wanted = {"watchdog": Kind.STRIKE, "power-on": Kind.CONNECT}.get(name)
        if wanted is None:
            return
        log = self._bench.actions.log()
        done = [one.value for one in log if one.kind == wanted and after(one.us, edge.at_us) >= -100]
        if done != [1]:
            raise RigError(
                f"The rig could not cause {name!r} by the debug port.", hint="Run `kesu rig check`."
            )

    def _plan(self, name: str, at_us: int) -> None:
        bench, actions = self._bench, self._bench.actions
        if name in ("WIPE key", "AWAY key"):
            actions.press_at(name.split(maxsplit=1)[0], at_us)
        elif name == "hook opens":
            actions.release_at("HOOK", at_us)
        elif name == "touch bus silent":
            self.touch_fault(at_us)
        elif name == "RUN":
            actions.run_at(at_us)
        elif name == "watchdog":
            actions.strike_at(at_us, WATCHDOGS[bench.facts.name] + SET_ALIAS, TRIGGER)
        elif name == "power-on":
            actions.power_at(at_us)
            actions.connect_at(at_us + CONNECTED_AFTER_US, bench.facts.name.lower(), BLOCK_DIVIDER)

    def _by_pc(self, name: str) -> Callable[[], None] | None:
        bench = self._bench
        if name == "DTR drops":
            return lambda: bench.line(False)
        if name == "agent killed":
            return self._killed
        byte = BY_PC.get(name)
        return None if byte is None else lambda: bench.send(byte)

    def _killed(self) -> None:
        """DTR drops after a byte that the pad has not read yet."""
        self._bench.send(TALK)
        self._bench.line(False)

    # Deadlines

    def _us(self, ms: float) -> int:
        return round(ms * 1_000)

    def _begins_after_call_work(self, name: str) -> bool:
        policy = self._policy
        return (
            name == "byte W"
            or (name == "byte E" and policy.wrap_up_by_end)
            or (name == "hook opens" and policy.wrap_up_by_hook)
        )

    def _after_call_work(self, name: str, written: Sample) -> Edge:
        """The event begins it; its end is the edge."""
        actions = self._bench.actions
        at_us = actions.rig.now_us() + LEAD_US
        self._plan(name, at_us)
        by_pc = self._by_pc(name)
        if by_pc is not None:
            at_us = actions.rig.now_us()
            by_pc()
        return self._deadline(written.pad_of(at_us) + self._us(self._policy.wrap_up_ms), written)

    def _aged(self, deadline_us: int, written: Sample) -> Edge:
        """A dab of the pen before each end of the idle time."""
        bench = self._bench
        now_us = written.pad_of(bench.actions.rig.now_us())
        rests = ceil((deadline_us - now_us) / self._us(self._policy.idle_ms - EARLY_S * 1_000))
        rest_s = (deadline_us - now_us) / rests / 1e6
        last = written
        for dab in range(rests - 1):
            skipped_s = bench.rest(rest_s - DRAWN_S)
            down = 0.2 + 0.5 * dab / rests
            at_us = bench.actions.rig.now_us() + LEAD_US
            bench.actions.touch_at(at_us, round(0.75 * self._page.width), round(down * self._page.height))
            bench.wait(DRAWN_S)
            last = Sample(
                last.pad_us, last.halted_us, last.resumed_us, last.skipped_us + round(skipped_s * 1e6)
            )
        return self._deadline(deadline_us, last)

    def _deadline(self, deadline_us: int, last: Sample) -> Edge:
        """Wait until shortly before, and read the pad's clock there."""
        bench = self._bench
        left_s = (deadline_us - last.pad_of(bench.actions.rig.now_us())) / 1e6
        bench.rest(left_s - BEFORE_S)
        if not bench.bits()[1]:
            raise RigError("The note was gone before its deadline.", hint="Read docs/policy.md.")
        found = pad_clock.sample(bench, self._look)
        return Edge(found.rig_of(deadline_us - TICK_US))
