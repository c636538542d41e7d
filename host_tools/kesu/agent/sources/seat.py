"""seat: the source that reports screen lock, sleep, log-out and user switching."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import sys

from kesu.agent.options import Options
from kesu.agent.source import Source


def build(name: str, options: Options) -> Source:
    """`kind = "seat"`. session: of logind, "auto" for the one on the screen."""
    session = options.text("session", "auto")
    if sys.platform == "win32":
        from kesu.agent.sources.wts import WtsSource

        return WtsSource(name)
    from kesu.agent.sources.logind import LogindSource

    return LogindSource(name, session)
