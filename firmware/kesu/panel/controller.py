"""controller: what the drivers of SSD16xx panels share: resets, BUSY and how a refresh went."""
# SPDX-License-Identifier: MIT

from time import ticks_diff, ticks_ms

from micropython import const

# What finished() returns.
OK = const(0)
STILL = const(1)
TOO_SHORT = const(2)
TOO_LONG = const(3)

# PanelFault codes.
STUCK = const(1)  # BUSY did not fall after a reset
BUSY = const(2)  # a command was about to interrupt a waveform

# Commands that all of the family have (hardware.md A.2).
_SWRESET = const(0x12)
_ACTIVATE = const(0x20)
_UPDATE_2 = const(0x22)

_POWER_OFF = const(0x83)  # a value of 22h (hardware.md A.3)

# BUSY after a reset: 2 ms measured for SWRESET (hardware.md A.2); then something is broken.
_RESET_LIMIT_MS = const(50)
# Published: 268 ms (SSD1683) and 140 ms (SSD1680), hardware.md A.5; nothing to do when it is off already.
_POWER_OFF_MIN_MS = const(0)
_POWER_OFF_MAX_MS = const(600)
# BUSY that has not risen by then will not.
_RISE_MS = const(2)


class PanelFault(Exception):
    """The panel cannot be trusted to show what it is told; `code` is STUCK or BUSY."""

    def __init__(self):
        super().__init__()
        self.code = 0


class Controller:
    """Base of a driver. Nothing here waits for a waveform, and nothing is allocated after the constructor."""

    def __init__(self, transport):
        self._link = transport
        self._configured = False
        self._running = False
        self._in_full = False
        self._retried = False
        self._started_ms = 0
        self._min_ms = 0
        self._max_ms = 0
        # Off on the way out of a fault: a BUSY that does not fall may be a broken wire, with a sound panel
        # behind it that still shows the note.
        self.trusts_busy = True
        # Made here, because an exception cannot be made while the heap is locked.
        self._fault = PanelFault()

    def init(self):
        """Reset the controller and set its registers; both planes keep what they hold. Takes about 3 ms.

        PanelFault STUCK: BUSY stays high.
        """
        self._reset()
        self._configure()

    def _reset(self):
        self._running = False
        self._configured = False
        self._link.reset()
        self._wait_reset()

    def _configure(self):
        link = self._link
        link.command(_SWRESET)
        link.settle()
        self._wait_reset()
        self._set_registers()
        self._configured = True

    def _set_registers(self):
        """Set what differs from the values after a reset. For the driver of a controller to fill in."""

    def busy(self):
        """Return whether BUSY is high."""
        return self._link.busy() == 1

    def start_partial(self):
        """Drive the pixels in which the planes differ; the glass must show the old plane."""
        self._in_full = False
        self._retried = False
        self._drive_difference()

    def start_fast_full(self):
        """Flash every pixel and show the new plane, whatever the glass shows."""
        self._in_full = True
        self._retried = False
        self._flash()

    def _drive_difference(self):
        """Start the partial refresh. For the driver of a controller to fill in."""

    def _flash(self):
        """Start the fast full refresh. For the driver of a controller to fill in."""

    def power_off(self):
        """Switch rails and oscillator off (0.14 to 0.27 s); the next refresh switches them on by itself."""
        self._prepare()
        self._start(_POWER_OFF, _POWER_OFF_MIN_MS, _POWER_OFF_MAX_MS)

    def abort(self):
        """Stop a waveform that runs, by reset, or end a reset that never did; else do nothing. About 2.5 ms.

        The planes can be written at once; the other registers are set before the next refresh.
        """
        if self._link.busy() or self._link.is_reset:
            self._reset()
        self._running = False

    def finished(self):
        """Return how the last start went: STILL, then once OK, TOO_SHORT (not painted) or TOO_LONG; else OK.

        A refresh that went wrong is run once more by itself; only the second failure is told. The length is
        taken at BUSY's own edge, so it does not matter how late this is asked.
        """
        if not self._running:
            return OK
        link = self._link
        elapsed_ms = ticks_diff(ticks_ms(), self._started_ms)
        if link.busy():
            if elapsed_ms <= self._max_ms:
                return STILL
            return self._again(TOO_LONG)
        if not link.fell and elapsed_ms < _RISE_MS:
            return STILL
        self._running = False
        length_ms = ticks_diff(link.fell_ms, self._started_ms) if link.fell else 0
        # Judged and forgotten: kept, these times would tell of the note that was on the pad.
        link.arm()
        self._started_ms = 0
        if length_ms < self._min_ms:
            return STILL if self._learned() else self._again(TOO_SHORT)
        if length_ms > self._max_ms:
            return self._again(TOO_LONG)
        self._took()
        return OK

    def _again(self, verdict):
        """Run the refresh that went wrong once more and return STILL; the second time return `verdict`."""
        self._running = False
        if self._retried:
            return verdict
        self._retried = True
        self.abort()
        self._repeat()
        return STILL

    def _repeat(self):
        if self._in_full:
            self._flash()
        else:
            self._drive_difference()

    def _took(self):
        """Note a refresh that took its time. For drivers that learn from it."""

    def _learned(self):
        """Whether a skipped refresh taught the driver to use another waveform, which it has then started."""
        return False

    def _start(self, control, min_ms, max_ms):
        link = self._link
        link.command_1(_UPDATE_2, control)
        self._min_ms = min_ms
        self._max_ms = max_ms
        link.arm()
        self._started_ms = ticks_ms()
        self._running = True
        link.command(_ACTIVATE)

    def _prepare(self):
        self._check_idle()
        if not self._configured:
            self._configure()

    def _check_idle(self):
        if self.trusts_busy and self._link.busy():
            self._fail(BUSY)

    def _wait_reset(self):
        start_ms = ticks_ms()
        while self.trusts_busy and self._link.busy():
            if ticks_diff(ticks_ms(), start_ms) > _RESET_LIMIT_MS:
                self._fail(STUCK)

    def _fail(self, code):
        self._fault.code = code
        raise self._fault
