"""test_docs_browser: the page about browsers names every adapter, and counts the sequences that were played."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
import re
from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngImageFile
from scripts import load_script

ROOT = Path(__file__).parents[2]
WEB = ROOT / "host_tools" / "web"
PROOFS = ("browser.md", "Adapters")
PLAYED = ("phones.md", "The line of a tab")
FILM = load_script(ROOT / "docs" / "make_line_film.py")
RECORDED = {
    "amazonConnect": ("amazon_connect", "stories"),
    "twilioVoice": ("twilio_voice", "stories"),
    "genesysCloud": ("genesys_cloud", "stories"),
    "zoomContactCenter": ("zoom", "stories"),
    "zoomPhone": ("zoom", "phone"),
    "salesforceVoice": ("salesforce", "stories"),
    "salesforceConsole": ("salesforce", "console"),
}


def rows(page: str, heading: str) -> dict[str, list[str]]:
    """The adapters' table of a page: what the first cell names in code -> the other cells."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    section = text[text.index(f"## {heading}\n") :].split("\n## ")[0]
    found = {}
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `"):
            found.update(dict.fromkeys(re.findall(r"`(\w+)`", cells[0]), cells[1:]))
    return found


def test_both_tables_have_every_adapter() -> None:
    index = (WEB / "line" / "index.ts").read_text(encoding="utf-8")
    exported = set()
    for names in re.findall(r'export \{([^}]*)\} from "\./sources/', index):
        exported |= {name.strip() for name in names.split(",") if not name.strip().startswith("type ")}
    assert "screen" in exported
    assert exported - {"requestScreen"} == set(rows(*PROOFS)) == set(rows(*PLAYED))


def test_the_table_counts_what_is_played() -> None:
    table = rows(*PLAYED)
    for adapter, (name, part) in RECORDED.items():
        recorded = json.loads((WEB / "test" / "recorded" / f"{name}.json").read_text(encoding="utf-8"))
        assert table[adapter][0] == str(len(recorded[part])), adapter
        if version := re.search(r" (\d[\d.]+)$", recorded["recorded_from"]):
            assert version[1] in table[adapter][1]


def carried(path: Path) -> dict[str, object]:
    """What a picture of the film carries."""
    with Image.open(path) as picture:
        assert isinstance(picture, PngImageFile)
        found = json.loads(picture.text[FILM.KEY])
    assert isinstance(found, dict)
    return found


def test_the_film_is_of_these_shots_and_this_page() -> None:
    pictures = ROOT / "docs" / "pictures" / "line"
    wanted = {"page": FILM.page_hash(), "shots": FILM.carried()}
    assert carried(pictures / "page-story.png") == wanted, "run `./dev pictures line`"
    with Image.open(pictures / "page-story.gif") as film:
        assert getattr(film, "n_frames", 1) == len(FILM.SHOTS)
        width = film.width
    with Image.open(pictures / "page-story.png") as stills:
        assert stills.width == width
