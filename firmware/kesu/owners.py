"""owners: everything that keeps something of a note or of its times, and the one way to drop it all."""
# SPDX-License-Identifier: MIT


class Owners:
    """Built at start-up from all owners; the wipe and the way out of a fault use the same list."""

    def __init__(self, memo, *others):
        self._memo = memo
        self._others = others

    def zero(self):
        """Zero the note: before anything else."""
        self._memo.zero()

    def forget(self, ms):
        """Let the others drop what they keep: after the panel's planes, which have their bound, too.

        `ms`, the ticks of the event, is the only time that may be kept.
        """
        for owner in self._others:
            owner.forget(ms)
