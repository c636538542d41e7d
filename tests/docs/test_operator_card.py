"""test_operator_card: the card shows existing screens, has the policy's times, and prints on one page."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import re
import shutil
import subprocess
from base64 import b64encode
from pathlib import Path

import pytest
from kesu.common.errors import KesuError
from kesu.images.policy.card import card, sources
from kesu.images.policy.document import PRESETS, read_policy
from kesu.spec.policy import DEFAULTS
from scripts import load_script

ROOT = Path(__file__).parents[2]
CARDS = {language: ROOT / "docs" / "card" / f"operator-card-{language}.html" for language in ("ja", "en")}
SECONDS = {"秒": 1, "s": 1, "分": 60, "min": 60}


def screens(language: str) -> list[str]:
    """Names of the pictures on a card, without language and ending."""
    sources = re.findall(r'<img src="([^"]+)"', CARDS[language].read_text(encoding="utf-8"))
    assert all((CARDS[language].parent / source).is_file() for source in sources)
    return [Path(source).name.removesuffix(f"-4in2-{language}.png") for source in sources]


def test_both_languages_show_the_same_screens() -> None:
    assert len(screens("ja")) == 7
    assert screens("ja") == screens("en")


@pytest.mark.parametrize("language", CARDS)
def test_times_are_those_of_the_standard_policy(language: str) -> None:
    text = CARDS[language].read_text(encoding="utf-8")
    found = re.findall(r'<span data-seconds="(\w+)">(?:[A-Za-z]+ )?(\d+) ?(\w+)</span>', text)
    assert {name: int(number) * SECONDS[unit] for name, number, unit in found} == {
        name: DEFAULTS[f"timeouts.{name}"]
        for name in ("idle_s", "max_age_s", "call_age_s", "countdown_s", "wrap_up_s")
    }


def words(html: str) -> str:
    return re.sub(r"<[^>]+>", "", re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL))


def test_the_card_of_the_standard_policy_is_the_card() -> None:
    made = card(DEFAULTS, sources())
    plain = re.sub(r"<span data-other>[^<]*</span>", "", CARDS["ja"].read_text(encoding="utf-8"))
    assert words(made) == words(plain)
    assert made.count('src="data:image/png;base64,') == 7
    assert 'src=".' not in made
    assert "href" not in made


def test_the_card_of_a_policy_has_its_language_times_and_hand() -> None:
    values = DEFAULTS | {
        "page.language": 1,
        "page.hand": 1,
        "timeouts.idle_s": 45,
        "timeouts.call_age_s": 1800,
    }
    made = card(values, sources())
    text = words(made)
    assert "in a call after 30 min; outside calls 45 s without the pen" in text
    assert "the field at the lower right:" in text
    assert "lower left" not in text
    assert "Times are those of the standard settings" not in text
    assert "The pictures show the times of the standard settings." in text.replace("\n", " ")
    assert "data-other" not in made.partition("</style>")[2]
    left = (ROOT / "docs" / "pictures" / "screens" / "ready-4in2-left-en.png").read_bytes()
    assert b64encode(left).decode() in made
    assert "lower left" in words(card(values | {"page.hand": 0}, sources())), "the control"


@pytest.mark.parametrize(
    ("language", "labels"), [(0, ("センター名", "SVの内線")), (1, ("Centre", "Lead's extension"))]
)
def test_the_card_names_the_centre_and_the_extension(language: int, labels: tuple[str, str]) -> None:
    values = DEFAULTS | {"page.language": language}
    plain, made = (
        words(card(values, sources(), filled))
        for filled in ({}, {"centre": "第一センター <A & B>", "extension": "1234"})
    )
    assert f"{labels[0]} 第一センター &lt;A &amp; B&gt;{labels[1]} 1234" in made
    assert f"{labels[0]}{labels[1]}" in plain
    assert plain == words(card(values, sources(), {"centre": "", "extension": ""}))


@pytest.mark.parametrize("entry", ["あ" * 17, "a" * 33, "two\nlines"])
def test_an_entry_without_room_is_refused(entry: str) -> None:
    with pytest.raises(KesuError, match="no room on the card for the centre"):
        card(DEFAULTS, sources(), {"centre": entry})
    assert "あ" * 16 in words(card(DEFAULTS, sources(), {"centre": "あ" * 16}))


def test_the_card_leaves_out_what_the_policy_has_not() -> None:
    strict, desk = (card(read_policy(PRESETS[name]), sources()) for name in ("strict", "desk-without-pc"))
    assert "後処理" not in words(strict).partition("ルール")[0]
    assert "後処理" in words(desk)
    assert [made.count('src="data:') for made in (strict, desk)] == [6, 6]
    assert "PC" in words(strict)


def test_the_japanese_card_has_full_width_brackets_and_the_names_of_the_keys() -> None:
    text = CARDS["ja"].read_text(encoding="utf-8")
    words = re.sub(r"<[^>]+>", "", text)
    assert not re.findall(r"[\u3040-\u30ff\u4e00-\u9fff][(:].*", words)
    assert not re.findall(r"(?:WIPE|MODE|離席)(?!キー|中).*", words)
    assert "管理者" not in words, "operators report to their SV"


@pytest.mark.slow
def test_each_card_prints_on_one_a5_page_in_the_projects_font(tmp_path: Path) -> None:
    assert shutil.which("chromium") is not None, "no chromium: ./dev setup installs it"
    subprocess.run([ROOT / "dev", "card", tmp_path], check=True, capture_output=True, timeout=300)
    printed = sorted(tmp_path.glob("*.pdf"))
    assert [file.name for file in printed] == ["operator-card-en.pdf", "operator-card-ja.pdf"]
    for file in printed:
        pdf = file.read_bytes()
        assert re.findall(rb"/Type /Pages\s+/Count (\d+)", pdf) == [b"1"]
        (size,) = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf)
        # A5 is 148 mm x 210 mm; a point is 1/72 inch.
        assert [float(edge) * 25.4 / 72 for edge in size] == pytest.approx([148, 210], abs=0.5)
        fonts = {name.partition(b"+")[2] for name in re.findall(rb"/FontName /(\S+)", pdf)}
        assert fonts == {b"BIZUDPGothic-Regular", b"BIZUDPGothic-Bold"}


@pytest.fixture
def cards(tmp_path: Path) -> Path:
    """A folder with a copy of the English card, its style and its pictures, for changes."""
    folder = tmp_path / "docs" / "card"
    shutil.copytree(ROOT / "docs" / "card", folder, ignore=shutil.ignore_patterns("*-ja.html"))
    shutil.copytree(ROOT / "docs" / "pictures" / "screens", tmp_path / "docs" / "pictures" / "screens")
    return folder


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        (
            "operator-card-en.html",
            "<dt>Pen</dt>",
            "<dt>\U0010fffd</dt>",
            "no glyph for operator-card",
        ),
        ("operator-card-en.html", 'alt="ready"', 'alt="\U0010fffd"', "no glyph for operator-card"),
        ("operator-card-en.html", "<dl>", "<dl>" + "<dt>9</dt><dd>more</dd>" * 40, "takes 2 pages"),
        ("card.css", '"BIZ UDPGothic"', '"No Such Font"', "instead of BIZ UDPGothic"),
    ],
)
def test_an_invalid_card_is_not_printed(
    cards: Path, capsys: pytest.CaptureFixture[str], file: str, old: str, new: str, said: str
) -> None:
    text = (cards / file).read_text(encoding="utf-8")
    assert old in text
    (cards / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    out = cards.parent / "out"
    assert load_script(ROOT / "docs" / "print_card.py").main(out, cards) == 1
    found = capsys.readouterr().err
    assert said in found
    assert "printed" not in found.replace("is not printed", "").replace("is printed in", "")
    assert not out.exists()
