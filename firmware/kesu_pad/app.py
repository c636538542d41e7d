"""app: builds all objects of the firmware and runs the main loop."""

# SPDX-License-Identifier: MIT
#
# Each turn of the loop: contacts and timers post events, events step the session table, the wipe (or else pen
# and refresh) advances, the watchdog is fed, and the pad sleeps until an interrupt or the next deadline. After
# `heap_lock` nothing here or below may allocate: no tuple, slice, float, closure or bound method, and no
# text.
import gc
from time import ticks_ms

import micropython
import native
from kesu_pad import (
    callline,
    deadlines,
    drivers,
    events,
    faults,
    holdup,
    ink,
    keys,
    memo,
    owners,
    policy,
    refresh,
    screens,
    session,
    strip,
    wipe,
)
from kesu_pad.board import Board
from kesu_pad.panel.transport import Transport
from kesu_pad.touch.sampler import Sampler
from micropython import const

_BAR_MS = const(60)  # how often the bar of a held WIPE key is updated


def _after_call_work():
    """Return which events begin after-call work by the policy: bits of session.py."""
    if not policy.WRAP_UP_MS:
        return 0
    return (
        session.BY_AGENT
        | (session.BY_HOOK if policy.WRAP_UP_BY_HOOK else 0)
        | (session.BY_END if policy.WRAP_UP_BY_END else 0)
    )


class App:
    """Owns all objects of the pad; built once at start-up."""

    def __init__(self, board):
        self._board = board
        self._memo = memo.Memo()
        self._events = events.Events()
        self._session = session.Session(_after_call_work())
        link = Transport(board.spi_id, board.panel_cs, board.panel_rst, board.panel_busy)
        self._panel = drivers.Panel(link)
        self._touch = drivers.Touch(board.i2c, board.touch_rst, board.touch_int)
        self._sampler = Sampler(self._touch, board.touch_int, self._events)
        self._sampler.stop()
        self._ink = ink.Ink(self._memo, policy.LINE_WIDTH, self._events)
        self._refresh = refresh.Refresh(self._panel, self._memo, self._events)
        self._deadlines = deadlines.Deadlines()
        # In the service profile USB is the stock console: calls are then detected by hook and keys only.
        self._line = None if policy.SERVICE else callline.CallLine(board.usb(), self._events)
        self._strip = strip.Strip(self._memo, self._events)
        known = owners.Owners(
            self._memo, self._events, self._deadlines, self._refresh, self._strip, self._panel, self
        )
        self._holdup = holdup.HoldUp(board)
        self._wipe = wipe.Wipe(
            known,
            self._memo,
            self._panel,
            self._sampler,
            self._touch,
            self._line,
            self._holdup,
            policy.READY_AFTER_MS,
        )
        self._contacts = keys.Contacts(board, self._events, policy.WIPE_HOLD_MS)
        self.faults = faults.Faults(
            board,
            known,
            self._memo,
            self._panel,
            self._sampler,
            self._touch,
            self._line,
            policy.FAULT_SHOW_MS,
        )
        self.fault_code = 0
        self._excused = False
        self._lit = 0
        self._limit_ms = policy.WATCHDOG_MS // 4
        self._planned_ms = 0
        self._wait_ms = 0

    def start(self):
        """Start chips, interrupts and USB; lock the heap; begin the wipe that belongs to every boot."""
        board = self._board
        self._panel.init()
        self._contacts.start()
        if self._line is not None:
            self._line.start()
        gc.collect()
        if not policy.SERVICE:
            board.watchdog_start(policy.WATCHDOG_MS)
            micropython.heap_lock()
        self._wipe.start_up(ticks_ms())

    def run(self):
        """Loop until a fault; its code is then in `fault_code`."""
        while not self.fault_code:
            self.step(ticks_ms())
            if self._wipe.scrub_due:
                # Scrub here and not in the wipe: at this depth no live stack frame has ever held ink.
                self._wipe.scrub_due = False
                native.scrub()
            native.wait(self._planned_ms, self._wait_ms)

    def step(self, now_ms):
        """One turn of the loop at ticks `now_ms`."""
        if self._sampler.fault:
            # First, because the rest of the turn takes a time that depends on ink, and the host can time RI.
            self._fail(faults.TOUCH)
            self._wait_ms = 0
            return
        self._contacts.step(now_ms)
        self._keep_pen(now_ms)
        self._deadlines.post(self._events, now_ms)
        if policy.COUNTDOWN_MS and self._session.state == session.WRITING and self._deadlines.near(now_ms):
            self._act(self._session.step(events.WARN), now_ms)
        # While events are handled, nothing from USB is passed to TinyUSB.
        native.usb_hold(True)
        event = self._events.take()
        while event != events.NONE:
            if event == events.BYTES:
                # BYTES is the last latch. One packet per turn: continuous traffic must not block the loop.
                self._hear(self._events.when_ms)
                break
            if event == events.POWER_BACK:
                # VBUS sensing works, so it decides alone from now on: a charger has no bus.
                self._excused = True
            self._act(self._session.step(event), self._events.when_ms)
            event = self._events.take()
        native.usb_hold(False)
        if self.fault_code:
            # The fault came after the check above. End the turn: its event is taken, so urgent() misses it.
            self._wait_ms = 0
            return
        if self._wipe.active:
            self._go_on_wiping(now_ms)
        else:
            self._take_ink()
            self._ink.lift(now_ms)
            # While bytes wait, do one long job per turn, but always one: continuous traffic from the host must
            # not keep ink off the glass. While another event waits that may end the note, do none.
            if not self._events.certain() and not self._sampler.fault:
                drawn = self._keep_strip(now_ms)
                if not (drawn and self._events.urgent()) and not self._sampler.fault:
                    self._check(self._refresh.step(now_ms))
        self._board.watchdog_feed()
        self._plan(ticks_ms())

    def _keep_pen(self, now_ms):
        """Switch the pen off while VBUS, or a bus that was alive, shows that the cable is out, or while the cell is not
        charged: a note begun then would stay on the glass. A sleeping PC looks like a cable that is out."""
        wipe = self._wipe
        if not wipe.active and not session.has_note(self._session.state):
            # A turn that carries ink takes longer, and the charger's current can be seen on the cable.
            self._holdup.charge()
        if wipe.pen_off and not wipe.active:
            # Never while there may be a note. What a page shows is read when it is drawn.
            self._holdup.sense()
            wipe.uncharged = self._holdup.low
        off = self._contacts.plug.acted or wipe.uncharged
        if self._line is not None:
            if not native.bus_silent():
                self._excused = False
            elif not self._excused:
                off = True
        if wipe.pen_off and not off:
            self._events.post(events.POWER_BACK, now_ms)
        wipe.pen_off = off

    def _hear(self, heard_ms):
        """Act on each byte of the packet that came at ticks `heard_ms`, in order."""
        line = self._line
        if line is None:
            return
        event = line.next()
        while event != events.NONE:
            self._act(self._session.step(event), heard_ms)
            event = line.next()

    def _act(self, action, event_ms):
        if action == session.WIPE:
            self._begin_wipe(event_ms)
        elif action == session.BEGIN_NOTE:
            self._deadlines.begin_note(event_ms, self._in_call())
            self._show(callline.DCD, event_ms)
        elif action == session.SHOW_READY:
            self._show(callline.DSR, event_ms)
        elif action == session.PEN_OFF:
            # The pad is blank here too. The wipe left the sampler off; only another wipe leaves this state.
            self._show(callline.DSR, event_ms)
        elif action == session.TURN_PAGE:
            self._memo.turn_page()
            self._strip.stale()
        elif action == session.CHANGE_TOOL:
            self._memo.change_tool()
            self._strip.stale()
        elif action == session.RESUME:
            self._deadlines.resumed(event_ms)
        elif action == session.ENTER_CALL:
            self._deadlines.enter_call(event_ms)
        elif action == session.BEGIN_WRAP_UP:
            self._deadlines.begin_wrap_up(event_ms)
        elif action == session.END_WRAP_UP:
            self._deadlines.end_wrap_up()
        elif action == session.FAIL:
            self.fault_code = faults.TOUCH if self._sampler.fault else faults.OTHER

    def _begin_wipe(self, event_ms):
        state = self._session.state
        if state == session.WIPING_AWAY:
            # The operator sees the next tip on return.
            tip = self._wipe.tip + 1
            self._wipe.tip = tip if tip < screens.TIPS else 0
            self._wipe.page = screens.AWAY
        elif state == session.WIPING_PAYMENT:
            self._wipe.page = screens.PAYMENT
        else:
            self._wipe.page = screens.READY
        if self._wipe.active:
            # Another event during a wipe only changes the page at its end; a restart of the wipe would keep
            # the glass legible for longer.
            return
        self._wipe.start(event_ms)

    def forget(self, _ms):
        """Drop the plan of the last turn, which depends on when the pen was used, and switch the LED off."""
        self._planned_ms = 0
        self._wait_ms = 0
        self._blink(0)

    def _go_on_wiping(self, now_ms):
        if self._session.state == session.BOOTING:
            self._wipe.page = screens.IDENTITY if not self._contacts.mode.level() else screens.READY
        self._check(self._wipe.step(now_ms))
        if self._line is not None and self._line.starting:
            self._line.starting = not self._wipe.whitens()
        if self._wipe.to_tell:
            self._wipe.to_tell = False
            self._show(0, self._wipe.about_ms())
        if self._wipe.done:
            self._wipe.done = False
            self._strip.as_wiped(self._wipe.signs)
            self._events.forget(0)
            self._act(self._session.step(events.WIPED), now_ms)

    def _take_ink(self):
        """Draw all waiting reports, but only one per turn while an event that may end the note waits."""
        sample = self._memo.sample
        pen = self._memo.pen
        in_call = self._in_call()
        while pen[memo.HELD] or self._sampler.count():
            if not pen[memo.HELD]:
                self._sampler.take(sample)
            ms = self._sampler.taken_ms
            taken = self._ink.point(sample[0], sample[1], ms, sample[3])
            pen[memo.HELD] = 1 if taken == ink.LATER else 0
            if taken == ink.USE:
                self._deadlines.used(ms, in_call)
                state = self._session.state
                if (
                    state == session.READY
                    or state == session.WRAP_BLANK
                    or (state == session.COUNTDOWN and self._deadlines.may_resume(ms))
                ):
                    self._act(self._session.step(events.PEN), ms)
            if self._events.urgent():
                return

    def _keep_strip(self, now_ms):
        """Bring the strip up to date; return whether anything was drawn."""
        state = self._session.state
        if self._session.has_strip():
            bar = self._contacts.wipe.held(now_ms, strip.BAR_STEPS) if policy.WIPE_HOLD_MS else 0
            counts = state == session.COUNTDOWN or state == session.WRAP_UP
            seconds = self._deadlines.seconds(now_ms) if counts else 0
            self._blink(seconds)
            hint = screens.AFTER_CALL
            if state == session.COUNTDOWN:
                hint = screens.TOUCH if self._deadlines.may_resume(now_ms) else screens.NO_MORE
            signs = 0
            if self._line is not None:
                signs = self._line.signs | self._line.unlinked()
            return self._strip.keep(state, seconds, bar, signs, hint, not self._refresh.running())
        return False

    def _in_call(self):
        return self._line is not None and self._line.in_call

    def _blink(self, seconds):
        """Blink the LED, once in two seconds, while the strip shows the last seconds of a countdown."""
        lit = seconds & 1 if seconds <= strip.LAST_S else 0
        if lit != self._lit:
            self._lit = lit
            self._board.led.value(lit)

    def _check(self, verdict):
        if verdict:
            self._fail(faults.code_of_refresh(verdict))

    def _fail(self, code):
        if self._session.step(events.FAILED) == session.FAIL:
            self.fault_code = code

    def _show(self, bits, about_ms):
        if self._line is not None:
            self._line.show(bits, about_ms)

    def _plan(self, now_ms):
        """Compute how long to sleep from ticks `now_ms`: until the first deadline, within the watchdog limit."""
        self._planned_ms = now_ms
        self._wait_ms = 0
        if self.fault_code or self._sampler.fault or self._events.urgent():
            return
        state = self._session.state
        counts = state == session.COUNTDOWN or state == session.WRAP_UP
        # A pad without work wakes at the same ticks, whenever the pen was used: an event that meets such a turn waits
        # for its end.
        left = self._deadlines.wait(
            now_ms, self._contacts.left(now_ms, self._limit_ms - now_ms % self._limit_ms), counts
        )
        if policy.WIPE_HOLD_MS and left > _BAR_MS and self._contacts.wipe.held(now_ms, strip.BAR_STEPS):
            left = _BAR_MS
        if self._wipe.active:
            left = self._wipe.left(now_ms, left)
        else:
            left = self._ink.left(now_ms, self._refresh.left(now_ms, left))
            if self._sampler.count() or self._memo.pen[memo.HELD]:
                left = 0
        self._wait_ms = left


def main():
    """Run the pad; only a reset ends this or, in the service profile, Ctrl-C."""
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
    except BaseException as error:
        # Catch everything: after SystemExit the port would restart its VM with the note still in memory.
        if policy.SERVICE and isinstance(error, KeyboardInterrupt):
            if app is not None:
                app.faults.clear()
            raise
        code = faults.code_of(error)
    if app is not None:
        app.faults.fail(code)
    board.reset()
