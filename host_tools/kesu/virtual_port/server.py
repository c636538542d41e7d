"""server: runs a virtual pad in real time and serves its call line."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import selectors
from collections.abc import Callable
from typing import Protocol

from kesu.emulator.board.pad import VirtualPad
from kesu.virtual_port.pace import Pace
from kesu.virtual_port.port import Happened, VirtualPort
from kesu.virtual_port.pseudo import PseudoLink
from kesu.virtual_port.rfc2217 import Rfc2217Link

REST_S = 0.004
"""How long to wait for the line when the pad has caught up with real time."""


class Link(Protocol):
    """One way to reach the port."""

    @property
    def url(self) -> str: ...
    def poll(self) -> None: ...
    def close(self) -> None: ...


class LineServer:
    """Serves one pad's call line until stopped. One thread: it polls the line between slices of emulated time."""

    def __init__(
        self, pad: VirtualPad, *, tcp_port: int | None = 0, happened: Happened | None = None
    ) -> None:
        """`tcp_port`: RFC 2217 on that port of 127.0.0.1, 0 for any free one; None: a pseudo-terminal."""
        self.pad = pad
        self.selector = selectors.DefaultSelector()
        self.port = VirtualPort(pad.host, happened)
        self._link: Link = (
            PseudoLink(self.port) if tcp_port is None else Rfc2217Link(self.port, tcp_port, self.selector)
        )
        self.pace = Pace(pad)

    @property
    def url(self) -> str:
        """What pyserial opens."""
        return self._link.url

    def serve(self, done: Callable[[], bool], turned: Callable[[], None] = lambda: None) -> None:
        """Serve until `done()`; `turned()` is called after every slice."""
        try:
            rest = 0.0
            while not done():
                for key, _ in self.selector.select(rest):
                    key.data()
                self._link.poll()
                rest = REST_S if self.pace.turn() else 0.0
                self._link.poll()
                turned()
        finally:
            self._link.close()
            self.selector.close()
