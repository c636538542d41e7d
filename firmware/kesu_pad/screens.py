"""screens: what each state shows under the ink, drawn into the page's background and nowhere else."""

# SPDX-License-Identifier: MIT
import native
from kesu_pad import geometry as g
from kesu_pad import labels, policy, text
from kesu_pad.glyphs import GLYPHS_12, GLYPHS_16, GLYPHS_48, ICON_HOLD, ICON_MUTE, ICON_NONE
from kesu_pad.memo import PAGES, STRIP_Y, UNDO_COLUMNS
from micropython import const

# Pages that a wipe can end with.
READY = const(0)
AWAY = const(1)
PAYMENT = const(2)

TIPS = const(5)

STRIP_BANDS = (1 << g.BANDS) - (1 << STRIP_Y // g.BAND_ROWS)

_LEFT = const(38)
_GAP = const(4)
_PEN_X = g.WIDTH - 30
_ERASER_X = g.WIDTH - 1 - labels.ERASER_WIDTH
_DOTS_X = g.WIDTH - 62
_DOTS_Y = STRIP_Y + 8
_SIGNS_Y = STRIP_Y + 15  # under the dots: mute, then hold
_MUTE_X = _DOTS_X - 3
_HOLD_X = _DOTS_X + 11
_ICON_PX = const(12)
_BAR_ROWS = const(10)
_BAR_STEPS = const(8)

BLANK = const(0)
FIELDS = const(1)
GRID = const(2)
_GRID_PX = const(40)

_TIPS = (labels.TIP_1, labels.TIP_2, labels.TIP_3, labels.TIP_4, labels.TIP_5)
_FIELDS = (labels.NAME, labels.PHONE, labels.REASON, labels.CALLBACK)


def _centre(frame, y, label, width, glyphs, rows):
    text.draw(frame, (g.WIDTH - width) // 2, y, label, glyphs, rows)


def _rule(frame, x0, y0, x1, y1):
    native.stroke(frame, g.STRIDE, x0, y0, x1, y1, 1)


def _service_mark(frame):
    if policy.SERVICE:
        x = g.WIDTH - 4 - labels.SERVICE_WIDTH
        text.draw(frame, x, 2, labels.SERVICE, GLYPHS_12, 12)


def _template(frame):
    if policy.TEMPLATE == FIELDS:
        row = 0
        while row < len(_FIELDS):
            text.draw(frame, 4, row * STRIP_Y // 4 + 4, _FIELDS[row], GLYPHS_12, 12)
            if row:
                _rule(frame, 0, row * STRIP_Y // 4, g.WIDTH - 1, row * STRIP_Y // 4)
            row += 1
    elif policy.TEMPLATE == GRID:
        at = _GRID_PX
        while at < g.WIDTH:
            _rule(frame, at, 0, at, STRIP_Y - 1)
            if at < STRIP_Y:
                _rule(frame, 0, at, g.WIDTH - 1, at)
            at += _GRID_PX


def ready(frame, tip):
    """Draw the page to write on: template, and the strip that says what was erased and gives a tip (0..4)."""
    native.fill(frame, 0xFF)
    _template(frame)
    strip(frame, 0, 0)
    x = text.draw(frame, _LEFT, STRIP_Y + 2, labels.READY, GLYPHS_12, 12)
    text.draw(frame, x + _GAP, STRIP_Y + 2, labels.INFO, GLYPHS_12, 12)
    x = text.draw(frame, _LEFT, STRIP_Y + 15, _TIPS[tip], GLYPHS_12, 12)
    text.draw(frame, x + _GAP, STRIP_Y + 15, labels.ID, GLYPHS_12, 12)
    _service_mark(frame)


def strip(frame, page, eraser):
    """Draw the strip of a page (0..2) in use, without a message; `eraser` 1 when that is the tool."""
    native.blank(frame, STRIP_Y * g.STRIDE, g.HEIGHT * g.STRIDE)
    _rule(frame, 0, STRIP_Y, g.WIDTH - 1, STRIP_Y)
    _rule(frame, UNDO_COLUMNS, STRIP_Y, UNDO_COLUMNS, g.HEIGHT - 1)
    text.draw(frame, (UNDO_COLUMNS - labels.UNDO_WIDTH) // 2, STRIP_Y + 9, labels.UNDO, GLYPHS_12, 12)
    dot = 0
    while dot < PAGES:
        x = _DOTS_X + 10 * dot
        native.stroke(frame, g.STRIDE, x, _DOTS_Y, x, _DOTS_Y, 8 if dot == page else 3)
        dot += 1
    if eraser:
        text.draw(frame, _ERASER_X, STRIP_Y + 9, labels.ERASER, GLYPHS_12, 12)
    else:
        text.draw(frame, _PEN_X, STRIP_Y + 9, labels.PEN, GLYPHS_12, 12)


def signs(frame, muted, held):
    """Draw the signs of the call under the page dots, or white where one is off."""
    native.blit(frame, g.STRIDE, _MUTE_X, _SIGNS_Y, ICON_MUTE if muted else ICON_NONE, _ICON_PX)
    native.blit(frame, g.STRIDE, _HOLD_X, _SIGNS_Y, ICON_HOLD if held else ICON_NONE, _ICON_PX)


def seconds_left(frame, seconds, may_touch):
    """Draw the seconds (0..9999) until the note is erased on a strip without them; `may_touch`: a touch keeps
    the note, otherwise the pad is in wrap-up."""
    y = STRIP_Y + 7
    x = text.draw(frame, _LEFT, y, labels.COUNTDOWN_BEFORE, GLYPHS_16, 16)
    x = text.number(frame, x, y, seconds, labels.DIGITS_16, GLYPHS_16, 16)
    x = text.draw(frame, x, y, labels.COUNTDOWN_AFTER, GLYPHS_16, 16)
    text.draw(frame, x + 8, y + 3, labels.COUNTDOWN_HINT if may_touch else labels.WRAP_UP, GLYPHS_12, 12)


def hold(frame, page, eraser, step):
    """Draw the strip with a bar of `step` eighths: how far the WIPE key has been held."""
    strip(frame, page, eraser)
    bar(frame, step)


def bar(frame, step):
    """Draw the bar of a held WIPE key on a strip without a message."""
    y = STRIP_Y + 9
    right = _DOTS_X - 16
    _rule(frame, _LEFT, y - 2, right, y - 2)
    _rule(frame, _LEFT, y + _BAR_ROWS + 1, right, y + _BAR_ROWS + 1)
    _rule(frame, right, y - 2, right, y + _BAR_ROWS + 1)
    end = _LEFT + (right - _LEFT) * step // _BAR_STEPS
    row = y
    while row < y + _BAR_ROWS:
        _rule(frame, _LEFT, row, end, row)
        row += 1


def away(frame, tip):
    """Draw the page that says the operator is away, with a tip (0..4) for the return."""
    native.fill(frame, 0xFF)
    y = g.HEIGHT // 2 - 56
    _centre(frame, y, labels.AWAY, labels.AWAY_WIDTH, GLYPHS_48, 48)
    _centre(frame, y + 64, labels.AWAY_HINT, labels.AWAY_HINT_WIDTH, GLYPHS_16, 16)
    text.draw(frame, 8, g.HEIGHT - 16, _TIPS[tip], GLYPHS_12, 12)
    _service_mark(frame)


def payment(frame):
    """Draw the page of a payment: no card numbers, and the pen is off."""
    native.fill(frame, 0xFF)
    y = g.HEIGHT // 2 - 62
    _centre(frame, y, labels.PAYMENT_1, labels.PAYMENT_1_WIDTH, GLYPHS_48, 48)
    _centre(frame, y + 52, labels.PAYMENT_2, labels.PAYMENT_2_WIDTH, GLYPHS_48, 48)
    _centre(frame, y + 108, labels.PAYMENT_HINT, labels.PAYMENT_HINT_WIDTH, GLYPHS_16, 16)
    _service_mark(frame)


def page(frame, which, tip):
    """Draw the page that a wipe ends with: READY, AWAY or PAYMENT."""
    if which == AWAY:
        away(frame, tip)
    elif which == PAYMENT:
        payment(frame)
    else:
        ready(frame, tip)


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
