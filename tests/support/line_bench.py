"""line_bench: a call line over RFC 2217 with a model pad, for tests of the agent's DTR and modem bits."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import selectors
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

from kesu.spec.call_line import WIPING
from kesu.virtual_port.port import VirtualPort
from kesu.virtual_port.rfc2217 import Rfc2217Link

WITHIN_S = 60.0


@dataclass
class ModelPad:
    """What `VirtualPort` uses of a USB host, with a pad behind it that wipes as the real one does."""

    enumerated: bool = True
    dtr: bool = False
    rts: bool = False
    serial_state: SimpleNamespace = field(
        default_factory=lambda: SimpleNamespace(dsr=True, dcd=False, ri=False)
    )

    def write(self, data: bytes) -> None:
        if any(byte in WIPING for byte in data):
            self.wipe()

    def set_dtr(self, high: bool) -> None:
        if self.dtr and not high:
            self.wipe()
        self.dtr = high

    def set_rts(self, high: bool) -> None:
        self.rts = high

    def send_break(self, milliseconds: int) -> None:
        """A pad ignores it."""

    def control(self, setup: bytes, data: bytes) -> None:
        """Line coding: ignored too."""

    def ink(self) -> None:
        """A note is written."""
        self.serial_state.dsr, self.serial_state.dcd = False, True

    def wipe(self) -> None:
        self.serial_state.dsr, self.serial_state.dcd = True, False


class LineBench:
    """Serves a model pad from a thread. `happened`: letters, "DTR on", "DTR off", in order."""

    def __init__(self, tcp_port: int = 0) -> None:
        """tcp_port: of 127.0.0.1, 0 for any free one."""
        self.pad = ModelPad()
        self.happened: list[str] = []
        self._selector = selectors.DefaultSelector()
        port = VirtualPort(cast(Any, self.pad), self.happened.append)
        self._link = Rfc2217Link(port, tcp_port, self._selector)
        self.url = self._link.url
        self.tcp_port = int(self.url.rpartition(":")[2])
        self._stopping = False
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def __enter__(self) -> LineBench:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the port."""
        if not self._stopping:
            self._stopping = True
            self._thread.join(WITHIN_S)
            self._link.close()

    def until(self, true: Callable[[], bool]) -> None:
        """Wait for it. AssertionError if it does not come."""
        end = time.monotonic() + WITHIN_S
        while not true():
            assert time.monotonic() < end, self.happened
            time.sleep(0.01)

    def _serve(self) -> None:
        while not self._stopping:
            for key, _ in self._selector.select(0.02):
                key.data()
            self._link.poll()
