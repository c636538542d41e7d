"""test_docs_pictures: each picture of the documents has a maker, a page and a test that finds it outdated."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from kesu.images.assets.strings import read_strings
from kesu.spec.panels import FILMS
from kesu.spec.rig import LINES, SENSES
from PIL import Image
from PIL.PngImagePlugin import PngImageFile
from scripts import load_script

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PICTURES = DOCS / "pictures"
MAKERS: dict[str, dict[str, Any]] = tomllib.loads((PICTURES / "makers.toml").read_text(encoding="utf-8"))
PAGE = ROOT / "host_tools" / "web" / "page"
TEXT = re.compile(r"""^  (\w+):\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')""", re.MULTILINE)


README_FIRST = re.compile(r"(?<!!)\[[^\]]*\]\(([^)]*)\).*?!\[[^\]]*\]\(([^)]*)\)", re.DOTALL)


def made_by(makers: dict[str, dict[str, Any]], picture: str) -> list[str]:
    """Names of the makers that list the picture (a path within docs/pictures)."""
    return [
        name
        for name, maker in makers.items()
        if any(
            Path(picture).match(pattern) and picture.count("/") == pattern.count("/")
            for pattern in maker["pictures"]
        )
    ]


def pictures() -> list[str]:
    files = [path.relative_to(PICTURES).as_posix() for path in PICTURES.rglob("*") if path.is_file()]
    return sorted(path for path in files if path != "makers.toml")


def test_each_picture_has_one_maker_and_each_maker_its_pictures() -> None:
    found = pictures()
    assert len(found) > 70
    assert {
        picture: made_by(MAKERS, picture) for picture in found if len(made_by(MAKERS, picture)) != 1
    } == {}
    for name, maker in MAKERS.items():
        own = {picture for picture in found if name in made_by(MAKERS, picture)}
        assert own, f"{name} makes no existing picture"
        taken = set(maker.get("take", {}).values())
        assert not taken or taken == own, name
    assert made_by(MAKERS, "pad/more/writing-4in2-ja.png") == []
    assert made_by(MAKERS, "stray.png") == []


@pytest.mark.parametrize("name", MAKERS)
def test_each_maker_is_a_command_of_this_checkout_and_is_compared(name: str) -> None:
    files = re.findall(r"[\w./]+\.py", MAKERS[name]["command"])
    assert files or " -m kesu " in MAKERS[name]["command"]
    assert [file for file in files if not (ROOT / file).is_file()] == []
    test = (ROOT / MAKERS[name]["compared_by"]).read_text(encoding="utf-8")
    assert f"./dev pictures {name}" in test or "KESU_GOLDEN=write" in test, (
        "the test names the command that makes them"
    )


def test_each_picture_is_shown_or_its_folder_linked() -> None:
    pages = [ROOT / "README.md", *DOCS.rglob("*.md"), *(DOCS / "card").glob("*.html")]
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)

    def seen(picture: str) -> bool:
        folder = picture.rpartition("/")[0]
        return f"pictures/{picture}" in text or bool(folder and re.search(rf"pictures/{folder}/?\)", text))

    assert [picture for picture in pictures() if not seen(picture)] == []
    assert not seen("nobody/looks-at-this.png")


def test_an_unknown_picture_is_refused_in_one_line() -> None:
    ran = subprocess.run(
        [sys.executable, DOCS / "make_pictures.py", "no-such"], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 2
    assert ran.stderr.splitlines() == [f"no pictures called no-such; there are: {', '.join(MAKERS)}"]


def test_the_architecture_is_drawn_from_its_tables() -> None:
    text = (DOCS / "architecture.md").read_text(encoding="utf-8")
    drawing = load_script(DOCS / "architecture_picture.py")
    drawn = drawing.draw(text)
    assert drawn == (PICTURES / "architecture.svg").read_text(encoding="utf-8"), "./dev pictures architecture"
    assert drawn.count('class="number"') == len(re.findall(r"^\| `firmware/", text, re.MULTILINE))
    assert drawing.draw(text.replace("`_take_ink`", "`_take_it`")) != drawn


def test_the_wiring_of_the_rig_is_drawn_from_its_specification() -> None:
    drawing = load_script(DOCS / "rig_picture.py")
    drawn = drawing.picture()
    assert drawn == (PICTURES / "rig-wiring.svg").read_text(encoding="utf-8"), "./dev pictures rig-wiring"
    lines = {wire.name for wire in drawing.wires()}
    assert lines == {*LINES, "3V3", "VSYS", "GND"}
    points = {drawing.pad_point(wire.pad) for wire in drawing.wires()}
    assert len(points) == len(lines) == len({wire.rig for wire in drawing.wires()}), "each pin has one wire"


def words_now(language: str) -> dict[str, str]:
    """The page's current texts, of the elements that have their own."""
    parts = (PAGE / "strings" / language).glob("*.ts")
    source = "".join(part.read_text(encoding="utf-8") for part in parts)
    texts = {
        key: double.replace('\\"', '"') or single.replace("\\'", "'")
        for key, double, single in TEXT.findall(source)
    }
    elements = re.findall(r'data-text="(\w+)"', (PAGE / "index.html").read_text(encoding="utf-8"))
    return {element: texts[element] for element in elements}


def assert_current(shown: dict[str, str], language: str, command: str) -> None:
    """Each text that is shown is the page's current one, and the other language is noticed."""
    now, other = words_now(language), words_now("en" if language == "ja" else "ja")
    assert shown == {name: now.get(name) for name in shown}, command
    assert shown != {name: other[name] for name in shown}


@pytest.mark.parametrize("picture", sorted((PICTURES / "pad").glob("*.png")), ids=lambda path: path.stem)
def test_the_pictures_show_the_current_texts(picture: Path) -> None:
    language = picture.stem.rpartition("-")[2]
    with Image.open(picture) as opened:
        assert isinstance(opened, PngImageFile)
        assert opened.size == ((1200, 630) if picture.stem.startswith("social") else (1280, 800))
        pictured = json.loads(opened.text["words"])
    assert_current(pictured["page"], language, "./dev pictures pad")
    assert len(pictured["page"]) > 5
    assert pictured["pads"] == [film.title[language] for film in FILMS.values()], "./dev pictures pad"
    texts = read_strings(ROOT / "firmware" / "assets")
    strip = {text.name: text.words[language] for text in texts}
    assert {name: strip[name] for name in pictured["strip"]} == pictured["strip"], "./dev pictures pad"
    assert len(pictured["strip"]) == 6


@pytest.mark.parametrize("film", sorted((PICTURES / "films").glob("page-*.gif")), ids=lambda path: path.stem)
def test_the_films_of_the_page_show_the_current_texts(film: Path) -> None:
    language = film.stem.rpartition("-")[2]
    with Image.open(film) as opened:
        shown = json.loads(opened.info["comment"])["page"]
        frames = getattr(opened, "n_frames", 1)
    assert_current(shown, language, "./dev pictures page")
    assert len(shown) > 10
    assert frames > 15


@pytest.mark.parametrize(("readme", "language"), [("README.md", "en"), ("README.ja.md", "ja")])
def test_the_readme_begins_with_the_page_and_its_film(readme: str, language: str) -> None:
    first = README_FIRST.search((ROOT / readme).read_text(encoding="utf-8"))
    assert first is not None
    folder = "docs/ja" if language == "ja" else "docs"
    assert first.groups() == (f"{folder}/pad.md#host-the-page", f"docs/pictures/films/page-{language}.gif")
    other = README_FIRST.search("![a](b.png) [c](d.md) ![e](f.gif)")
    assert other is not None
    assert other.groups() == ("d.md", "f.gif"), "a picture is no link"


def _breadboard_faults(drawing: ModuleType, links: list[Any]) -> list[str]:
    """What the boards connect in another way than rig.toml. Wires join halves of rows; a resistor is between two."""
    joined: dict[Any, Any] = {}

    def root(node: Any) -> Any:
        while joined.get(node, node) != node:
            node = joined[node]
        return node

    def node(end: Any) -> Any:
        return end.node if isinstance(end, drawing.Hole) else end

    holes = [end for link in links for end in (link.begin, link.end) if isinstance(end, drawing.Hole)]
    wrong = [f"two ends in {hole}" for hole in {*holes} if holes.count(hole) > 1]
    for link in links:
        if not link.ohms:
            joined[root(node(link.begin))] = root(node(link.end))
    parts = {frozenset((root(node(one.begin)), root(node(one.end)))): one.ohms for one in links if one.ohms}
    seen: dict[Any, str] = {}
    for name, one in (LINES | SENSES).items():
        gpio = LINES[name].pad if name in LINES else None
        pin = drawing.GPIO_PINS[gpio] if gpio is not None else drawing.PLACES.get(name)
        places = {"VBUS": "load switch", "CURRENT": None}
        pad = node(drawing.pin_hole("pad", pin)) if pin is not None else places.get(name, name)
        rig = node(drawing.pin_hole("rig", drawing.GPIO_PINS[one.rig]))
        if name == "CURRENT":
            continue
        for end in {root(pad), root(rig)}:
            if seen.setdefault(end, name) != name:
                wrong.append(f"{name} and {seen[end]} are joined")
        if name == "VBUS":
            wrong += [] if root(pad) == root(rig) else ["VBUS is open"]
        elif parts.get(frozenset((root(pad), root(rig)))) != one.ohms:
            wrong.append(f"{name} has not its resistor")
        pull = LINES[name].pull if name in LINES else None
        if parts.get(frozenset((root(pad), root("+")))) != pull and name != "3V3":
            wrong.append(f"{name} has not its pull-up")
        if name in SENSES and frozenset((root(rig), root("- of the rig"))) not in parts:
            wrong.append(f"{name} has no divider")
    ends = [(node(drawing.pin_hole("pad", drawing.PLACES["3V3"])), "+")]
    ends += [(node(drawing.pin_hole(board, pin)), "-") for board in ("pad", "rig") for pin in drawing.GROUNDS]
    ends.append((node(drawing.pin_hole("rig", 38)), "- of the rig"))
    return wrong + [f"{pin} is not at the rail {rail}" for pin, rail in ends if root(pin) != root(rail)]


def test_the_breadboard_connects_what_the_specification_says() -> None:
    drawing = load_script(DOCS / "rig_breadboard.py")
    assert drawing.picture() == (PICTURES / "rig-breadboard.svg").read_text(encoding="utf-8"), (
        "./dev pictures rig-breadboard"
    )
    links = drawing.links()
    assert _breadboard_faults(drawing, links) == []
    joined_twice = [
        link for link in links if link.line == "GND"
    ]  # the boards' grounds are joined at four pins
    for at, link in enumerate(links):
        rest = links[:at] + links[at + 1 :]
        assert _breadboard_faults(drawing, rest) or link in joined_twice, f"nobody misses {link}"
