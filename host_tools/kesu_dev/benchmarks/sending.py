"""sending: cost of sending a frame to the panel: bytes, time until the refresh starts, idle bus."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

from kesu.common.errors import Exit, KesuError
from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.core.clock import NS_PER_MS
from kesu.emulator.panel.ssd16xx_refresh import Refresh

NS_PER_US = 1_000
# 22h (hardware-facts A.3): this bit requests the display phase; without it only clock, supply or LUT are affected.
_DISPLAYS = 0x04


@dataclass(frozen=True)
class Sending:
    """Transmission of one frame, from its request to the master activation (20h) that displays it.

    sent: bytes on SPI until then. to_trigger_ms: from the request; on_wire_ms: from the first byte. wire_use:
    part of the latter in which a byte was on the wire. longest_gap_us: between two bytes. waveform: the panel
    model's waveform, or in brackets why it painted nothing. errors: number of invalid commands.
    """

    what: str
    sent: int
    to_trigger_ms: float
    on_wire_ms: float
    wire_use: float
    longest_gap_us: float
    waveform: str
    errors: int

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


class Wire:
    """Records the panel bus of one pad; `take` extracts one frame from the recording."""

    def __init__(self, pad: VirtualPad) -> None:
        self._pad = pad
        self._bytes: list[tuple[int, int]] = []
        self._errors = 0
        pad.wiring.spi.on_wire = lambda start_ns, end_ns: self._bytes.append((start_ns, end_ns))

    def forget(self) -> None:
        """Discard the recording so far."""
        self._bytes.clear()
        self._errors = len(self._pad.panel.errors)

    def take(self, what: str, asked_ns: int, nth: int = 0) -> Sending:
        """The frame requested at `asked_ns`; with `nth`, that of the nth refresh since then.

        Raises KesuError when there was none.
        """
        refresh = self._shown(asked_ns, nth)
        since = asked_ns if nth == 0 else self._shown(asked_ns, nth - 1).start_ns
        sent = [(start, end) for start, end in self._bytes if since <= start and end <= refresh.start_ns]
        first = sent[0][0]
        gaps = [later[0] - earlier[1] for earlier, later in pairwise(sent)]
        busy_ns = sum(end - start for start, end in sent)
        return Sending(
            what=what,
            sent=len(sent),
            to_trigger_ms=round((refresh.start_ns - asked_ns) / NS_PER_MS, 2),
            on_wire_ms=round((refresh.start_ns - first) / NS_PER_MS, 2),
            wire_use=round(busy_ns / (refresh.start_ns - first), 4),
            longest_gap_us=round(max(gaps, default=0) / NS_PER_US, 1),
            waveform=refresh.waveform or f"({refresh.reason})",
            errors=len(self._pad.panel.errors) - self._errors,
        )

    def _shown(self, since_ns: int, nth: int) -> Refresh:
        refreshes = [
            refresh
            for refresh in self._pad.panel.refreshes
            if refresh.start_ns >= since_ns and refresh.control & _DISPLAYS
        ]
        if len(refreshes) <= nth:
            raise KesuError(
                "No frame was sent: the panel got no command to display anything.",
                hint="Look at the recipe's statements: each of `full` and `partial` has to send one frame.",
                code=Exit.DATA,
            )
        return refreshes[nth]
