"""pulse: questions to a peer, one at a time, and how old the last one is that was answered.

Only an answer counts. Bytes, unfinished messages and events that nobody asked for say nothing about whether
the peer still does its work. So `is_lost` comes `silent_s` after the last answered question was *sent*: a
peer that stops right after an answer is lost no later than that, and one that answers more slowly, too.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations


class Pulse:
    """Of one connection. Times are the loop's, in s."""

    def __init__(self, every_s: float, silent_s: float, now: float) -> None:
        """`now`: when the peer last showed that it lives, such as by accepting the login."""
        self._every_s = every_s
        self._silent_s = silent_s
        self._proved_at = now
        self._sent_at = now - every_s
        self._waiting = False

    def is_due(self, now: float) -> bool:
        """Whether the next question is to be sent now; it then counts as sent."""
        if self._waiting or now < self._sent_at + self._every_s:
            return False
        self._sent_at = now
        self._waiting = True
        return True

    def answered(self) -> None:
        """The answer came; one that nobody asked for counts for nothing."""
        if self._waiting:
            self._waiting = False
            self._proved_at = self._sent_at

    def is_lost(self, now: float) -> bool:
        """Whether the peer is taken for dead."""
        return now >= self._proved_at + self._silent_s

    def patience(self, now: float) -> float:
        """How long to wait for a message at most, before `is_due` or `is_lost` changes."""
        lost_at = self._proved_at + self._silent_s
        return max(0.0, (lost_at if self._waiting else min(lost_at, self._sent_at + self._every_s)) - now)
