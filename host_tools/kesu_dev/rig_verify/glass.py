"""glass: the glass that a pad in a rig would have: what it sent to its panel, played to the model of panel and glass.

The rig has planes and BUSY, and no glass. Each command comes to the model at its time; stops of the core are left out,
in which the rig's BUSY stands still, too. So R8 is a calculation: firmware and chip are real, the film is the model's.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import pairwise

from kesu.emulator.core.stepped_clock import SteppedClock
from kesu.emulator.panel.panels import module

from kesu_dev.rig.protocol import Note
from kesu_dev.rig.recording import Heard, Recorder, Token

ROOM_C = 25
"""What the rig's panel senses after its start."""


def after(us: int, since_us: int) -> int:
    """Difference of two times of which only the low 32 bits may be known."""
    return ((us - since_us + 0x8000_0000) & 0xFFFF_FFFF) - 0x8000_0000


class Replay:
    """A panel whose glass shows what the pad sent since `recorder` was made, when the panel had just got power.

    glass: the model's; fitted: the film. Both are as kesu.verify.search.on_glass wants them of a pad.
    """

    def __init__(self, recorder: Recorder, film: str, began_us: int, seed: int) -> None:
        self._recorder = recorder
        self.rig = recorder.rig
        self.fitted = film
        self._clock = SteppedClock()
        made = module(film, self._clock, float(ROOM_C), seed)
        self.glass, self.panel = made.glass, made.panel
        self.panel.set_cs(False)
        self._last_us, self._last_ns = began_us, 0
        self._waiting: deque[Token] = deque()
        self._stops: list[tuple[int, int]] = []
        self.tokens = 0

    def note_stops(self, halts: Sequence[Note]) -> None:
        """Stops of the core, and their ends, as the rig's log has them; each may be given again."""
        for begin, end in pairwise(halts):
            if begin.value == 1 and end.value == 0 and (begin.us, end.us) not in self._stops:
                self._stops.append((begin.us, end.us))

    def fetch(self) -> None:
        """Take what the pad has sent. Raises RigError."""
        self._waiting += self._recorder.take()

    def run_to(self, us: int) -> None:
        """Play all that was sent until a moment of the rig's clock, and let the glass be as it is then. us: low 32 bits
        suffice."""
        while self._waiting:
            token = self._waiting[0]
            if token.kind != Heard.DATA and after(token.us, us) > 0:
                break
            self._play(self._waiting.popleft())
        self._pass_to(us)

    def _pass_to(self, us: int) -> None:
        lasted = max(0, after(us, self._last_us))
        for begin, end in self._stops:
            first, last = max(0, after(begin, self._last_us)), min(lasted, after(end, self._last_us))
            lasted_stopped = max(0, last - first)
            self._last_ns -= lasted_stopped * 1_000
        self._last_ns += lasted * 1_000
        self._last_us = us if lasted else self._last_us
        self._stops = [stop for stop in self._stops if after(stop[1], self._last_us) > 0]
        self._clock.advance(max(0, self._last_ns - self._clock.now_ns))

    def _play(self, token: Token) -> None:
        self.tokens += 1
        if token.kind == Heard.DATA:
            self.panel.set_dc(True)
            self.panel.transfer_block(token.data)
            return
        self._pass_to(token.us)
        if token.kind == Heard.COMMAND:
            self.panel.set_dc(False)
            self.panel.transfer(token.value)
        elif token.kind == Heard.RST:
            self.panel.set_rst(bool(token.value))
        else:
            self.panel.power_loss()
