"""site_hooks: mkdocs hooks that build the site from the README and docs/ without changing them."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

from kesu.common.errors import KesuError
from kesu.demo.page.font import BOLD, FIXED, REGULAR, write_subset
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[1]
READMES = {"README.md": "index.md", "README.ja.md": "ja/index.md"}
"""First page of each language, above docs/, and its place in the site."""
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s#]*)(#[^)\s]*)?\)")
FENCE = re.compile(r"(^```.*?^```)", re.MULTILINE | re.DOTALL)
FONTS = {"regular": REGULAR, "bold": BOLD, "fixed": FIXED}
NAME = re.compile(r"[\w/-]+\.md")
ITEM = re.compile(r"(?:[-*]|\d+\.) ")


def on_files(files: Files, config: Any) -> Files:
    """Add the READMEs as first pages, from their folder above docs/."""
    for name, place in READMES.items():
        files.append(File.generated(config, place, content=(ROOT / name).read_text(encoding="utf-8")))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Files) -> str:
    """Convert links for the site, and add a blank line before each list, which Python-Markdown needs.

    A link that shows a file name shows the title of the page, as in the menu.
    """
    uri = page.file.src_uri
    folder = "." if uri in READMES.values() else posixpath.dirname(f"docs/{uri}")

    def target(match: re.Match[str]) -> str:
        sign, words, path, anchor = match[1], match[2], match[3], match[4] or ""
        if not path or re.match(r"[a-z]+:", path):
            return match[0]
        place = posixpath.normpath(posixpath.join(folder, path))
        if place in READMES:
            place = f"docs/{READMES[place]}"
        file = files.get_file_from_path(place[5:]) if place.startswith("docs/") else None
        if file is None:
            return f"{words} (`{place}`)"  # a file or folder of the repository that is not a page
        if NAME.fullmatch(words) and file.page is not None and file.page.title:
            words = file.page.title
        start = posixpath.dirname(uri) or "."
        return f"{sign}[{words}]({posixpath.relpath(place[5:], start)}{anchor})"

    parts = FENCE.split(markdown)
    parts[::2] = [_with_blank_lines(LINK.sub(target, text)) for text in parts[::2]]
    return "".join(parts)


def on_page_content(html: str, page: Any, config: Any, files: Files) -> str:
    """Style tables for the theme, whose own script fails on a heading like "1. Decide", and let wide ones scroll."""
    styled = html.replace("<table>", '<div class="table-responsive"><table class="table table-striped">')
    return styled.replace("</table>", "</table></div>")


def on_post_build(config: Any) -> None:
    """Subset the fonts of site.css to the characters of the pages. A missing glyph ends the build."""
    site = Path(config["site_dir"])
    text = "".join(page.read_text(encoding="utf-8") for page in sorted(site.rglob("*.html")))
    try:
        for name, font in FONTS.items():
            write_subset(text, font, site / "fonts" / f"{name}.woff2")
    except KesuError as error:
        raise PluginError(f"{error} {error.hint}") from error


def _with_blank_lines(text: str) -> str:
    lines: list[str] = []
    for line in text.split("\n"):
        before = lines[-1] if lines else ""
        if ITEM.match(line) and before.strip() and not ITEM.match(before) and before[0] != " ":
            lines.append("")
        lines.append(line)
    return "\n".join(lines)
