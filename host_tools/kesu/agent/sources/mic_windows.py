"""mic_windows: which programs use the microphone, from the registry where Windows 10 (1903) and later note it.

Below ...\\CapabilityAccessManager\\ConsentStore\\microphone there is a key for each program that has ever used the
microphone: `NonPackaged\\C:#Program Files#App#app.exe` for a desktop program, with # for \\ in its path, and the family
name of a package for a program of the Store. LastUsedTimeStart and LastUsedTimeStop are FILETIMEs (REG_QWORD); Stop is
0 while the program records. A program that crashes leaves 0 behind, so a desktop program must also run.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kesu.agent.processes import is_running_lately
from kesu.agent.sources.mic import Seen, program_name

STORE = r"SOFTWARE\Microsoft\Windows\CurrentVersion\CapabilityAccessManager\ConsentStore\microphone"
DESKTOP = "NonPackaged"
MOST_KEYS = 4096


def look(programs: frozenset[str], hive: Any = None, runs: Callable[[str], bool] = is_running_lately) -> Seen:
    """What the registry says of `programs`: names of desktop programs, family names of packages.

    hive: the module `winreg`, or a fake. runs: whether a program of that name runs. OSError when the registry has no
    such place, or refuses to read it.
    """
    if hive is None:
        import winreg as hive  # type: ignore[import-not-found,unused-ignore]  # only Windows has it
    packages = [(program_name(name), used) for name, used in _entries(hive, STORE) if name != DESKTOP]
    found = [one for one in packages if one[0] in programs]
    for name, used in _entries(hive, rf"{STORE}\{DESKTOP}"):
        program = name.rpartition("#")[2]
        if program_name(program) in programs and runs(program):
            found.append((program_name(program), used))
    return Seen(frozenset(name for name, _ in found), frozenset(name for name, used in found if used))


def _entries(hive: Any, place: str) -> list[tuple[str, bool]]:
    """The keys below `place`, and whether each says that its program records now."""
    found = []
    with hive.OpenKey(hive.HKEY_CURRENT_USER, place) as key:
        for index in range(MOST_KEYS):
            try:
                name = hive.EnumKey(key, index)
            except OSError:  # no more
                break
            with hive.OpenKey(key, name) as entry:
                start, stop = (_time(hive, entry, f"LastUsedTime{which}") for which in ("Start", "Stop"))
            found.append((name, bool(start) and stop == 0))
    return found


def _time(hive: Any, entry: Any, name: str) -> int | None:
    """A FILETIME; None if the key has none: the program was asked about, but never recorded."""
    try:
        value, kind = hive.QueryValueEx(entry, name)
    except FileNotFoundError:
        return None
    if kind != hive.REG_QWORD or not isinstance(value, int):
        raise ValueError("no FILETIME")
    return value
