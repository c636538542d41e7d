"""test_legends: the keys have the words and signs of hardware/legends.toml, on stickers, case, card, page, screens."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import html
import re
import tomllib
import xml.etree.ElementTree as ET
from pathlib import Path

from kesu.common.font_files import FIXED_BOLD, lacking
from scripts import load_script

ROOT = Path(__file__).parents[2]
HARDWARE = ROOT / "hardware"
LEGENDS = tomllib.loads((HARDWARE / "legends.toml").read_text(encoding="utf-8"))
WORDS = {key: {legend["en"], legend["ja"]} for key, legend in LEGENDS.items()}


def names(text: str) -> set[str]:
    """What a Japanese or English text calls the keys: words before the word for key, and words in capitals."""
    return set(re.findall(r"([A-Z]{4}|[\u4e00-\u9fff]{2}|[\u30a0-\u30ff]{3})キー", text))


def strangers(text: str) -> set[str]:
    """Names of keys in a text that no legend has."""
    return names(text) - set().union(*WORDS.values())


def test_the_legends_are_three_keys_with_three_signs() -> None:
    outline = tomllib.loads((HARDWARE / "outline.toml").read_text(encoding="utf-8"))
    assert set(LEGENDS) <= set(outline["keys"])
    assert len({legend["sign"] for legend in LEGENDS.values()}) == len(LEGENDS) == 3
    assert [LEGENDS[key]["ja"] for key in ("WIPE", "AWAY", "MODE")] == ["消す", "離席", "モード"]
    assert all(legend["en"] == key for key, legend in LEGENDS.items())
    assert lacking("".join(legend["ja"] for legend in LEGENDS.values()), FIXED_BOLD) == []


def test_the_case_has_the_words_and_the_signs() -> None:
    parts = (HARDWARE / "enclosure" / "small_parts.py").read_text(encoding="utf-8")
    for key, legend in LEGENDS.items():
        line = next(
            line for line in parts.splitlines() if line.strip().startswith('"""Cap of') and key in line
        )
        assert re.search(rf"{key}.{{0,30}}{legend['sign']}", line), key


def test_card_and_screens_call_the_keys_by_their_legends() -> None:
    texts = [(ROOT / "docs" / "card" / "operator-card-ja.html").read_text(encoding="utf-8")]
    texts.append((ROOT / "firmware" / "assets" / "strings.toml").read_text(encoding="utf-8"))
    for text in texts:
        assert names(text)
        assert strangers(text) == set()
    assert {"WIPE", "離席", "MODE"} <= names(texts[0])
    assert strangers("席を立つときは退席キー、消すときはDELEキー") == {"退席", "DELE"}


def test_the_page_has_one_button_for_each_key() -> None:
    page = (ROOT / "host_tools" / "web" / "page" / "index.html").read_text(encoding="utf-8")
    buttons = dict(re.findall(r'<button[^>]*data-key="(\w+)"[^>]*>(.*?)</button>', page, flags=re.DOTALL))
    assert {key.upper() for key in buttons} == set(LEGENDS)
    for key, inside in buttons.items():
        shown = html.unescape(re.sub(r"<[^>]+>", " ", inside)).split()
        assert set(shown) == WORDS[key.upper()], key


def placed(style: str, rule: str, name: str) -> float | None:
    """A length of the legends in keys.css: `--name` of a rule, mm; None without one."""
    for body in re.findall(rf"^{re.escape(rule)} \{{(.*?)\}}", style, re.MULTILINE | re.DOTALL):
        if found := re.search(rf"--{name}: ([\d.]+);", body):
            return float(found[1])
    return None


def test_the_page_has_the_legends_where_the_case_has_them() -> None:
    m = load_script(HARDWARE / "enclosure" / "measures.py")
    style = (ROOT / "host_tools" / "web" / "page" / "keys.css").read_text(encoding="utf-8")
    rules = {"WIPE": ".key.wipe", "AWAY": '.key[data-key="away"]', "MODE": '.key[data-key="mode"]'}
    for key, rule in rules.items():
        right, below, high = (
            placed(style, rule, name) or placed(style, ".key", name) for name in ("right", "below", "high")
        )
        assert right == m.JAPANESE_RIGHT[key]
        assert below == m.KEYS[key][1] - m.LETTER_Y
        assert high == round(m.JAPANESE_HIGH / len(LEGENDS[key]["ja"]), 2)
    assert placed(style, ".key.wipe", "right") != placed(style, ".key", "right")


def test_the_card_shows_each_key_as_on_the_case() -> None:
    """Both words beside the drawn cap, in both languages."""
    for language in ("ja", "en"):
        card = (ROOT / "docs" / "card" / f"operator-card-{language}.html").read_text(encoding="utf-8")
        keys = dict(re.findall(r'<dt><span class="cap (\w+)"></span>(.*?)</dt>', card))
        assert {key.upper() for key in keys} == set(LEGENDS)
        for key, inside in keys.items():
            shown = re.sub(r"<[^>]+>", " ", inside).replace("キー", "").split()
            assert set(shown) == WORDS[key.upper()], (language, key)


def test_the_stickers_are_at_true_size() -> None:
    sheet = ET.parse(HARDWARE / "enclosure" / "stickers.svg").getroot()
    wide, high = (float(sheet.attrib[side].removesuffix("pt")) * 25.4 / 72 for side in ("width", "height"))
    assert (round(wide), round(high)) == (128, 88)
    # Filled outlines, no text: no reader needs the font.
    assert not list(sheet.iter("{http://www.w3.org/2000/svg}text"))
    outlines = [
        path
        for path in sheet.iter("{http://www.w3.org/2000/svg}path")
        if "clip" not in path.attrib.get("id", "")
    ]
    assert len(outlines) >= 3 * 3 * 6
    assert (HARDWARE / "enclosure" / "stickers.pdf").read_bytes().startswith(b"%PDF")
