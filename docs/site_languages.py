"""site_languages: mkdocs hooks for two languages: menus, switch, words of the theme, search in Japanese.

A page in docs/ja is the partner of the page in docs with its name; so is README.ja.md of README.md.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import copy
import posixpath
import shutil
from html import escape
from pathlib import Path
from typing import Any

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import Files
from mkdocs.structure.nav import Navigation

HERE = Path(__file__).parent
JAPANESE = "日本語"
"""The section of `nav` in mkdocs.yml with the Japanese pages."""
SWITCH = '<ul class="nav navbar-nav ms-md-auto">'
SAID = {
    '<html lang="en"': '<html lang="ja"',
    "</i> Search\n": "</i> 検索\n",
    "</i> Previous\n": "</i> 前へ\n",
    "Next <i ": "次へ <i ",
    ">Search</h4>": ">検索</h4>",
    "From here you can search these documents. Enter your search terms below.": "検索語を入力してください。",
    'placeholder="Search..."': 'placeholder="検索語"',
    'title="Type search term here"': 'title="検索語"',
    'data-no-results-text="No results found"': 'data-no-results-text="見つかりませんでした"',
    'title="Table of Contents"': 'title="目次"',
    'aria-label="Toggle navigation"': 'aria-label="メニューを開閉"',
    'aria-label="Close"': 'aria-label="閉じる"',
}
"""What the theme says, in Japanese. Its own translations are for one language a site."""

TRY = {True: "パッドを試す", False: "Try the pad"}
"""Link to the page, by whether the document is Japanese."""
HOME = {"en": "index.md", "ja": "ja/index.md"}

_menus: dict[str, Navigation] = {}


def is_japanese(uri: str) -> bool:
    """uri: path of a page within docs/."""
    return uri.startswith("ja/")


def partner(uri: str) -> str:
    """The path of the same page in the other language."""
    return uri.removeprefix("ja/") if is_japanese(uri) else f"ja/{uri}"


def on_nav(nav: Navigation, config: Any, files: Files) -> Navigation:
    """Make a menu for each language."""
    (section,) = [item for item in nav.items if item.title == JAPANESE]
    pages: dict[bool, list[Any]] = {True: [], False: []}
    for page in nav.pages:
        pages[is_japanese(page.file.src_uri)].append(page)
    items = {True: list(section.children or []), False: [item for item in nav.items if item is not section]}
    for item in items[True]:
        item.parent = None
    for language, name in ((True, "ja"), (False, "en")):
        _menus[name] = menu = copy.copy(nav)
        menu.items, menu.pages, menu.homepage = items[language], pages[language], pages[language][0]
        pages[language][0].previous_page = pages[language][-1].next_page = None
    return nav


def on_page_context(context: dict[str, Any], page: Any, config: Any, nav: Navigation) -> dict[str, Any]:
    """Give the page the menu of its language."""
    context["nav"] = _menus["ja" if is_japanese(page.file.src_uri) else "en"]
    return context


def on_post_page(output: str, page: Any, config: Any) -> str:
    """Add the switch to the other language; on Japanese pages, put the theme's words into Japanese."""
    uri = page.file.src_uri
    here = is_japanese(uri)
    other = "en" if here else "ja"
    known = {one.file.src_uri: one for menu in _menus.values() for one in menu.pages}
    target = known.get(partner(uri)) or known[HOME[other]]
    address = escape(posixpath.relpath(target.url, posixpath.dirname(page.url) or "."))
    word = "English" if here else JAPANESE
    link = f'<a class="nav-link" lang="{other}" hreflang="{other}" href="{address}">{word}</a>'
    top = posixpath.relpath("..", posixpath.dirname(page.url) or ".")
    if config["extra"]["page"]:
        tried = f"{top}/{config['extra']['page']}?lang={'ja' if here else 'en'}"
        link = f'<a class="nav-link" href="{tried}">{TRY[here]}</a></li>\n<li class="nav-item">{link}'
    pairs = {
        SWITCH: f'{SWITCH}\n<li class="nav-item">{link}</li>',
        "</head>": f'<link rel="alternate" hreflang="{other}" href="{address}"></head>',
    }
    for said, instead in {**pairs, **(SAID if here else {})}.items():
        if said not in output:
            raise PluginError(f"{uri}: the theme no longer says {said!r}; change docs/site_languages.py.")
        output = output.replace(said, instead)
    return output


def on_post_build(config: Any) -> None:
    """Put our Japanese into the place of the search plugin's, which has been written before."""
    place = Path(config["site_dir"]) / "search" / "lunr.ja.js"
    if not place.is_file():
        raise PluginError("The search plugin wrote no lunr.ja.js; check `lang` in mkdocs.yml.")
    shutil.copyfile(HERE / "site_search.js", place)
