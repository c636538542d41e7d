"""fake_registry: the part of `winreg` that the agent uses, with the registry as a dictionary.

docs.python.org/3/library/winreg: OpenKey raises FileNotFoundError for a missing key and PermissionError for one that
may not be read; EnumKey and EnumValue raise OSError (259, ERROR_NO_MORE_ITEMS) at the end; EnumValue gives name,
content and type; keys are compared without regard to the case of letters and close as context managers.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import re
from collections.abc import Mapping
from types import TracebackType

Values = Mapping[str, tuple[object, int]]


class NoMoreItems(OSError):
    """OSError as Windows raises it at the end of an enumeration."""

    winerror = 259


class Key:
    """An open key."""

    def __init__(self, registry: FakeRegistry, path: str) -> None:
        self.path = path
        self._registry = registry
        registry.open_keys += 1

    def __enter__(self) -> Key:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._registry.open_keys -= 1


class FakeRegistry:
    """keys: whole path, beginning with HKLM or HKCU -> its values. refused: paths that may not be read."""

    HKEY_LOCAL_MACHINE = "HKLM"
    HKEY_CURRENT_USER = "HKCU"
    REG_SZ, REG_EXPAND_SZ, REG_DWORD = 1, 2, 4

    def __init__(
        self, keys: Mapping[str, Values], refused: str = "", environment: Mapping[str, str] | None = None
    ) -> None:
        self.keys = {path.lower(): (path, dict(values)) for path, values in keys.items()}
        self.refused = refused
        self.environment = environment or {}
        self.open_keys = 0

    def OpenKey(self, parent: str | Key, name: str) -> Key:
        path = f"{parent if isinstance(parent, str) else parent.path}\\{name}"
        if self.refused and path.lower() == self.refused.lower():
            raise PermissionError(13, "Permission denied")
        if not any(known == path.lower() or known.startswith(f"{path.lower()}\\") for known in self.keys):
            raise FileNotFoundError(2, "No such file or directory")
        return Key(self, path)

    def EnumKey(self, key: Key, index: int) -> str:
        start = f"{key.path}\\"
        names = {
            path[len(start) :].partition("\\")[0]
            for path, _ in self.keys.values()
            if path.lower().startswith(start.lower())
        }
        if index >= len(names):
            raise NoMoreItems(22, "No more data is available")
        return sorted(names)[index]

    def EnumValue(self, key: Key, index: int) -> tuple[str, object, int]:
        _, values = self.keys.get(key.path.lower(), ("", {}))
        if index >= len(values):
            raise NoMoreItems(22, "No more data is available")
        name, (content, kind) = list(values.items())[index]
        return name, content, kind

    def ExpandEnvironmentStrings(self, text: str) -> str:
        """An unknown name is left as it is, as ExpandEnvironmentStringsW does."""
        return re.sub(r"%([^%]+)%", lambda name: self.environment.get(name[1].upper(), name[0]), text)
