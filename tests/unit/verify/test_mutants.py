"""test_mutants: every seeded leak still applies to the firmware, and names the check that must catch it."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from pathlib import Path

import pytest
from kesu.common.errors import KesuError
from kesu.images.toolchain.request import BOARDS
from kesu.spec.panels import PANELS, left_out
from kesu.verify import mutants
from kesu.verify.mutants.definition import Definition, Edit, read
from kesu.verify.scenes import moments

FIRMWARE = Path(__file__).resolve().parents[3] / "firmware"
ALL = mutants.load()


@pytest.mark.parametrize("panel", PANELS)
@pytest.mark.parametrize("definition", ALL, ids=lambda definition: definition.name)
def test_a_mutant_applies_to_the_firmware_and_changes_it(definition: Definition, panel: str) -> None:
    texts = definition.changed(FIRMWARE, panel)
    assert not set(texts) & left_out(panel), "the image has no such file"
    assert texts
    for path, text in texts.items():
        assert text != (FIRMWARE / path).read_text(encoding="utf-8")
        if path.endswith(".py"):
            compile(text, path, "exec")


def test_each_board_has_the_leaks_of_all_boards_and_its_own() -> None:
    of = {board: {definition.name for definition in mutants.load(board)} for board in BOARDS}
    common = {definition.name for definition in ALL if set(definition.boards) == set(BOARDS)}
    assert len(common) >= 28
    assert all(names >= common for names in of.values())
    assert of["pico2"] - common == {d.name for d in ALL if d.boards == ("pico2",)}
    assert of["pico2"] - common, "the Pico 2 has memories that the Pico lacks"
    assert set.union(*of.values()) == {definition.name for definition in ALL}


def test_there_are_enough_mutants_with_unique_names() -> None:
    names = [definition.name for definition in ALL]
    assert len(names) >= 28
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("definition", ALL, ids=lambda definition: definition.name)
def test_a_mutants_scene_exists(definition: Definition) -> None:
    assert definition.scene in ("", *moments.SCENES)


@pytest.mark.parametrize("definition", ALL, ids=lambda definition: definition.name)
def test_a_mutant_has_its_lesson_and_the_checks_that_catch_it(definition: Definition) -> None:
    assert definition.change.endswith(".")
    assert definition.teaches.endswith(".")
    assert definition.expected
    assert set(definition.expected) <= mutants.KNOWN_CHECKS


def test_mutants_in_python_come_first() -> None:
    kinds = [definition.compiles_c for definition in ALL]
    assert kinds == sorted(kinds)
    assert any(kinds)
    assert not all(kinds)


def _one(old: str) -> Definition:
    edit = Edit("kesu_pad/app.py", old, "pass")
    return Definition("sample", "Changes.", "Teaches.", ("pairs",), (edit,), "sample.toml")


@pytest.mark.parametrize(("old", "count"), [("no such text", "0 times"), ("x = 1\n", "2 times")])
def test_a_text_that_does_not_occur_exactly_once_is_an_error(tmp_path: Path, old: str, count: str) -> None:
    (tmp_path / "kesu_pad").mkdir()
    (tmp_path / "kesu_pad" / "app.py").write_text("x = 1\nx = 1\n", encoding="utf-8")
    with pytest.raises(KesuError, match=f"'sample'.*{count} in kesu_pad/app.py") as raised:
        _one(old).changed(tmp_path)
    assert "sample.toml" in str(raised.value.hint)


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(KesuError, match="does not exist"):
        _one("x").changed(tmp_path)


def test_the_copy_has_the_change_and_the_original_does_not(tmp_path: Path) -> None:
    definition = ALL[0]
    tree = mutants.changed_tree(definition, tmp_path / "firmware", FIRMWARE)
    edit = definition.edits[0]
    assert edit.old in (FIRMWARE / edit.path).read_text(encoding="utf-8")
    assert edit.old not in (tree / edit.path).read_text(encoding="utf-8")
    assert (tree / "native" / "memory.c").is_file()


SAMPLE = """
[[mutant]]
name = "sample"
change = "Changes."
teaches = "Teaches."
expected = ["{check}"]
edits = [{{ path = "a", old = "b", new = "c" }}]
"""


def test_an_unknown_check_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "sample.toml"
    file.write_text(SAMPLE.format(check="pairs"), encoding="utf-8")
    assert read([file])[0].name == "sample"
    file.write_text(SAMPLE.format(check="hope"), encoding="utf-8")
    with pytest.raises(KesuError, match="hope"):
        read([file])


@pytest.mark.parametrize("boards", ['["pico3"]', "[]"])
def test_a_board_that_does_not_exist_or_none_is_an_error(tmp_path: Path, boards: str) -> None:
    file = tmp_path / "sample.toml"
    file.write_text(SAMPLE.format(check="pairs") + f"boards = {boards}\n", encoding="utf-8")
    with pytest.raises(KesuError, match=r"pico3|no board"):
        read([file])


def test_duplicate_names_and_missing_fields_are_errors(tmp_path: Path) -> None:
    file = tmp_path / "sample.toml"
    file.write_text(SAMPLE.format(check="pairs") * 2, encoding="utf-8")
    with pytest.raises(KesuError, match="called 'sample'"):
        read([file])
    file.write_text(SAMPLE.format(check="pairs").replace("teaches", "taught"), encoding="utf-8")
    with pytest.raises(KesuError, match="'teaches'"):
        read([file])
