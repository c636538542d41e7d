"""test_japanese_texts: what Japanese readers see has full-width marks and the words of the trade."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from kesu.spec.panels import FILMS

ROOT = Path(__file__).parents[2]
JAPANESE = "\u3040-\u30ff\u3400-\u9fff"
HALF_WIDTH = re.compile(rf"[{JAPANESE}] ?[(:!?,]|\)[{JAPANESE}]")
ITALICS = re.compile(rf"(?<!\*)\*[^*\n]*[{JAPANESE}][^*\n]*\*(?!\*)")
AVOIDED = {
    "消ゴム": "消しゴム",
    "秒読み": "カウントダウン",
    "きまり": "ルール",
    "折返し": "折り返し",
    "引継ぎ": "引き継ぎ",
    "白紙": "記入可能",
    "プレーン": "表示メモリー",
    "通話回線": "通話連携",
    "保持コンデンサ": "バックアップ用コンデンサ",
    "発見": "検出",
    "下さい": "ください",
    "メモリ(?!ー)": "メモリー",
    "サーバ(?!ー)": "サーバー",
    "ブラウザ(?!ー)": "ブラウザー",
    "エミュレータ(?!ー)": "エミュレーター",
    "ヶ": "か",
    "ワイプ": "消去",
    "デフォルト": "既定値",
    "エビデンス": "証跡",
    "ホワイトリスト": "許可リスト",
    "オペレータ(?!ー)": "オペレーター",
    "ドライバ(?!ー)": "ドライバー",
    "フォルダ(?!ー)": "フォルダー",
    "することができ": "でき",
    "あなた": "",
}
PAGES = [ROOT / "README.ja.md", *sorted((ROOT / "docs" / "ja").glob("*.md"))]
CLAIMS = re.compile(
    r"完全消去|絶対に復元|安全・安心|実証済み|情報漏えいゼロ|証明書|Purge相当|対応済み|認証済み|に準拠しています"
)
"""What Japanese readers must not be promised; the page on compliance lists such phrases as wrong."""


def texts() -> dict[str, str]:
    """What is shown, by where it is."""
    strings = tomllib.loads((ROOT / "firmware" / "assets" / "strings.toml").read_text(encoding="utf-8"))
    card = (ROOT / "docs" / "card" / "operator-card-ja.html").read_text(encoding="utf-8")
    parts = sorted((ROOT / "host_tools" / "web" / "page" / "strings" / "ja").glob("*.ts"))
    page = "".join(part.read_text(encoding="utf-8") for part in parts)
    return {
        "screens": "\n".join(str(entry["ja"]) for entry in strings.values()),
        "card": re.sub(r"<[^>]+>", "", card),
        "page": "\n".join(double or plain for double, plain in re.findall(r'"([^"]*)"|`([^`]*)`', page)),
        "pads": "\n".join(film.title["ja"] for film in FILMS.values()),
        **{page.name: prose(page.read_text(encoding="utf-8")) for page in PAGES},
    }


def prose(markdown: str) -> str:
    """A page without code, and without the addresses of its links."""
    text = re.sub(r"^```.*?^```|`[^`\n]+`", "", markdown, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"\]\([^)\s]*\)", "]", text)


def wrong(text: str) -> list[str]:
    found = [match[0] for match in (*HALF_WIDTH.finditer(text), *ITALICS.finditer(text))]
    return found + [word for word in AVOIDED if re.search(word, text)]


@pytest.mark.parametrize("place", ["screens", "card", "page", "pads", *(page.name for page in PAGES)])
def test_japanese_texts_use_full_width_marks_and_the_words_of_the_trade(place: str) -> None:
    text = texts()[place]
    assert "消去" in text or place in ("pads", "install.md")
    assert len(text) > (20 if place == "pads" else 300)
    assert wrong(text) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_page_makes_a_claim_that_nobody_can_keep(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    if page.name == "compliance.md":  # the last column of its tables has what may not be said
        text = "\n".join(line.rpartition("|")[0].rpartition("|")[0] or line for line in text.splitlines())
    assert CLAIMS.findall(text) == []
    assert "カード番号" in text or page.name not in ("README.ja.md", "faq.md", "trainers-page.md")


def test_a_claim_is_found() -> None:
    listed = (ROOT / "docs" / "ja" / "compliance.md").read_text(encoding="utf-8")
    assert set(CLAIMS.findall(listed)) >= {"Purge相当", "対応済み"}
    assert CLAIMS.findall("完全消去のメモパッド、実証済み") == ["完全消去", "実証済み"]


@pytest.mark.parametrize(
    "text",
    [
        "消去(全ページ)",
        "対象:4.2型",
        "離席 (A)",
        "(全3ページ)です",
        "消ゴム",
        "1ヶ所",
        "メモリの地図",
        "本当に?",
        "これは*重要*です",
    ],
)
def test_a_half_width_mark_or_an_avoided_word_is_found(text: str) -> None:
    assert wrong(text) != []


@pytest.mark.parametrize(
    "text",
    ["消去（全ページ）", "17:30", "メモリーの使用状況", "SRAM (264 KiB)", "（A）です", "これは**重要**です"],
)
def test_correct_japanese_is_not_reported(text: str) -> None:
    assert wrong(text) == []
