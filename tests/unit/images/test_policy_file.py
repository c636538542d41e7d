"""test_policy_file: policy files and presets; each error names the file, the line and what is allowed."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import random
from pathlib import Path

import pytest
from kesu.common.errors import Exit, KesuError
from kesu.images.policy.block import packed, parsed
from kesu.images.policy.document import PRESETS, preset_text, read_policy
from kesu.spec.policy import DEFAULTS, SETTINGS, STRICTEST, Setting


def written(folder: Path, text: str) -> Path:
    """A policy file with this text."""
    path = folder / "policy.toml"
    path.write_text(text, encoding="utf-8")
    return path


def toml(values: dict[str, int]) -> str:
    """A policy file with these values."""
    return "\n".join(
        f"[{setting.section}]\n{setting.key} = {setting.written(values[setting.name])}"
        if first
        else f"{setting.key} = {setting.written(values[setting.name])}"
        for section in dict.fromkeys(setting.section for setting in SETTINGS)
        for first, setting in [
            (position == 0, setting)
            for position, setting in enumerate(each for each in SETTINGS if each.section == section)
        ]
    )


def test_an_empty_file_has_the_defaults(tmp_path: Path) -> None:
    assert read_policy(written(tmp_path, "")) == DEFAULTS


def test_any_accepted_file_gives_the_pad_its_values(tmp_path: Path) -> None:
    generator = random.Random(7)
    for _ in range(100):
        values = {setting.name: generator.randint(setting.lowest, setting.highest) for setting in SETTINGS}
        assert parsed(packed(read_policy(written(tmp_path, toml(values))))).values == values


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_each_range_is_checked_at_both_ends(tmp_path: Path, setting: Setting) -> None:
    line = f"# a comment\n\n[{setting.section}]\n{setting.key} = "
    for value in (setting.lowest, setting.highest):
        for text in (str(value), setting.written(value)):
            assert read_policy(written(tmp_path, f"{line}{text}\n"))[setting.name] == value
    for wrong in (setting.lowest - 1, setting.highest + 1, "1.5", '"fast"', "[1]", "2020-01-01"):
        with pytest.raises(KesuError) as refused:
            read_policy(written(tmp_path, f"{line}{wrong}\n"))
        assert f"policy.toml, line 4: {setting.name} is " in refused.value.message
        assert setting.allowed[1:] in refused.value.hint
        assert refused.value.code is Exit.CONFIG


def test_true_is_no_number(tmp_path: Path) -> None:
    with pytest.raises(KesuError, match=r"line 2: timeouts\.max_extensions is True"):
        read_policy(written(tmp_path, "[timeouts]\nmax_extensions = true\n"))


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("[timeouts]\nidle = 5\n", "line 2: there is no setting 'timeouts.idle'", "'timeouts.idle_s'"),
        ("[timeouts]\nwrapup_s = 5\n", "line 2: there is no setting", "'timeouts.wrap_up_s'"),
        ("\n[timeout]\nidle_s = 50\n", "line 2: there is no section 'timeout'", "'timeouts'"),
        ("idle_s = 50\n", "line 1: 'idle_s' is outside of a section", "timeouts.idle_s"),
        ("page.langage = 'ja'\n", "line 1: there is no setting 'page.langage'", "'page.language'"),
        ("[page]\nlanguage = 'fr'\n", "line 2: page.language is fr", '"ja" or "en"'),
        ("[timeouts\n", "is not TOML (at line 1", "presets standard"),
        ("[page]\n[page]\n", "is not TOML (at line 2", "presets standard"),
        ("[page]\n'\\u001b[31m' = 1\n", "there is no setting", "presets standard"),
    ],
)
def test_an_invalid_file_is_refused_with_its_line(tmp_path: Path, text: str, message: str, hint: str) -> None:
    with pytest.raises(KesuError) as refused:
        read_policy(written(tmp_path, text))
    assert message in refused.value.message
    assert hint in refused.value.hint
    assert refused.value.message.isprintable()
    assert refused.value.code is Exit.CONFIG


def test_a_file_that_is_missing_no_text_or_too_large_is_named(tmp_path: Path) -> None:
    with pytest.raises(KesuError, match=r"gone\.toml cannot be read") as missing:
        read_policy(tmp_path / "gone.toml")
    assert missing.value.code is Exit.NO_INPUT
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(KesuError, match="is not UTF-8"):
        read_policy(tmp_path / "bytes.toml")
    (tmp_path / "long.toml").write_bytes(b"#" * (1 << 24) + b"#")
    with pytest.raises(KesuError, match="larger than"):
        read_policy(tmp_path / "long.toml")


def test_the_presets_are_what_their_names_say() -> None:
    values = {name: read_policy(path) for name, path in PRESETS.items()}
    assert values.keys() == {"desk-without-pc", "standard", "strict"}
    assert values["standard"] == DEFAULTS
    assert PRESETS["standard"].read_text(encoding="utf-8") == preset_text()
    assert values["strict"]["timeouts.wrap_up_s"] == 0
    assert values["desk-without-pc"]["call.line_expected"] == 0
    for name in STRICTEST:
        if name.startswith("timeouts."):
            assert values["strict"][name] <= DEFAULTS[name], name
