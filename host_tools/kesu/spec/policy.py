"""policy: the settings of a pad and the layout of its policy block, from policy.toml."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("policy.toml")
FIRST_VALUE = 8
"""Offset of value 0: after magic (4 bytes), layout and count (2 each)."""
CRC_BYTES = 4


@dataclass(frozen=True)
class Setting:
    """One setting; policy.toml explains each field. number: of its value in the block."""

    number: int
    section: str
    key: str
    constant: str
    lowest: int
    highest: int
    default: int
    strictest: int
    en: str
    factor: int = 1
    choices: tuple[str, ...] = ()
    switch: bool = False

    @property
    def name(self) -> str:
        """Its full name in a policy file."""
        return f"{self.section}.{self.key}"

    @property
    def offset(self) -> int:
        """Where its value is in the block."""
        return FIRST_VALUE + 2 * self.number

    @property
    def allowed(self) -> str:
        """The allowed values, in words."""
        if self.switch:
            return "true or false"
        if self.choices:
            return ", ".join(f'"{choice}"' for choice in self.choices[:-1]) + f' or "{self.choices[-1]}"'
        return f"a whole number from {self.lowest} to {self.highest}"

    def written(self, value: int) -> str:
        """A value as a policy file has it."""
        if self.switch:
            return "true" if value else "false"
        return f'"{self.choices[value]}"' if self.choices else str(value)


@dataclass(frozen=True)
class Layout:
    """The policy block: where it is in flash, and what it holds."""

    magic: bytes
    layout: int
    address: int
    bytes: int
    settings: tuple[Setting, ...]


def _setting(number: int, entry: dict[str, Any]) -> Setting:
    section, _, key = entry.pop("key").partition(".")
    choices = tuple(entry.pop("choices", ()))
    if choices or entry.get("switch"):
        entry |= {"lowest": 0, "highest": len(choices) - 1 if choices else 1}
    return Setting(number=number, section=section, key=key, choices=choices, **entry)


def read(text: str) -> Layout:
    """The layout that a specification describes."""
    spec = tomllib.loads(text)
    settings = tuple(_setting(number, entry) for number, entry in enumerate(spec["setting"]))
    return Layout(spec["magic"].encode("ascii"), spec["layout"], spec["address"], spec["bytes"], settings)


LAYOUT = read(FILE.read_text(encoding="utf-8"))
SETTINGS = LAYOUT.settings
DEFAULTS = {setting.name: setting.default for setting in SETTINGS}
STRICTEST = {setting.name: setting.strictest for setting in SETTINGS}
LANGUAGES = next(setting.choices for setting in SETTINGS if setting.name == "page.language")
