"""notify: readiness and watchdog messages to the service manager (sd_notify(3))."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import contextlib
import os
import socket
import time


class Manager:
    """Sends to systemd if it started us with Type=notify; otherwise does nothing.

    With WatchdogSec= in the unit, systemd kills an agent that hangs, and its lines go low.
    """

    def __init__(self) -> None:
        address = os.environ.get("NOTIFY_SOCKET", "")
        self._address = "\0" + address[1:] if address.startswith("@") else address
        every_us = os.environ.get("WATCHDOG_USEC", "")
        self._every_s = int(every_us) / 1e6 / 3 if every_us.isascii() and every_us.isdigit() else 0.0
        self._said_at = 0.0

    def say(self, text: str) -> None:
        """Send one assignment, such as READY=1. Never raises."""
        if self._address:
            with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
                channel.setblocking(False)
                channel.sendto(text.encode(), self._address)

    def alive(self) -> None:
        """Send the watchdog message at the interval that the unit asks for."""
        now = time.monotonic()
        if self._every_s and now - self._said_at >= self._every_s:
            self._said_at = now
            self.say("WATCHDOG=1")
