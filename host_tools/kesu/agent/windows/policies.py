"""policies: settings that an administrator has set by group policy, from the registry.

Group Policy and Intune write the values of an ADMX file below Software\\Policies, which users cannot write
([MS-GPREG]; learn.microsoft.com: "Implementing Registry-based Policy"). A policy of the machine
(HKEY_LOCAL_MACHINE) precedes the same policy of the user (HKEY_CURRENT_USER). A policy that is enabled or disabled
replaces one table of agent.toml; the result is then checked as any agent.toml is. A value of a wrong type, an unknown
one or a missing one is an error: the agent does not start on settings that the administrator did not mean.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kesu.common.errors import Exit, KesuError
from kesu.spec.agent_policies import ENABLED, KEY, POLICIES, AgentPolicy, PolicyValue

HIVES = {"HKLM": "HKEY_LOCAL_MACHINE", "HKCU": "HKEY_CURRENT_USER"}
"""In order of precedence: the short name for messages, and the name in `winreg`."""
MOST_ENTRIES = 256
NO_MORE_ITEMS = 259  # winerror.h
FILE_TABLE = "file"
PADS_TABLE = "pads"
PAD = "desk"
"""Name of the pad that a policy sets."""

Table = dict[str, object]


@dataclass(frozen=True)
class Policies:
    """What the registry has.

    tables: name of a table of agent.toml, such as `sources.hook` -> its new content; None: it is removed.
    file: agent.toml to read, in place of the user's; `reads_file`: whether one is read at all.
    """

    tables: Mapping[str, Table | None]
    file: Path | None = None
    reads_file: bool = True

    def applied(self, settings: Mapping[str, object]) -> Table:
        """The settings of agent.toml with the tables of the policies in their place."""
        changed = dict(settings)
        for name, content in self.tables.items():
            section, _, entry = name.partition(".")
            if not entry:
                changed.pop(section, None)
                if content is not None:
                    changed[section] = content
                continue
            inner = changed.get(section, {})
            if not isinstance(inner, Mapping):  # a fault of the file, which its check reports
                continue
            kept = {key: value for key, value in inner.items() if key != entry}
            changed[section] = kept if content is None else kept | {entry: content}
        return changed


NONE = Policies({})


def read(hive: Any = None) -> Policies:
    """The policies of this PC and user. hive: the module `winreg`, or a fake. KesuError if one is wrong."""
    if hive is None:
        if os.name != "nt":
            return NONE
        import winreg as hive  # type: ignore[import-not-found,unused-ignore]  # only Windows has it
    tables: dict[str, Table | None] = {}
    for short in HIVES:
        for name, table in _of_hive(hive, short).items():
            tables.setdefault(name, table)
    if FILE_TABLE not in tables:
        return Policies(tables)
    chosen = tables.pop(FILE_TABLE)
    return Policies(tables, Path(str(chosen["path"])) if chosen else None, chosen is not None)


def _of_hive(hive: Any, short: str) -> dict[str, Table | None]:
    root = getattr(hive, HIVES[short])
    with _opened(hive, root, KEY, f"{short}\\{KEY}") as key:
        if key is None:
            return {}
        present = set(_keys(hive, key))
        known = {policy.name for policy in POLICIES}
        stray = sorted(present - known) + [name for name, _, _ in _values(hive, key)]
        if stray:
            raise _error(f"{short}\\{KEY}", stray[0], "is not a policy of this version")
        return {
            policy.table: _content(hive, key, policy, f"{short}\\{KEY}\\{policy.name}")
            for policy in POLICIES
            if policy.name in present
        }


def _content(hive: Any, parent: Any, policy: AgentPolicy, where: str) -> Table | None:
    """The table that one policy puts in place; None: it removes the table."""
    with _opened(hive, parent, policy.name, where) as key:
        if key is None:
            raise _error(where, policy.name, "went away while it was read")
        found = {name: (value, kind) for name, value, kind in _values(hive, key)}
        state = found.pop(ENABLED, (None, None))
        if state not in ((0, hive.REG_DWORD), (1, hive.REG_DWORD)):
            raise _error(where, ENABLED, "must be 0 or 1 (REG_DWORD)")
        if state[0] == 0:
            return policy.off
        lists = {value.name for value in policy.values if value.type == "list"}
        texts = {
            name: [(text, kind) for _, text, kind in _list(hive, key, name, where)]
            for name in _keys(hive, key)
            if name in lists
        }
        known = {value.name for value in policy.values}
        for name in (*found, *_keys(hive, key)):
            if name not in known or (name in lists) == (name in found):
                raise _error(where, name, "is not a value of this policy")
        table: Table = dict(policy.given)
        for value in policy.values:
            content = (
                _names(hive, value, texts.get(value.name, []), where)
                if value.type == "list"
                else _one(hive, value, found.get(value.name), where)
            )
            if content is not None:
                table[value.key] = content
            elif value.required:
                raise _error(where, value.name, "is missing")
        return {PAD: table} if policy.table == PADS_TABLE else table


def _one(hive: Any, value: PolicyValue, found: tuple[object, int] | None, where: str) -> object | None:
    """A value as agent.toml has it; None: the policy editor left it out."""
    if found is None:
        return None
    content, kind = found
    if value.type in ("number", "flag"):
        least, most = (value.least, value.most) if value.type == "number" else (0, 1)
        if kind != hive.REG_DWORD or not isinstance(content, int) or not least <= content <= most:
            raise _error(where, value.name, f"must be a number from {least} to {most} (REG_DWORD)")
        return content if value.type == "number" else bool(content)
    text = _text(hive, value, content, kind, where)
    if text and value.choices and text not in value.choices:
        raise _error(where, value.name, f"must be one of {', '.join(value.choices)}")
    return text or None


def _names(hive: Any, value: PolicyValue, found: list[tuple[object, int]], where: str) -> list[str] | None:
    return [_text(hive, value, content, kind, where) for content, kind in found] or None


def _text(hive: Any, value: PolicyValue, content: object, kind: int, where: str) -> str:
    kinds = (hive.REG_SZ, hive.REG_EXPAND_SZ) if value.expand else (hive.REG_SZ,)
    if kind not in kinds or not isinstance(content, str):
        raise _error(where, value.name, "must be a text (REG_SZ)")
    if not value.expand:
        return content
    expanded = str(hive.ExpandEnvironmentStrings(content))
    if "%" in expanded:
        raise _error(where, value.name, "names an environment variable that does not exist")
    return expanded


def _list(hive: Any, parent: Any, name: str, where: str) -> list[tuple[str, object, int]]:
    with _opened(hive, parent, name, f"{where}\\{name}") as key:
        return sorted(_values(hive, key), key=_order) if key is not None else []


def _order(entry: tuple[str, object, int]) -> tuple[int, str]:
    """Numbered values in the order of their numbers, as the policy editor shows them."""
    name = entry[0]
    return int(name) if name.isascii() and name.isdigit() else 0, name


class _opened:
    """The opened key, or None where it does not exist. KesuError if it cannot be read: it may hold a policy."""

    def __init__(self, hive: Any, parent: Any, name: str, where: str) -> None:
        self._asked = hive, parent, name, where
        self._key: Any = None

    def __enter__(self) -> Any:
        hive, parent, name, where = self._asked
        try:
            self._key = hive.OpenKey(parent, name)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise KesuError(
                f"Policy {where} cannot be read: {error.strerror}.", code=Exit.NO_PERMISSION
            ) from None
        return self._key.__enter__()

    def __exit__(self, *failure: object) -> None:
        if self._key is not None:
            self._key.__exit__(*failure)


def _keys(hive: Any, key: Any) -> Iterator[str]:
    for name in _all(hive.EnumKey, key):
        yield str(name)


def _values(hive: Any, key: Any) -> Iterator[tuple[str, object, int]]:
    """Name, content and type of each value; the unnamed one counts only if it has a content."""
    for name, content, kind in _all(hive.EnumValue, key):
        if name or content:
            yield name, content, kind


def _all(entry: Callable[[Any, int], Any], key: Any) -> Iterator[Any]:
    for index in range(MOST_ENTRIES):
        try:
            yield entry(key, index)
        except OSError as error:
            if getattr(error, "winerror", None) == NO_MORE_ITEMS:
                return
            raise KesuError(
                f"Policies below {KEY} cannot be read: {error.strerror}.", code=Exit.NO_PERMISSION
            ) from None
    raise KesuError(f"Policies: a key below {KEY} has over {MOST_ENTRIES} entries.", code=Exit.CONFIG)


def _error(where: str, name: str, what: str) -> KesuError:
    shown = name if name.isprintable() and len(name) <= 32 else "..."
    return KesuError(f"Policy {where}: `{shown}` {what}.", code=Exit.CONFIG)
