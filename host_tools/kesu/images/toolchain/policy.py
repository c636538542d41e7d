"""policy: reads firmware/policy.toml, checks ranges, writes the module of constants for the firmware."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kesu.common.documents import read_toml
from kesu.common.errors import Exit, KesuError
from kesu.spec.panels import DEFAULT_PANEL, FILMS

LANGUAGES = ("ja", "en")
REFERENCE_FILM = FILMS[DEFAULT_PANEL]
EARLIEST_READY_MS = min(film.ready_after_ms for film in FILMS.values())
"""A driver waits longer if its refreshes do."""


@dataclass(frozen=True)
class Setting:
    """One number of the policy: its key, its constant, range (both ends included) and factor."""

    section: str
    key: str
    constant: str
    lowest: int
    highest: int
    default: int
    factor: int = 1


SETTINGS = (
    Setting("timeouts", "idle_s", "IDLE_MS", 20, 900, 180, 1000),
    Setting("timeouts", "max_age_s", "MAX_AGE_MS", 60, 3600, 900, 1000),
    Setting("timeouts", "countdown_s", "COUNTDOWN_MS", 0, 15, 10, 1000),
    Setting("timeouts", "extension_s", "EXTENSION_MS", 0, 300, 0, 1000),
    Setting("timeouts", "wrap_up_s", "WRAP_UP_MS", 0, 300, 0, 1000),
    Setting(
        "wipe", "ready_after_ms", "READY_AFTER_MS", EARLIEST_READY_MS, REFERENCE_FILM.ready_bound_ms, 1800
    ),
    Setting("ink", "line_width_px", "LINE_WIDTH", 1, 5, 2),
    Setting("page", "template", "TEMPLATE", 0, 2, 0),
    Setting("wipe", "hold_ms", "WIPE_HOLD_MS", 0, 1000, 0),
    Setting("fault", "show_s", "FAULT_SHOW_MS", 1, 10, 3, 1000),
    Setting("watchdog", "ms", "WATCHDOG_MS", 1000, 8000, 4000),
)


def read_policy(path: Path) -> dict[str, int]:
    """Constant name to value in the firmware's unit. Raises KesuError for missing or out-of-range settings."""
    document = read_toml(
        path,
        Exit.CONFIG,
        if_missing="Give a policy file with --policy.",
        if_wrong="Compare it with firmware/policy.toml.",
    )
    _refuse_unknown(path, document)
    values = {}
    for setting in SETTINGS:
        values[setting.constant] = _number(path, document, setting) * setting.factor
    return values


def _refuse_unknown(path: Path, document: dict[str, object]) -> None:
    known = {(setting.section, setting.key) for setting in SETTINGS}
    for section, table in document.items():
        if not isinstance(table, dict):
            raise KesuError(
                f"The policy {path} has '{section}' outside of a section.",
                hint="Compare it with firmware/policy.toml.",
                code=Exit.CONFIG,
            )
        for key in table:
            if (section, key) not in known:
                names = ", ".join(f"{a}.{b}" for a, b in sorted(known))
                raise KesuError(
                    f"The policy {path} has the unknown setting {section}.{key}.",
                    hint=f"Settings are: {names}.",
                    code=Exit.CONFIG,
                )


def _number(path: Path, document: dict[str, object], setting: Setting) -> int:
    table = document.get(setting.section, {})
    value = table.get(setting.key, setting.default) if isinstance(table, dict) else setting.default
    in_range = isinstance(value, int) and not isinstance(value, bool)
    if not in_range or not setting.lowest <= value <= setting.highest:
        raise KesuError(
            f"{setting.section}.{setting.key} in {path} is {value!r}; "
            f"a whole number from {setting.lowest} to {setting.highest} is needed.",
            hint="Correct the value; firmware/policy.toml says what each setting does.",
            code=Exit.CONFIG,
        )
    return int(value)


def policy_module(values: dict[str, int], *, language: str = "ja", service: bool = False) -> str:
    """Source of `kesu_pad/policy.py` for the firmware. language: one of LANGUAGES, else KesuError."""
    if language not in LANGUAGES:
        raise KesuError(
            f"There is no language '{language}'.",
            hint=f"Languages are: {', '.join(LANGUAGES)}.",
            code=Exit.USAGE,
        )
    lines = [
        '"""policy: constants of the pad, generated from policy.toml by `kesu dev build`; edit that file."""',
        "",
        "# SPDX-License-Identifier: MIT",
        "from micropython import const",
        "",
    ]
    lines += [f"{setting.constant} = const({values[setting.constant]})" for setting in SETTINGS]
    lines += [f'LANGUAGE = const("{language}")', f"SERVICE = const({service})"]
    return "\n".join(lines) + "\n"
