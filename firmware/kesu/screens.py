"""screens: what each state shows, drawn into the shared page and nowhere else."""

# SPDX-License-Identifier: MIT
import native
from kesu import geometry as g
from kesu import pictures, policy
from micropython import const

STRIP_ROWS = const(24)  # the strip at the bottom; ink may cross it
_MARGIN = const(8)
_FAULT_Y = g.HEIGHT // 2 - 54
_DIGITS_Y = _FAULT_Y + 64

if policy.LANGUAGE == "ja":
    _READY = pictures.READY_JA
    _READY_WIDTH = pictures.READY_JA_WIDTH
    _FAULT = pictures.FAULT_JA
    _FAULT_WIDTH = pictures.FAULT_JA_WIDTH
else:
    _READY = pictures.READY_EN
    _READY_WIDTH = pictures.READY_EN_WIDTH
    _FAULT = pictures.FAULT_EN
    _FAULT_WIDTH = pictures.FAULT_EN_WIDTH

_DIGITS = (
    pictures.DIGIT_0,
    pictures.DIGIT_1,
    pictures.DIGIT_2,
    pictures.DIGIT_3,
    pictures.DIGIT_4,
    pictures.DIGIT_5,
    pictures.DIGIT_6,
    pictures.DIGIT_7,
    pictures.DIGIT_8,
    pictures.DIGIT_9,
)


def _in_strip(frame, x, picture, width):
    rows = len(picture) // ((width + 7) // 8)
    y = g.HEIGHT - STRIP_ROWS + (STRIP_ROWS - rows) // 2
    if y + rows > g.HEIGHT:
        y = g.HEIGHT - rows
    native.blit(frame, g.STRIDE, x, y, picture, width)


def _service_mark(frame):
    if policy.SERVICE:
        _in_strip(frame, g.WIDTH - _MARGIN - pictures.SERVICE_WIDTH, pictures.SERVICE, pictures.SERVICE_WIDTH)


def ready(frame):
    """Draw a blank page with the READY strip (and the SERVICE mark in that profile)."""
    native.fill(frame, 0xFF)
    _in_strip(frame, _MARGIN, _READY, _READY_WIDTH)
    _service_mark(frame)


def fault(frame, code):
    """Draw the fault page with its code, 0..99, in two digits."""
    native.fill(frame, 0xFF)
    native.blit(frame, g.STRIDE, (g.WIDTH - _FAULT_WIDTH) // 2, _FAULT_Y, _FAULT, _FAULT_WIDTH)
    width = pictures.DIGIT_0_WIDTH
    x = g.WIDTH // 2 - width
    native.blit(frame, g.STRIDE, x, _DIGITS_Y, _DIGITS[code // 10 % 10], width)
    native.blit(frame, g.STRIDE, x + width, _DIGITS_Y, _DIGITS[code % 10], width)
    _service_mark(frame)
