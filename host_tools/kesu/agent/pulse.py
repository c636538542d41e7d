"""pulse: sends one question at a time to a peer, and measures the age of the last answered one.

Only an answer counts. Bytes, unfinished messages and unrequested events do not prove that the peer still works.
The peer is lost `silent_s` after the last answered question was *sent*, whether it stops right after an answer
or answers late.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations


class Pulse:
    """The pulse of one connection. Times in s, by the loop's clock."""

    def __init__(self, every_s: float, silent_s: float, now: float) -> None:
        """`now`: the peer's last sign of life, such as accepting the login."""
        self._every_s = every_s
        self._silent_s = silent_s
        self._proved_at = now
        self._sent_at = now - every_s
        self._waiting = False

    def is_due(self, now: float) -> bool:
        """Whether to send the next question now; it then counts as sent."""
        if self._waiting or now < self._sent_at + self._every_s:
            return False
        self._sent_at = now
        self._waiting = True
        return True

    def answered(self) -> None:
        """Note an answer; one without a question is ignored."""
        if self._waiting:
            self._waiting = False
            self._proved_at = self._sent_at

    def is_lost(self, now: float) -> bool:
        """Whether the peer counts as dead."""
        return now >= self._proved_at + self._silent_s

    def patience(self, now: float) -> float:
        """How long to wait for a message at most, before `is_due` or `is_lost` changes."""
        lost_at = self._proved_at + self._silent_s
        return max(0.0, (lost_at if self._waiting else min(lost_at, self._sent_at + self._every_s)) - now)
