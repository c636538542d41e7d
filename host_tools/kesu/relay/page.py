"""page: the read-only page of seats, and the same as Prometheus text. HTML without scripts; every value is escaped.

==========  ==========================================================
path        answer
==========  ==========================================================
/           the page; `?lang=ja` or `en`, else what the browser accepts
/metrics    Prometheus text, for the whole site
==========  ==========================================================
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections import Counter
from collections.abc import Sequence
from html import escape

from kesu.fleet.metrics import prometheus
from kesu.fleet.served import NOT_FOUND, NOTHING, Answer, Request
from kesu.relay.page_words import LANGUAGES, Words, chosen
from kesu.relay.seats import Condition, Row, rows, samples
from kesu.relay.server import Server

RENEWED_S = 30
STYLE = """
body{font:15px/1.5 system-ui,"Noto Sans JP","Yu Gothic UI",sans-serif;margin:1.5rem;color:#111;background:#fff}
h1{font-size:1.3rem;margin:0}
p{margin:.4rem 0}
ul{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:.5rem}
li{border:1px solid #999;border-radius:4px;padding:.1rem .6rem}
table{border-collapse:collapse;width:100%}
th,td{border-bottom:1px solid #ccc;padding:.2rem .6rem;text-align:left;white-space:nowrap}
th{position:sticky;top:0;background:#fff}
td.n{text-align:right;font-variant-numeric:tabular-nums}
.fault,.spoke{background:#f8d0d0;font-weight:bold}
.no-agent,.unseen,.no-pad,.down{background:#fbe8c0}
.unknown{background:#e8e8e8}
"""
_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = f"{NOTHING}; style-src 'sha256-{_HASH}'"
TEXT = "text/plain; version=0.0.4; charset=utf-8"


def answer(server: Server, request: Request) -> Answer:
    """The answer to a GET."""
    now = asyncio.get_running_loop().time()
    if request.path == "/metrics":
        return Answer(prometheus(samples(server, now)).encode(), TEXT)
    if request.path != "/":
        return NOT_FOUND
    words = chosen(request.query.get("lang", ""), request.languages)
    body = html(rows(server, now), words).encode()
    return Answer(body, "text/html; charset=utf-8", policy=POLICY, more=("Vary: Accept-Language",))


def html(found: Sequence[Row], words: Words) -> str:
    """The page."""
    many = Counter(row.condition for row in found)
    others = " ".join(
        f'<a href="?lang={other.code}" hreflang="{other.code}" lang="{other.code}">{escape(other.name)}</a>'
        for other in LANGUAGES.values()
        if other is not words
    )
    summary = "".join(
        f'<li class="{one.value}">{escape(words.conditions[one])}: {many[one]}</li>'
        for one in Condition
        if many[one]
    )
    head = "".join(f'<th scope="col">{escape(title)}</th>' for title in words.head)
    body = "\n".join(_row(row, words) for row in found)
    return f"""<!DOCTYPE html>
<html lang="{words.code}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="{RENEWED_S}">
<title>{escape(words.title)}</title>
<style>{STYLE}</style>
</head>
<body>
<h1>{escape(words.title)}</h1>
<p>{escape(words.note)} {others}</p>
<ul><li>{escape(words.total)}: {len(found)}</li>{summary}</ul>
<table>
<thead><tr>{head}</tr></thead>
<tbody>
{body}
</tbody>
</table>
</body>
</html>
"""


def _row(row: Row, words: Words) -> str:
    counts = row.counts
    numbers: tuple[int, ...] | tuple[str, ...] = ("",) * 5
    if counts is not None:
        numbers = (
            *(counts.wipes_confirmed, counts.wipes_unconfirmed),
            *(counts.lines_down, counts.pads_lost, counts.sources_lost),
        )
    cells = [
        f'<th scope="row">{escape(row.seat)}</th>',
        f'<td class="{row.condition.value}">{escape(words.conditions[row.condition])}</td>',
        f"<td>{words.yes if row.connected else words.no}</td>",
        f"<td>{words.yes if row.seen else words.no}</td>",
        *(f'<td class="n">{number}</td>' for number in numbers),
        f"<td>{escape(counts.version) if counts is not None else ''}</td>",
        f'<td class="n">{escape(words.age(row.age_s)) if counts is not None else ""}</td>',
    ]
    return f"<tr>{''.join(cells)}</tr>"
