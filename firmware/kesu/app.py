"""app: the composition root and the one plain loop."""

# SPDX-License-Identifier: MIT
#
# Each turn: contacts and timers post events, events step the session table, the wipe (or else pen and
# refresh) goes on, the watchdog is fed, and the pad sleeps until an interrupt or the next deadline. From
# `heap_lock` on nothing here or below may allocate: no tuple, slice, float, closure or bound method, and no
# text.
import gc
from time import ticks_ms

import micropython
import native
from kesu import callline, events, faults, ink, keys, memo, parts, policy, refresh, session, timers, wipe
from kesu.board import Board
from kesu.panel.transport import Transport
from kesu.touch.sampler import Sampler
from micropython import const

_PRESSED = const(0)
_OPENED = const(1)
_UNPLUGGED = const(0)


class App:
    """Everything the pad is made of, built once."""

    def __init__(self, board):
        self._board = board
        self._memo = memo.Memo()
        self._events = events.Events()
        self._session = session.Session()
        link = Transport(board.spi_id, board.panel_cs, board.panel_dc, board.panel_rst, board.panel_busy)
        self._panel = parts.Panel(link)
        self._touch = parts.Touch(board.i2c, board.touch_rst, board.touch_int)
        self._sampler = Sampler(self._touch, board.touch_int)
        self._sampler.stop()
        self._ink = ink.Ink(self._memo, policy.LINE_WIDTH)
        self._refresh = refresh.Refresh(self._panel, self._memo, self._events)
        self._wipe = wipe.Wipe(self._memo, self._panel, self._sampler, self._touch, policy.READY_AFTER_MS)
        self._idle = timers.Timer()
        self._age = timers.Timer()
        self._wipe_key = keys.Contact(
            board.wipe_key, self._events, events.WIPE_KEY, _PRESSED, policy.WIPE_HOLD_MS
        )
        self._away_key = keys.Contact(board.away_key, self._events, events.AWAY, _PRESSED, 0)
        self._hook = keys.Contact(board.hook, self._events, events.HOOK_OPEN, _OPENED, 0)
        self._power = keys.Contact(board.vbus, self._events, events.POWER_LOST, _UNPLUGGED, 0)
        # In the service profile USB is the stock console: the call is then seen on the hook and the keys
        # only.
        self._line = None if policy.SERVICE else callline.CallLine(board.usb(), self._events)
        self.faults = faults.Faults(
            board, self._memo, self._panel, self._sampler, self._touch, self._line, policy.FAULT_SHOW_MS
        )
        self.fault_code = 0
        self._limit_ms = policy.WATCHDOG_MS // 4
        self._wait_ms = 0

    def start(self):
        """Start chips, interrupts and USB; lock the heap; begin the wipe that every boot begins with."""
        board = self._board
        self._panel.init()
        self._wipe_key.start()
        self._away_key.start()
        self._hook.start()
        self._power.start()
        if self._line is not None:
            self._line.start()
        gc.collect()
        if not policy.SERVICE:
            board.watchdog_start(policy.WATCHDOG_MS)
            micropython.heap_lock()
        self._begin_wipe(ticks_ms())

    def run(self):
        """Loop until a fault; its code is then in `fault_code`."""
        while not self.fault_code:
            self.step(ticks_ms())
            if self._wipe.scrub_due:
                # Here and not in the wipe: nothing that ever held ink is on the stack at this depth.
                self._wipe.scrub_due = False
                native.scrub()
            native.wait(self._wait_ms)

    def step(self, now_ms):
        """One turn of the loop at ticks `now_ms`."""
        self._wipe_key.step(now_ms)
        self._away_key.step(now_ms)
        self._hook.step(now_ms)
        self._power.step(now_ms)
        if self._idle.due(now_ms):
            self._events.post(events.IDLE, self._idle.at_ms)
        if self._age.due(now_ms):
            self._events.post(events.MAX_AGE, self._age.at_ms)
        event = self._events.take()
        while event != events.NONE:
            self._act(self._session.step(event), self._events.when_ms)
            event = self._events.take()
        if self._wipe.active:
            self._go_on_wiping(now_ms)
        else:
            self._take_ink()
            self._check(self._refresh.step(now_ms))
        if self._sampler.fault:
            self._fail(faults.TOUCH)
        self._board.watchdog_feed()
        self._plan(ticks_ms())

    def _act(self, action, event_ms):
        if action == session.WIPE:
            self._begin_wipe(event_ms)
        elif action == session.BEGIN_NOTE:
            self._age.arm(event_ms, policy.MAX_AGE_MS)
            self._show(callline.DCD)
        elif action == session.SHOW_READY:
            self._show(callline.DSR)

    def _begin_wipe(self, event_ms):
        self._wipe.start(event_ms)
        self._idle.disarm()
        self._age.disarm()
        self._refresh.reset(event_ms)
        self._show(0)

    def _go_on_wiping(self, now_ms):
        self._check(self._wipe.step(now_ms))
        if self._wipe.done:
            self._wipe.done = False
            self._events.forget()
            self._act(self._session.step(events.WIPED), now_ms)

    def _take_ink(self):
        """Ink every waiting report, unless an event that may end the note has come."""
        sample = self._memo.sample
        while self._sampler.count() and not self._events.urgent():
            self._sampler.take(sample)
            ms = self._sampler.taken_ms
            if self._ink.point(sample[0], sample[1], ms, sample[3]):
                if self._session.state == session.READY:
                    self._act(self._session.step(events.PEN), ms)
                self._idle.arm(ms, policy.IDLE_MS)

    def _check(self, verdict):
        if verdict:
            self._fail(faults.code_of_refresh(verdict))

    def _fail(self, code):
        if self._session.step(events.FAILED) == session.FAIL:
            self.fault_code = code

    def _show(self, bits):
        if self._line is not None:
            self._line.show(bits)

    def _plan(self, now_ms):
        """Find how long to sleep: until the first deadline, and no longer than the watchdog allows."""
        left = self._limit_ms
        left = self._wipe_key.left(now_ms, left)
        left = self._away_key.left(now_ms, left)
        left = self._hook.left(now_ms, left)
        left = self._power.left(now_ms, left)
        left = self._idle.left(now_ms, left)
        left = self._age.left(now_ms, left)
        if self._wipe.active:
            left = self._wipe.left(now_ms, left)
        else:
            left = self._refresh.left(now_ms, left)
            if self._sampler.count():
                left = 0
        if self.fault_code or self._events.urgent():
            left = 0
        self._wait_ms = left


def main():
    """Run the pad for good; the only ways out are a reset and, in the service profile, Ctrl-C."""
    if policy.SERVICE:
        # The sealed image has the buffer built in.
        micropython.alloc_emergency_exception_buf(100)
    board = Board()
    app = None
    code = faults.OTHER
    try:
        app = App(board)
        app.start()
        app.run()
        code = app.fault_code
    except KeyboardInterrupt:
        if app is not None:
            app.faults.clear()
        raise
    except Exception as error:
        code = faults.code_of(error)
    if app is not None:
        app.faults.fail(code)
    board.reset()
