"""agent_policies: settings of the agent that a group policy of Windows can set, from agent_policies.toml."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("agent_policies.toml")


@dataclass(frozen=True)
class PolicyValue:
    """One value of a policy; agent_policies.toml explains each field."""

    name: str
    key: str
    type: str
    en: str
    ja: str
    expand: bool = False
    required: bool = False
    least: int = 0
    most: int = 0
    default: str | int = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class AgentPolicy:
    """One policy; agent_policies.toml explains each field. off: None where the table is removed."""

    name: str
    table: str
    en: str
    ja: str
    en_help: str
    ja_help: str
    given: dict[str, object]
    off: dict[str, object] | None
    values: tuple[PolicyValue, ...]


def _policy(entry: dict[str, Any]) -> AgentPolicy:
    values = tuple(
        PolicyValue(**value | {"choices": tuple(value.get("choices", ()))})
        for value in entry.pop("value", ())
    )
    return AgentPolicy(**{"given": {}, "off": None} | entry, values=values)


_SPEC = tomllib.loads(FILE.read_text(encoding="utf-8"))

KEY: str = _SPEC["key"]
"""Registry key of all policies, below HKEY_LOCAL_MACHINE or HKEY_CURRENT_USER."""
NAMESPACE: str = _SPEC["namespace"]
"""Namespace of the ADMX file."""
TITLES: dict[str, str] = {"en": _SPEC["en"], "ja": _SPEC["ja"]}
SUPPORTED: dict[str, str] = {"en": _SPEC["en_supported"], "ja": _SPEC["ja_supported"]}
POLICIES: tuple[AgentPolicy, ...] = tuple(map(_policy, _SPEC["policy"]))
ENABLED = "Enabled"
"""Value in the key of each policy: 1 enabled, 0 disabled (REG_DWORD)."""
