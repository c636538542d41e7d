"""screens: what each state shows under the ink, drawn into the page's background and nowhere else."""

# SPDX-License-Identifier: MIT
import native
from kesu_pad import geometry as g
from kesu_pad import policy, signs, template, text
from kesu_pad.glyphs import (
    GLYPHS_12,
    GLYPHS_16,
    GLYPHS_48,
    ICON_CROSS,
    ICON_HOLD,
    ICON_MUTE,
    ICON_NONE,
    ICON_PC,
)
from kesu_pad.language import labels
from kesu_pad.memo import PAGES, STRIP_Y, UNDO_COLUMNS, UNDO_X
from micropython import const

# Pages that a wipe can end with.
READY = const(0)
AWAY = const(1)
PAYMENT = const(2)
IDENTITY = const(3)  # READY for IT: version, image and policy in place of the tip

TIPS = const(6)
CHARGING = const(6)  # in place of a tip: the pen is off until the hold-up cell is charged

# Beside the seconds of a countdown.
NO_MORE = const(0)  # the note has been extended as often as the policy allows
TOUCH = const(1)
AFTER_CALL = const(2)

STRIP_BANDS = (1 << g.BANDS) - (1 << STRIP_Y // g.BAND_ROWS)

_GAP = const(4)
# The undo field is where the hand with the pen is not; tool and page dots are on the other side of the strip.
if UNDO_X:
    _LEFT = 76
    _RIGHT = UNDO_X - 16
    _UNDO_EDGE = UNDO_X - 1
    _PEN_X = 6
    _ERASER_X = 0
    _DOTS_X = 51
else:
    _LEFT = 36
    _RIGHT = g.WIDTH - 87
    _UNDO_EDGE = UNDO_COLUMNS
    _PEN_X = g.WIDTH - 30
    _ERASER_X = g.WIDTH - 48
    _DOTS_X = g.WIDTH - 71
_DOT_GAP = const(8)
_DOTS_Y = STRIP_Y + 8
_SIGNS_Y = STRIP_Y + 15  # under the dots: mute, then hold
_MUTE_X = _DOTS_X - 3
_HOLD_X = _DOTS_X + 11
_ICON_PX = const(12)
_BAR_ROWS = const(10)
_BAR_STEPS = const(8)
_IN_MINUTES_S = const(100)

if g.WIDTH >= 400:
    _INFO = labels.INFO_CALLS_WIDE if policy.LINE_EXPECTED else labels.INFO_WIDE
    _TOUCH = labels.COUNTDOWN_HINT_WIDE
else:
    _INFO = labels.INFO
    _TOUCH = labels.COUNTDOWN_HINT

_HINTS = (labels.COUNTDOWN_END, _TOUCH, labels.WRAP_UP)
_TIPS = (labels.TIP_1, labels.TIP_2, labels.TIP_3, labels.TIP_4, labels.TIP_5, labels.TIP_6, labels.CHARGING)


def _centre(frame, y, label, width, glyphs, rows):
    text.draw(frame, (g.WIDTH - width) // 2, y, label, glyphs, rows)


def _rule(frame, x0, y0, x1, y1):
    native.stroke(frame, g.STRIDE, x0, y0, x1, y1, 1)


def _service_mark(frame):
    if policy.SERVICE:
        x = g.WIDTH - 4 - labels.SERVICE_WIDTH
        text.draw(frame, x, 2, labels.SERVICE, GLYPHS_12, 12)


def _policy_mark(frame, y):
    """Draw the mark of a pad whose policy block is invalid: it is strict, and IT must flash it again."""
    if not policy.VALID:
        text.draw(frame, 4, y, labels.POLICY, GLYPHS_12, 12)


def _ready(frame, shown):
    """Draw the page to write on, without the message of its strip."""
    native.fill(frame, 0xFF)
    template.draw(frame, policy.TEMPLATE)
    strip(frame, 0, 0)
    draw_signs(frame, shown)
    _service_mark(frame)
    _policy_mark(frame, 2)


def _span(frame, x, ms):
    """Draw a time of the policy on READY's first line: seconds below 100, else minutes, rounded up."""
    seconds = ms // 1000
    unit = labels.UNIT_SECONDS
    if seconds >= _IN_MINUTES_S or not seconds % 60:
        seconds = (seconds + 59) // 60
        unit = labels.UNIT_MINUTES
    x = text.number(frame, x, STRIP_Y + 2, seconds, labels.DIGITS_12, GLYPHS_12, 12)
    return text.draw(frame, x, STRIP_Y + 2, unit, GLYPHS_12, 12)


def ready(frame, tip, shown=0):
    """Draw the page to write on: template, and the strip that says what was erased and gives a tip (0..5, or
    CHARGING); `shown`: signs of the call line."""
    _ready(frame, shown)
    x = text.draw(frame, _LEFT, STRIP_Y + 2, labels.READY, GLYPHS_12, 12)
    x = text.draw(frame, x + _GAP, STRIP_Y + 2, _INFO[0], GLYPHS_12, 12)
    x = text.draw(frame, _span(frame, x, policy.IDLE_MS), STRIP_Y + 2, _INFO[1], GLYPHS_12, 12)
    text.draw(frame, _span(frame, x, policy.MAX_AGE_MS), STRIP_Y + 2, _INFO[2], GLYPHS_12, 12)
    text.draw(frame, _LEFT, STRIP_Y + 15, _TIPS[tip], GLYPHS_12, 12)


def identity(frame, shown):
    """Draw the page to write on with the names of version, image and policy on its strip."""
    _ready(frame, shown)
    x = text.draw(frame, _LEFT, STRIP_Y + 2, labels.IMAGE, GLYPHS_12, 12)
    text.draw(frame, x, STRIP_Y + 2, labels.IMAGE_ID, GLYPHS_12, 12)
    x = text.draw(frame, _LEFT, STRIP_Y + 15, labels.SETTINGS, GLYPHS_12, 12)
    x = text.hexadecimal(frame, x, STRIP_Y + 15, native.policy_crc(True), labels.DIGITS_12, GLYPHS_12, 12)
    text.hexadecimal(frame, x, STRIP_Y + 15, native.policy_crc(False), labels.DIGITS_12, GLYPHS_12, 12)


def strip(frame, page, eraser):
    """Draw the strip of a page (0..2) in use, without a message; `eraser` 1 when that is the tool."""
    native.blank(frame, STRIP_Y * g.STRIDE, g.HEIGHT * g.STRIDE)
    _rule(frame, 0, STRIP_Y, g.WIDTH - 1, STRIP_Y)
    _rule(frame, _UNDO_EDGE, STRIP_Y, _UNDO_EDGE, g.HEIGHT - 1)
    x = UNDO_X + (UNDO_COLUMNS - labels.UNDO_WIDTH) // 2
    text.draw(frame, x, STRIP_Y + 9, labels.UNDO, GLYPHS_12, 12)
    dot = 0
    while dot < PAGES:
        x = _DOTS_X + _DOT_GAP * dot
        native.stroke(frame, g.STRIDE, x, _DOTS_Y, x, _DOTS_Y, 8 if dot == page else 3)
        dot += 1
    if eraser:
        text.draw(frame, _ERASER_X, STRIP_Y + 9, labels.ERASER, GLYPHS_12, 12)
    else:
        text.draw(frame, _PEN_X, STRIP_Y + 9, labels.PEN, GLYPHS_12, 12)


def draw_signs(frame, shown):
    """Draw the signs of the call line under the page dots, or white where one is off. Without a line there is
    no call, so "no link" (PC and a cross) takes the places of mute and hold."""
    first = ICON_NONE
    second = ICON_NONE
    if shown & signs.UNLINKED:
        first = ICON_PC
        second = ICON_CROSS
    else:
        if shown & signs.MUTED:
            first = ICON_MUTE
        if shown & signs.HELD:
            second = ICON_HOLD
    native.blit(frame, g.STRIDE, _MUTE_X, _SIGNS_Y, first, _ICON_PX)
    native.blit(frame, g.STRIDE, _HOLD_X, _SIGNS_Y, second, _ICON_PX)


def invert_strip(frame):
    """Make black what is white on the strip, and the reverse."""
    native.invert(frame, STRIP_Y * g.STRIDE, g.HEIGHT * g.STRIDE)


def seconds_left(frame, seconds, hint):
    """Draw the seconds (0..9999) until the note is erased on a strip without them; `hint`: why, and what a touch
    does (NO_MORE, TOUCH, AFTER_CALL)."""
    y = STRIP_Y + 7
    x = text.draw(frame, _LEFT, y, labels.COUNTDOWN_BEFORE, GLYPHS_16, 16)
    x = text.number(frame, x, y, seconds, labels.DIGITS_16, GLYPHS_16, 16)
    x = text.draw(frame, x, y, labels.COUNTDOWN_AFTER, GLYPHS_16, 16)
    text.draw(frame, x + 8, y + 3, _HINTS[hint], GLYPHS_12, 12)


def hold(frame, page, eraser, step):
    """Draw the strip with a bar of `step` eighths: how far the WIPE key has been held."""
    strip(frame, page, eraser)
    bar(frame, step)


def bar(frame, step):
    """Draw the bar of a held WIPE key on a strip without a message."""
    y = STRIP_Y + 9
    right = _RIGHT
    _rule(frame, _LEFT, y - 2, right, y - 2)
    _rule(frame, _LEFT, y + _BAR_ROWS + 1, right, y + _BAR_ROWS + 1)
    _rule(frame, right, y - 2, right, y + _BAR_ROWS + 1)
    end = _LEFT + (right - _LEFT) * step // _BAR_STEPS
    row = y
    while row < y + _BAR_ROWS:
        _rule(frame, _LEFT, row, end, row)
        row += 1


def away(frame):
    """Draw the page that says the operator is away."""
    native.fill(frame, 0xFF)
    y = g.HEIGHT // 2 - 56
    _centre(frame, y, labels.AWAY, labels.AWAY_WIDTH, GLYPHS_48, 48)
    _centre(frame, y + 64, labels.AWAY_HINT, labels.AWAY_HINT_WIDTH, GLYPHS_16, 16)
    _service_mark(frame)
    _policy_mark(frame, g.HEIGHT - 14)


def payment(frame):
    """Draw the page of a payment: no card numbers, and the pen is off."""
    native.fill(frame, 0xFF)
    y = g.HEIGHT // 2 - 62
    _centre(frame, y, labels.PAYMENT_1, labels.PAYMENT_1_WIDTH, GLYPHS_48, 48)
    _centre(frame, y + 52, labels.PAYMENT_2, labels.PAYMENT_2_WIDTH, GLYPHS_48, 48)
    if policy.VALID:
        _centre(frame, y + 108, labels.PAYMENT_HINT, labels.PAYMENT_HINT_WIDTH, GLYPHS_16, 16)
    _service_mark(frame)
    _policy_mark(frame, g.HEIGHT - 14)


def page(frame, which, tip, shown):
    """Draw the page that a wipe ends with: READY or IDENTITY (with the `shown` signs of the call line), AWAY or
    PAYMENT."""
    if which == AWAY:
        away(frame)
    elif which == PAYMENT:
        payment(frame)
    elif which == IDENTITY:
        identity(frame, shown)
    else:
        ready(frame, tip, shown)


def fault(frame, code):
    """Draw the fault page: its code (0..99), what to do, and that the note is gone."""
    native.fill(frame, 0xFF)
    y = g.HEIGHT // 2 - 56
    x = (g.WIDTH - labels.FAULT_WIDTH - 72) // 2
    x = text.draw(frame, x, y, labels.FAULT, GLYPHS_48, 48) + 24
    text.number(frame, x, y, code, labels.DIGITS_48, GLYPHS_48, 48)
    if code == 40:
        _centre(frame, y + 60, labels.FAULT_TOUCH, labels.FAULT_TOUCH_WIDTH, GLYPHS_16, 16)
    elif code < 43:
        _centre(frame, y + 60, labels.FAULT_PANEL, labels.FAULT_PANEL_WIDTH, GLYPHS_16, 16)
    else:
        _centre(frame, y + 60, labels.FAULT_OTHER, labels.FAULT_OTHER_WIDTH, GLYPHS_16, 16)
    _centre(frame, y + 84, labels.FAULT_HINT, labels.FAULT_HINT_WIDTH, GLYPHS_16, 16)
    _service_mark(frame)
    _policy_mark(frame, g.HEIGHT - 14)
