"""test_policy_module: policy.toml becomes constants of the firmware."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import re
from pathlib import Path

import pytest
from kesu.common.errors import KesuError
from kesu.images.toolchain.policy import SETTINGS, Setting, policy_module, read_policy

FIRMWARE = Path(__file__).parents[3] / "firmware"


def constants(source: str) -> dict[str, object]:
    """Names and values of a generated module."""
    names: dict[str, object] = {}
    exec(source.replace("from micropython import const", "const = lambda value: value"), names)
    return {name: value for name, value in names.items() if name.isupper()}


def written(folder: Path, text: str) -> Path:
    """A policy file with this text."""
    path = folder / "policy.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_committed_module_is_generated_from_the_default_policy() -> None:
    generated = policy_module(read_policy(FIRMWARE / "policy.toml"))
    assert constants((FIRMWARE / "kesu_pad" / "policy.py").read_text(encoding="utf-8")) == constants(
        generated
    )


def test_seconds_become_milliseconds(tmp_path: Path) -> None:
    text = "[timeouts]\nidle_s = 20\nmax_age_s = 60\n[ink]\nline_width_px = 5\n[watchdog]\nms = 8000\n"
    found = constants(policy_module(read_policy(written(tmp_path, text)), language="en", service=True))
    assert found["IDLE_MS"] == 20_000
    assert found["MAX_AGE_MS"] == 60_000
    assert found["LINE_WIDTH"] == 5
    assert found["WATCHDOG_MS"] == 8000
    assert found["LANGUAGE"] == "en"
    assert found["SERVICE"] is True


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.constant)
def test_each_range_is_checked_at_both_ends(tmp_path: Path, setting: Setting) -> None:
    line = f"[{setting.section}]\n{setting.key} = "
    for value in (setting.lowest, setting.highest):
        assert read_policy(written(tmp_path, f"{line}{value}\n"))[setting.constant] == value * setting.factor
    for value in (setting.lowest - 1, setting.highest + 1):
        with pytest.raises(KesuError, match=f"from {setting.lowest} to {setting.highest}"):
            read_policy(written(tmp_path, f"{line}{value}\n"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[timeouts]\nidle = 5\n", "unknown setting timeouts.idle"),
        ("[wrap_up]\ns = 5\n", "unknown setting wrap_up.s"),
        ("idle_s = 5\n", "outside of a section"),
        ("[timeouts\n", "is not TOML"),
    ],
)
def test_an_invalid_policy_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(KesuError, match=message):
        read_policy(written(tmp_path, text))


def test_a_missing_policy_is_named(tmp_path: Path) -> None:
    with pytest.raises(KesuError, match=r"gone\.toml cannot be read"):
        read_policy(tmp_path / "gone.toml")


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(KesuError, match="no language 'fr'"):
        policy_module(read_policy(FIRMWARE / "policy.toml"), language="fr")


def watchdog_at_start(source: str) -> int:
    """Time of the watchdog that C starts before Python runs, ms."""
    (found,) = re.findall(r"^#define START_MS \((\d+)\)$", source, re.MULTILINE)
    return int(found)


def test_the_watchdog_before_python_has_the_time_of_the_policy() -> None:
    source = (FIRMWARE / "native" / "last_resort.c").read_text(encoding="utf-8")
    assert watchdog_at_start(source) == read_policy(FIRMWARE / "policy.toml")["WATCHDOG_MS"]
    assert watchdog_at_start(source.replace("(4000)", "(3999)")) == 3999, "the control"
