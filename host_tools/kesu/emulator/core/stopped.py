"""stopped: the emulation of a pad cannot go on."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from kesu.common.errors import KesuError


class PadStopped(KesuError):
    """The image wants something that this pad does not have. It says nothing of the check that plays the pad."""
