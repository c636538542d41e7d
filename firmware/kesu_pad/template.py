"""template: what is printed behind the ink: nothing, fields, or a grid."""

# SPDX-License-Identifier: MIT
#
# The fields follow what an operator writes: a short name, a phone number of 11 to 13 digits, much about the reason,
# and at the end when to call back. A row that is written in is about 10 mm high on both panels (0.21 and 0.23 mm a
# pixel), and the phone number has 3.5 mm a digit.
import native
from kesu_pad import geometry as g
from kesu_pad import policy, text
from kesu_pad.glyphs import GLYPHS_12
from kesu_pad.language import labels
from kesu_pad.memo import STRIP_Y
from micropython import const

_GRID_PX = const(40)
_WIDE = g.WIDTH >= 400

# Label, x, y: top left of the field.
if _WIDE:
    _FIELDS = (
        (labels.NAME, 0, 0),
        (labels.PHONE, 152, 0),
        (labels.REASON, 0, 52),
        (labels.CALLBACK, 0, STRIP_Y - 52),
        (labels.ASSIGNEE_WIDE, 264, STRIP_Y - 52),
    )
    # From x, y to x, y.
    _RULES = (
        (152, 0, 152, 52),
        (0, 52, g.WIDTH - 1, 52),
        (0, STRIP_Y - 52, g.WIDTH - 1, STRIP_Y - 52),
        (264, STRIP_Y - 52, 264, STRIP_Y - 1),
    )
else:
    _FIELDS = (  # type: ignore[assignment]  # each panel has a table of its own length
        (labels.NAME, 0, 0),
        (labels.PHONE, 112, 0),
        (labels.REASON, 0, 44),
        (labels.CALLBACK, 192, 44),
    )
    _RULES = (  # type: ignore[assignment]  # the same
        (112, 0, 112, 44),
        (0, 44, g.WIDTH - 1, 44),
        (192, 44, 192, STRIP_Y - 1),
    )


def draw(frame, which):
    """Draw a template (policy.TEMPLATE_FIELDS, _GRID; nothing for _BLANK) above the strip of a white page."""
    if which == policy.TEMPLATE_FIELDS:
        for x0, y0, x1, y1 in _RULES:
            _rule(frame, x0, y0, x1, y1)
        for label, x, y in _FIELDS:
            text.draw(frame, x + 4, y + 3, label, GLYPHS_12, 12)
    elif which == policy.TEMPLATE_GRID:
        at = _GRID_PX
        while at < g.WIDTH:
            _rule(frame, at, 0, at, STRIP_Y - 1)
            if at < STRIP_Y:
                _rule(frame, 0, at, g.WIDTH - 1, at)
            at += _GRID_PX


def _rule(frame, x0, y0, x1, y1):
    native.stroke(frame, g.STRIDE, x0, y0, x1, y1, 1)
