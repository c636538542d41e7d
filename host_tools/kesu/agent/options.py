"""options: typed reading of one table of the configuration, with errors that name the key."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import TypeVar

from kesu.common.errors import Exit, KesuError

Choice = TypeVar("Choice", bound=Enum)
_ABSENT = object()


class Options:
    """One table. Each method reads one key; `done` rejects the keys that were not read."""

    def __init__(self, table: Mapping[str, object], where: str) -> None:
        self._table = dict(table)
        self._where = where
        self._asked: set[str] = set()

    def text(self, key: str, default: str | None = None) -> str:
        """A string that is not empty. KesuError if it is missing and there is no default."""
        value = self._value(key, default)
        if not isinstance(value, str) or not value or "\0" in value:
            raise self.error(key, "must be a text that is not empty")
        return value

    def number(self, key: str, default: float | None = None, *, least: float, most: float) -> float:
        """A number from `least` to `most`."""
        value = self._value(key, default)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value <= most:
            raise self.error(key, f"must be a number from {least:g} to {most:g}")
        return float(value)

    def port(self, key: str, default: int | None = None) -> int:
        """A TCP port, 1 to 65535."""
        value = self._value(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 65535:
            raise self.error(key, "must be a port from 1 to 65535")
        return value

    def flag(self, key: str, default: bool | None = None) -> bool:
        """true or false."""
        value = self._value(key, default)
        if not isinstance(value, bool):
            raise self.error(key, "must be true or false")
        return value

    def path(self, key: str, default: Path | None = None) -> Path:
        """A path; `~` is the home directory."""
        try:
            path = Path(self.text(key, None if default is None else str(default))).expanduser()
            os.fsencode(path)
        except RuntimeError:
            raise self.error(key, "names a home directory that does not exist") from None
        except UnicodeEncodeError:
            raise self.error(key, "has characters that no path has in this locale") from None
        return path

    def choice(self, key: str, kinds: type[Choice], default: Choice | None = None) -> Choice:
        """One value of an enumeration of strings."""
        value = self._value(key, None if default is None else default.value)
        for kind in kinds:
            if kind.value == value:
                return kind
        raise self.error(key, f"must be one of {', '.join(str(kind.value) for kind in kinds)}")

    def texts(self, key: str, default: Mapping[str, str] | None = None) -> dict[str, str]:
        """A table of strings, such as seat -> pad."""
        value = self._value(key, default)
        if not isinstance(value, Mapping):
            raise self.error(key, "must be a table")
        found = {}
        for name, text in value.items():
            if not isinstance(text, str) or not text:
                raise self.error(f"{key}.{name}", "must be a text that is not empty")
            found[str(name)] = text
        return found

    def has(self, key: str) -> bool:
        """Whether the key is there."""
        self._asked.add(key)
        return key in self._table

    def names(self, key: str, default: Sequence[str] | None = None) -> list[str]:
        """A list of strings, not empty."""
        value = self._value(key, default)
        if (
            not isinstance(value, (list, tuple))
            or not value
            or not all(isinstance(one, str) for one in value)
        ):
            raise self.error(key, "must be a list of names that is not empty")
        return [str(one) for one in value]

    def done(self) -> None:
        """Reject keys that were not read: a mistyped key must not be ignored silently."""
        for key in self._table:
            if key not in self._asked:
                known = ", ".join(sorted(self._asked))
                raise KesuError(
                    f"{self._where}: `{key}` is not a setting here.",
                    hint=f"Known here: {known}.",
                    code=Exit.CONFIG,
                )

    def error(self, key: str, what: str) -> KesuError:
        """The error for one key; the value is not repeated, it may be a secret."""
        return KesuError(f"{self._where}: `{key}` {what}.", code=Exit.CONFIG)

    def _value(self, key: str, default: object) -> object:
        self._asked.add(key)
        value = self._table.get(key, _ABSENT)
        if value is not _ABSENT:
            return value
        if default is None:
            raise self.error(key, "is missing")
        return default
