"""moments: when the value of a drawn leak reaches its last place."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from random import Random

from kesu.verify.leaks.parts import Moment, Trigger

AFTER_MS = (5, 30, 120, 300, 500, 600, 1_000, 3_000, 10_000)
GONE_MS = (300, 800, 1_500)
"""When a value that is gone before READY is gone."""
HOUR_MS = 3_600_000
ALWAYS = ("", "true", "True")
"""Conditions of a trigger that always hold, in C and in Python."""
_KINDS = ("at once", "at once", "later", "later", "an hour", "before READY")
_AT_BOOT = "boot"


def drawn(random: Random, trigger: Trigger, *, boots: bool) -> Moment:
    """A moment that the trigger allows. boots: it may also be the next start."""
    first = random.choice([name for name in ("tap", "wipe") if getattr(trigger, name)])
    if trigger.turn not in ALWAYS:
        return Moment("then", first, 0)
    kind = random.choice((*_KINDS, _AT_BOOT) if boots else _KINDS)
    if kind == "later":
        after_ms = random.choice(AFTER_MS)
        return Moment(f"{after_ms} ms after the wipe's event", first, after_ms)
    if kind == "an hour":
        return Moment("an hour later", first, HOUR_MS)
    if kind == "before READY" and trigger.wipe:
        gone_ms = random.choice(GONE_MS)
        return Moment(f"gone again after {gone_ms} ms, before READY", "wipe", gone_ms, clears=True)
    if kind == _AT_BOOT and first == "wipe":
        return Moment("at the next start", first, boot=True)
    return Moment("at each point" if first == "tap" else "at the wipe", first)
