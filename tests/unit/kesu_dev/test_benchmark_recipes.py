"""test_benchmark_recipes: recipes of public drivers are complete; a bad one is refused in one line."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from kesu.common.errors import Exit, KesuError
from kesu.spec.panels import FILMS
from kesu_dev.benchmarks.command import command
from kesu_dev.benchmarks.peers_command import table
from kesu_dev.benchmarks.recipes import recipes
from kesu_dev.benchmarks.sending import Sending

GOOD = """[[driver]]
file = "d.py"
repository = "o/r"
commit = "c"
licence = "MIT"
panel = "2in9"
setup = ""
full = "f()"
partial = ""
until = "demo ="
"""


def written(folder: Path, text: str) -> Path:
    """A file of recipes."""
    path = folder / "recipes.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_public_driver_names_its_source() -> None:
    own = recipes()
    assert len({recipe.repository.split(",")[0] for recipe in own.values()}) >= 2
    assert len({FILMS[recipe.panel].panel.name for recipe in own.values()}) >= 2
    for recipe in own.values():
        assert len(recipe.commit) == 40
        assert recipe.licence.startswith("MIT")
        assert recipe.full


@pytest.mark.parametrize(
    "text",
    [
        "[[driver",
        '[[driver]]\nfile = "d.py"',
        GOOD + "more = 1\n",
        "driver = 1\n",
        GOOD.replace("2in9", "9in9"),
    ],
)
def test_a_bad_recipe_is_refused(tmp_path: Path, text: str) -> None:
    assert list(recipes(written(tmp_path, GOOD))) == ["d.py"]
    with pytest.raises(KesuError) as caught:
        recipes(written(tmp_path, text))
    assert caught.value.code == Exit.DATA


def test_demo_code_of_a_driver_is_left_out(tmp_path: Path) -> None:
    recipe = recipes(written(tmp_path, GOOD))["d.py"]
    driver = tmp_path / "d.py"
    driver.write_text("class D: pass\nx = demo = 1\nwhile True: pass\n", encoding="utf-8")
    assert recipe.source(driver) == "class D: pass\n"
    driver.write_text("class D: pass\n", encoding="utf-8")
    with pytest.raises(KesuError, match="demo"):
        recipe.source(driver)


def test_a_driver_without_a_recipe_is_refused() -> None:
    result = CliRunner().invoke(command, ["peers", "--driver", "unknown.py"])
    assert isinstance(result.exception, KesuError)
    assert "unknown.py" in result.exception.message


def test_the_table_has_a_line_for_each_frame() -> None:
    one = Sending("full", 4_737, 630.0, 629.5, 0.031, 62.7, "full", 0)
    lines = table({"a on 2in9": [one, one], "Kesu": [one]}).splitlines()
    assert len(lines) == 4
    assert len({len(line) for line in lines}) == 1
    assert "4,737" in lines[1]
