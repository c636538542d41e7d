"""modules: session, events, ink, refresh, keys and timers behave on MicroPython as on CPython."""
# SPDX-License-Identifier: MIT

import doubles
import native
from kesu_pad import events, ink, keys, memo, refresh, session, timers

kept = memo.Memo()
kept.clear()
native.fill(kept.under, 0xFF)
kept.keep_all()
latches = events.Events()
pen = ink.Ink(kept, 1, latches)

# Ink: a dot, a joined and smoothed stroke, a jump, points off the page.
assert pen.point(100, 50, 10, 1)
assert kept.frame[50 * 50 + 12] == 0xF7
assert pen.point(120, 50, 20, 0)
assert kept.pen[memo.X] == 115
assert pen.point(300, 299, 28, 0)
assert kept.pen[memo.POINTS] == 2
assert pen.point(300, 299, 30, 0)
assert not pen.point(400, 0, 40, 0)
assert kept.pen[memo.DIRTY] == 1 << 3 | 1 << 18
assert kept.pen[memo.POINTS] == 3

# Refresh: both planes, pulses, new ink with the next pulse.
panel = doubles.Panel()
panel.fill_planes(0xFF, 0xFF)
panel.log.clear()
partial = refresh.Refresh(panel, kept, latches)
partial.forget(0)
assert partial.step(30) == 0
assert panel.log == ["both", "both", "pulse"]
pen.point(305, 299, 40, 0)
panel.is_busy = False
assert partial.step(90) == 0
assert panel.log[3:] == ["both", "both", "pulse"]
assert panel.old != panel.new
assert bytes(panel.new[48 * 50 : 64 * 50]) == bytes(kept.frame[48 * 50 : 64 * 50])
for ms in range(150, 600, 60):
    panel.is_busy = False
    assert partial.step(ms) == 0
assert panel.log.count("pulse") == 6
assert bytes(panel.old) == bytes(panel.new) == bytes(kept.frame)

# Keys: the first edge acts.
pin = doubles.Pin()
key = keys.Contact(bytearray(1), pin, latches, events.WIPE_KEY, 0, 0)
key.start()
pin.move(0)
pin.move(1)
pin.move(0)
assert latches.urgent()
assert latches.take() == events.WIPE_KEY
assert latches.take() == events.NONE

# Session and timers.
pad = session.Session(False)
assert pad.step(events.WIPED) == session.SHOW_READY
assert pad.step(events.PEN) == session.BEGIN_NOTE
assert pad.step(events.LINE_LOST) == session.WIPE
timer = timers.Timer()
timer.arm(100, 50)
assert timer.left(120, 1000) == 30
assert not timer.due(149)
assert timer.due(150)

# Zeroing.
assert native.residue() > 0
kept.zero()
assert native.residue() == 0
print("modules passed")
