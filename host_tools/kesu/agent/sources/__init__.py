"""sources: the adapters. A module is imported only when the configuration names its kind."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import importlib

from kesu.agent.options import Options
from kesu.agent.source import Source

# Kind, as `kind = "..."` in the configuration -> module with `build(name, options) -> Source`.
KINDS: dict[str, str] = {
    "baresip": "kesu.agent.sources.baresip",
    "hook": "kesu.agent.sources.hook",
    "http": "kesu.agent.sources.http",
    "mic": "kesu.agent.sources.mic",
    "relay": "kesu.agent.sources.relay",
    "seat": "kesu.agent.sources.seat",
}


def build(kind: str, name: str, options: Options) -> Source:
    """The source of one `[sources.NAME]` table. KesuError for an unknown kind or a bad setting."""
    if kind not in KINDS:
        raise options.error("kind", f"must be one of {', '.join(sorted(KINDS))}")
    made = importlib.import_module(KINDS[kind]).build(name, options)
    options.done()
    source: Source = made
    return source
