"""owners: the list of all objects that keep part of a note or of its times, to clear them together."""
# SPDX-License-Identifier: MIT


class Owners:
    """Built at start-up from all owners; the wipe and the fault handler use the same list."""

    def __init__(self, memo, *others):
        self._memo = memo
        self._others = others

    def zero(self):
        """Zero the note; the first step of a wipe."""
        self._memo.zero()

    def forget(self, ms):
        """Clear the other owners. Called after the panel's planes are written, which have a time limit too.

        `ms`, the ticks of the event, is the only time that an owner may keep.
        """
        for owner in self._others:
            owner.forget(ms)
