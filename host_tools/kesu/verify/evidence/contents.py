"""contents: the headings of the report, and the list of them at its beginning, in English and Japanese."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Iterable

from kesu.verify.evidence.markup import Markup, tag

LIST = "contents"
"""The id of the list: the bar at the top of the page leads back to it."""

HEADINGS = {
    "promise": ("What is promised", "保証の内容"),
    "matrix": ("Every event against every resource", "消去のきっかけと検査箇所"),
    "times": ("How fast", "消去にかかった時間"),
    "pictures": ("Before and after", "消去前と消去後の画像"),
    "pairs": ("Two notes, one outcome", "異なるメモの実行の比較"),
    "walks": ("Where the ink went", "筆跡に由来するデータの追跡"),
    "leaks": ("Leaks made on purpose", "検証用の漏えい版"),
    "faults": ("What was broken on purpose", "故障と電源断"),
    "structure": ("What the image could do", "イメージの構造"),
    "search": ("How the search works", "検索の方法"),
    "limits": ("What this does not show", "この検証では示せないこと"),
    "versions": ("Versions and hashes", "バージョンとハッシュ値"),
}
"""Name of a section, which is its id: English and Japanese heading, in the order of the report."""

IN_JAPANESE = (
    "この報告書は、検証の全項目の記録です（英語）。日本語の要約（2ページ）は、次のコマンドで作成できます："
)
PRINT_COMMAND = "kesu evidence print FOLDER --language ja --out summary.pdf"


def heading(name: str) -> Markup:
    """The heading of a section, which the list leads to."""
    return tag("h2", HEADINGS[name][0], id=name)


def contents(names: Iterable[str]) -> Markup:
    """The list of sections, and where a reader of Japanese finds the summary."""
    entries = (
        tag("li", tag("a", HEADINGS[name][0], tag("span", HEADINGS[name][1], lang="ja"), href=f"#{name}"))
        for name in names
    )
    titles = tag("h2", "Contents ", tag("span", "目次", lang="ja"), id=LIST)
    hint = tag("p", IN_JAPANESE, tag("code", PRINT_COMMAND), lang="ja", class_="soft")
    return tag("nav", titles, tag("ol", *entries), hint, aria_labelledby=LIST)
