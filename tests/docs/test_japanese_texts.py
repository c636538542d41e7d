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
}


def texts() -> dict[str, str]:
    """What is shown, by where it is."""
    strings = tomllib.loads((ROOT / "firmware" / "assets" / "strings.toml").read_text(encoding="utf-8"))
    card = (ROOT / "docs" / "card" / "operator-card-ja.html").read_text(encoding="utf-8")
    page = (ROOT / "host_tools" / "web" / "page" / "strings_ja.ts").read_text(encoding="utf-8")
    return {
        "screens": "\n".join(str(entry["ja"]) for entry in strings.values()),
        "card": re.sub(r"<[^>]+>", "", card),
        "page": "\n".join(double or plain for double, plain in re.findall(r'"([^"]*)"|`([^`]*)`', page)),
        "pads": "\n".join(film.title["ja"] for film in FILMS.values()),
    }


def wrong(text: str) -> list[str]:
    found = [match[0] for match in HALF_WIDTH.finditer(text)]
    return found + [word for word in AVOIDED if re.search(word, text)]


@pytest.mark.parametrize("place", ["screens", "card", "page", "pads"])
def test_japanese_texts_use_full_width_marks_and_the_words_of_the_trade(place: str) -> None:
    text = texts()[place]
    assert "消去" in text or place == "pads"
    assert len(text) > (20 if place == "pads" else 300)
    assert wrong(text) == []


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
    ],
)
def test_a_half_width_mark_or_an_avoided_word_is_found(text: str) -> None:
    assert wrong(text) != []


@pytest.mark.parametrize(
    "text", ["消去（全ページ）", "17:30", "メモリーの使用状況", "SRAM (264 KiB)", "（A）です"]
)
def test_correct_japanese_is_not_reported(text: str) -> None:
    assert wrong(text) == []
