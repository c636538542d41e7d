"""serial_link: the serial port of one pad, in its own thread, so that a blocked port does not delay other pads.

==========  ======================================  ==========================================
state       event                                   action
==========  ======================================  ==========================================
CLOSED      port found and opened                   OPEN, DTR low; reported to the agent
OPEN        agent sets DTR high / low               DTR follows; low is a wipe (E7)
OPEN        agent sends bytes                       written; after a byte that wipes, CHECKING
OPEN        agent silent for STALLED_S              DTR low until it is back
CHECKING    DSR high for SETTLED_S or later: blank  OPEN; reported to the agent
CHECKING    no DSR within `blank_within_s`          DTR low, then high: wipes as well
any         port fails, write times out, unplugged  port closed (DTR falls with it), CLOSED
==========  ======================================  ==========================================
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import contextlib
import errno
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from kesu.agent import ports
from kesu.spec.call_line import LOCKED, WIPING
from kesu.spec.calls import LINE

POLL_S = LINE["poll_s"]  # calls.toml says what each is for
CHECK_S = LINE["check_s"]
SETTLED_S = LINE["settled_s"]
STALLED_S = LINE["stalled_s"]
FIRST_PAUSE_S, LONGEST_PAUSE_S = LINE["first_pause_s"], LINE["longest_pause_s"]
TOGGLE_S = LINE["toggle_s"]
BLANK_WITHIN_S = LINE["blank_within_s"]

NO_MODEM_LINES = (errno.ENOTTY, errno.EINVAL)  # a pty


class Happening(Enum):
    """An event that a link reports to the agent."""

    OPENED = "opened"
    CLOSED = "closed"
    BLANK = "blank"
    NOT_BLANK = "not blank"
    FAULT = "fault"
    SPOKE = "spoke"
    STALLED = "stalled"


@dataclass(frozen=True, slots=True)
class Bits:
    """The three modem bits of SERIAL_STATE: a note is present, blank, fault."""

    note: bool
    blank: bool
    fault: bool


class Pulse:
    """Time of the last turn of the agent's event loop."""

    def __init__(self) -> None:
        self.at = time.monotonic()

    def beat(self) -> None:
        """Note a turn of the loop."""
        self.at = time.monotonic()


class SerialLink(threading.Thread):
    """Owns the port of one pad. `tell` is called from this thread."""

    def __init__(
        self,
        setting: str,
        pulse: Pulse,
        tell: Callable[[Happening], None],
        *,
        blank_within_s: float = BLANK_WITHIN_S,
    ) -> None:
        super().__init__(daemon=True, name=f"line {setting}")
        self._setting = setting
        self._pulse = pulse
        self._tell = tell
        self._blank_within_s = blank_within_s
        self._wake = threading.Condition()
        self._queued = bytearray()
        self._wanted_dtr = False
        self._answered = False
        self._toggle = False
        self._stopping = False
        # Only the thread writes what follows; others read it.
        self._port: ports.Port | None = None
        self._dtr = False
        self._has_modem_lines = True
        self._check_from = 0.0
        self._check_until: float | None = None
        self._stalled = False
        self._spoke = False
        self.bits: Bits | None = None
        self.where: str | None = None

    def send(self, data: bytes, dtr: bool) -> None:
        """Request a DTR level and bytes to write. Returns at once; bytes before `answer` are dropped.

        A falling DTR wipes by itself: bytes not yet written are dropped.
        """
        with self._wake:
            self._wanted_dtr = dtr
            if not dtr:
                self._queued.clear()
            elif self._answered:
                self._queued += data
            self._wake.notify()

    def answer(self, data: bytes, dtr: bool) -> None:
        """The present state, in answer to Happening.OPENED. Until then the line sends nothing and DTR is low."""
        with self._wake:
            self._answered = True
            self._wanted_dtr = dtr
            self._queued[:] = data if dtr else b""
            self._wake.notify()

    def wipe(self) -> None:
        """Pulse DTR low; then ask the agent for the state, as after opening."""
        with self._wake:
            self._toggle = True
            self._queued.clear()
            self._wake.notify()

    def stop(self) -> None:
        """Drop DTR and end the thread; then `join` it."""
        with self._wake:
            self._stopping = True
            self._queued.clear()
            self._wake.notify()

    @property
    def connected(self) -> bool:
        """Whether the port is open."""
        return self._port is not None

    def run(self) -> None:
        """The thread."""
        pause_s = FIRST_PAUSE_S
        while not self._stopping:
            try:
                if self._port is None:
                    self._open()
                    pause_s = FIRST_PAUSE_S
                self._turn()
            except Exception:  # any exception must wipe the pad and lead to another attempt
                self._close()
            if self._port is None and not self._stopping:
                with self._wake:
                    self._wake.wait(pause_s)
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
        self._close()

    def _open(self) -> None:
        where = ports.locate(self._setting)
        if where is None:
            raise OSError(errno.ENODEV, "no such pad")
        opened = ports.open_port(where)
        self._dtr = False
        self._has_modem_lines = True
        self._check_until = None
        self._stalled = False
        with self._wake:
            self._queued.clear()
            self._port = opened
        self.where = where
        self._ask()

    def _ask(self) -> None:
        """Ask the agent for the present state; earlier requests no longer count."""
        with self._wake:
            self._answered = False
            self._queued.clear()
        self._tell(Happening.OPENED)

    def _close(self) -> None:
        with self._wake:
            port, self._port = self._port, None
            self._answered = False
            self._queued.clear()
        self.bits = None
        if port is None:
            return
        with contextlib.suppress(Exception):  # the port may be gone, and DTR with it
            self._drop_dtr(port)
        with contextlib.suppress(Exception):
            port.close()
        self._tell(Happening.CLOSED)

    def _turn(self) -> None:
        port = self._port
        assert port is not None
        with self._wake:
            wanted = self._wanted_dtr and self._answered and not self._stalled
            if not (self._queued or self._toggle or self._stopping) and wanted == self._dtr:
                self._wake.wait(POLL_S if self._check_until is None else CHECK_S)
            stalled = time.monotonic() - self._pulse.at > STALLED_S
            dtr = self._wanted_dtr and self._answered and not self._stopping and not stalled
            data = bytes(self._queued) if dtr else b""
            self._queued.clear()
            toggle, self._toggle = self._toggle, False
        if toggle and self._dtr:
            self._drop_and_ask(port)
            return
        if stalled != self._stalled:
            self._stalled = stalled
            if stalled:
                self._tell(Happening.STALLED)
            else:
                dtr, data = False, b""
                self._ask()
        if self._dtr and not dtr:
            self._drop_dtr(port)
            self._expect_blank()
        elif dtr and not self._dtr:
            self._set_dtr(port, True)
        if data:
            port.write(data)
            if any(byte in WIPING for byte in data):
                self._expect_blank()
        self._read(port)

    def _set_dtr(self, port: ports.Port, level: bool) -> None:
        self._dtr = level
        try:
            port.dtr = level
        except OSError as error:
            if error.errno not in NO_MODEM_LINES:
                raise
            self._has_modem_lines = False

    def _drop_dtr(self, port: ports.Port) -> None:
        if self._dtr:
            self._set_dtr(port, False)
            if not self._has_modem_lines:
                port.write(LOCKED)  # a pty has no DTR: send a byte that wipes in every state

    def _drop_and_ask(self, port: ports.Port) -> None:
        self._drop_dtr(port)
        time.sleep(TOGGLE_S)
        self._ask()

    def _expect_blank(self) -> None:
        now = time.monotonic()
        self._check_from, self._check_until = now + SETTLED_S, now + self._blank_within_s

    def _read(self, port: ports.Port) -> None:
        if port.in_waiting:  # also how an unplugged port is noticed
            port.read(port.in_waiting)
            if not self._spoke:
                self._tell(Happening.SPOKE)
            self._spoke = True
        bits = self._modem_bits(port)
        if bits is not None and bits.fault and not (self.bits is not None and self.bits.fault):
            self._tell(Happening.FAULT)
        self.bits = bits
        if not self._has_modem_lines:
            self._check_until = None
        if bits is None or self._check_until is None:
            return
        if bits.blank:
            if time.monotonic() < self._check_from:
                return
            self._check_until = None
            self._tell(Happening.BLANK)
        elif time.monotonic() >= self._check_until:
            self._check_until = None
            self._tell(Happening.NOT_BLANK)
            if self._dtr:
                self._drop_and_ask(port)

    def _modem_bits(self, port: ports.Port) -> Bits | None:
        if not self._has_modem_lines:
            return None
        try:
            return Bits(note=port.cd, blank=port.dsr, fault=port.ri)
        except OSError as error:
            if error.errno in NO_MODEM_LINES:
                self._has_modem_lines = False
            elif error.errno is not None:
                raise
            return None  # RFC 2217: the other end has not reported them yet
