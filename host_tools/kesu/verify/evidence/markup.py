"""markup: builds HTML from Python and escapes everything that is not Markup."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from importlib.resources import files

# Characters that neither HTML nor XML 1.0 (section 2.2) allows, even escaped.
FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
VOID = frozenset({"br", "img", "meta"})


def clean(text: str) -> str:
    """The text, with each character that is not allowed in a document replaced."""
    return FORBIDDEN.sub("\ufffd", text)


class Markup(str):
    """Text that is already HTML."""

    __slots__ = ()


def tag(element: str, *children: str | int | float, **attributes: str) -> Markup:
    """One element. `class_` is the attribute class, `aria_label` is aria-label; "" leaves it out."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(clean(value), quote=True)}"'
        for key, value in attributes.items()
        if value
    )
    if element in VOID:
        return Markup(f"<{element}{written}>")
    return Markup(f"<{element}{written}>{join(children)}</{element}>")


def join(children: Iterable[str | int | float]) -> Markup:
    """Join children to one piece of markup."""
    return Markup(
        "".join(
            child if isinstance(child, Markup) else escape(clean(str(child)), quote=True)
            for child in children
        )
    )


def table(caption: str, heads: Iterable[str], rows: Iterable[Iterable[str | int | float]]) -> Markup:
    """A table whose first column is the row header; cells that are `td` markup are inserted unchanged."""
    body = []
    for row in rows:
        first, *others = row
        cells = [other if _is_cell(other) else tag("td", other) for other in others]
        body.append(tag("tr", tag("th", first, scope="row"), *cells))
    head = tag("thead", tag("tr", *(tag("th", text, scope="col") for text in heads)))
    content = tag("table", tag("caption", caption), head, tag("tbody", *body))
    return tag("div", content, class_="scroll", tabindex="0", role="group", aria_label=caption)


def page(title: str, mark: str, *content: str, back: str = "") -> str:
    """A complete, self-contained page. mark: EMULATED or HARDWARE, printed on every sheet. back: a link beside it."""
    style = Markup((files("kesu.verify.evidence") / "style.css").read_text(encoding="utf-8"))
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", f"{title} ({mark})"),
        tag("style", style),
    )
    banner = tag("header", mark, back, class_=f"mark {mark.lower()}")
    body = tag("body", banner, tag("main", *content))
    return f"<!DOCTYPE html>\n{tag('html', head, body, lang='en')}\n"


def _is_cell(value: object) -> bool:
    return isinstance(value, Markup) and value.startswith("<td")
