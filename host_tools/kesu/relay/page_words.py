"""page_words: the words of the page of seats, in both languages."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import dataclass

from kesu.relay.seats import Condition


@dataclass(frozen=True)
class Words:
    """One language. head: of the columns. ages: format strings for s, min and h."""

    code: str
    name: str
    title: str
    note: str
    total: str
    head: tuple[str, ...]
    conditions: dict[Condition, str]
    yes: str
    no: str
    ages: tuple[str, str, str]

    def age(self, seconds: int) -> str:
        """An age in words."""
        for at, (unit, limit) in enumerate(((1, 120), (60, 7200))):
            if seconds < limit:
                return self.ages[at].format(seconds // unit)
        return self.ages[2].format(seconds // 3600)


ENGLISH = Words(
    "en",
    "English",
    "Kesu: seats",
    "Counts since each agent's start. No calls, no notes. The page renews itself every 30 s.",
    "seats",
    (
        *("Seat", "Condition", "Agent", "Seen by the PBX", "Wipes confirmed", "without answer"),
        *("Line down", "Pad lost", "Source lost", "Version", "Report"),
    ),
    {
        Condition.FAULT: "pad reports a fault",
        Condition.SPOKE: "pad is not sealed",
        Condition.NO_AGENT: "no agent",
        Condition.UNSEEN: "PBX does not see it",
        Condition.NO_PAD: "no pad",
        Condition.DOWN: "line down",
        Condition.UNKNOWN: "no counts",
        Condition.UP: "line up",
    },
    "yes",
    "no",
    ("{} s ago", "{} min ago", "{} h ago"),
)
JAPANESE = Words(
    "ja",
    "日本語",
    "Kesu 席の一覧",
    "件数は、各連携エージェントの起動以降のものです。通話とメモの内容は含みません。30秒ごとに更新します。",
    "席",
    (
        *("席", "状態", "エージェント", "PBXの認識", "消去 確認済み", "消去 応答なし"),
        *("連携切断", "パッド切断", "ソース切断", "バージョン", "最終報告"),
    ),
    {
        Condition.FAULT: "パッド故障",
        Condition.SPOKE: "封印版でないパッド",
        Condition.NO_AGENT: "エージェントなし",
        Condition.UNSEEN: "PBXが席を認識していない",
        Condition.NO_PAD: "パッドなし",
        Condition.DOWN: "連携切断中",
        Condition.UNKNOWN: "件数の報告なし",
        Condition.UP: "連携中",
    },
    "あり",
    "なし",
    ("{}秒前", "{}分前", "{}時間前"),
)
LANGUAGES = {words.code: words for words in (JAPANESE, ENGLISH)}


def chosen(asked: str, accepted: str) -> Words:
    """The language of `?lang=`, else the first of Accept-Language that there is, else English."""
    codes = [asked, *(part.split(";")[0].strip()[:2].lower() for part in accepted.split(","))]
    return next((LANGUAGES[code] for code in codes if code in LANGUAGES), ENGLISH)
