"""pseudo: the call line as a pseudo-terminal, for programs that need no modem bits.

Linux has no modem lines for a pseudo-terminal. It reports whether a program has it open, which serves as DTR.
DSR, DCD and RI are not available; use RFC 2217 for them.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import os
import pty
import select
import tty

from kesu.virtual_port.port import PortGone, VirtualPort

_CHUNK = 1024


class PseudoLink:
    """One pseudo-terminal. `poll()` is called between two slices of emulated time."""

    def __init__(self, port: VirtualPort) -> None:
        self._port = port
        self._master, slave = pty.openpty()
        tty.setraw(slave)
        self.url = os.ttyname(slave)
        os.close(slave)
        os.set_blocking(self._master, False)
        self._watch = select.poll()
        self._watch.register(self._master, select.POLLIN)

    def poll(self) -> None:
        """Pass bytes on; DTR follows whether the terminal is open (poll reports POLLHUP while it is not)."""
        happened = dict(self._watch.poll(0)).get(self._master, 0)
        opened = not happened & select.POLLHUP
        if not self._port.present:
            return
        try:
            if opened and not self._port.dtr:
                self._port.dtr = True
            if happened & select.POLLIN:
                self._port.write(os.read(self._master, _CHUNK))
            if not opened:
                self._port.close()
        except (OSError, PortGone):
            return

    def close(self) -> None:
        """Close the terminal."""
        self._port.close()
        os.close(self._master)
