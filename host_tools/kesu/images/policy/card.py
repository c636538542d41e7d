"""card: the operator's card for a policy: its language, times, hand and after-call work, as one HTML file.

The cards in docs/card have marks: `data-seconds`, a time of the policy; `data-needs`, left out where that setting is
0 or false; `data-undo`, the side of the undo field; `data-standard` and `data-other`, for the standard policy only and
for others only; `data-fill`, a line to fill in: name of the centre, extension of the lead.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import html
import re
import unicodedata
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path

from kesu.common import packaged
from kesu.common.checkout import is_checkout, repository
from kesu.common.errors import Exit, KesuError
from kesu.spec.policy import DEFAULTS, LANGUAGES

_RIGHT = {"ja": "右下", "en": "lower right"}
_UNITS = {"ja": ("{}秒", "{}分"), "en": ("{} s", "{} min")}
NOTHING: Mapping[str, str] = {}
ROOM = {"centre": 32, "extension": 12}
"""Room for an entry on its line, in half-width characters."""
_PICTURE = re.compile(r'<img src="([^"]*/)?([\w-]+)-4in2-(ja|en)\.png"')


def sources() -> dict[str, Path]:
    """The files that make a card, by name: cards, style and pictures."""
    if is_checkout():
        docs = repository() / "docs"
        files = [*(docs / "card").iterdir(), *(docs / "pictures" / "screens").glob("*-4in2-*.png")]
        return {path.name: path for path in files if path.is_file()}
    names = packaged.names(packaged.CARD)
    if not names:
        raise KesuError(
            "This installation has no card.",
            hint="Take the wheel of a release, or a checkout.",
            code=Exit.UNAVAILABLE,
        )
    folder = packaged.unpacked(packaged.CARD)
    return {name: folder / name for name in names}


def card(values: Mapping[str, int], files: Mapping[str, Path], filled: Mapping[str, str] = NOTHING) -> str:
    """One HTML file with style and pictures inside.

    values: settings by their full names. filled: entries by their names, `centre` and `extension`; an empty one leaves
    the line to be filled in by hand. Raises KesuError if an entry has no room on its line.
    """
    language = LANGUAGES[values["page.language"]]
    text = files[f"operator-card-{language}.html"].read_text(encoding="utf-8")
    settings = {name.partition(".")[2]: value for name, value in values.items()}
    for needed in set(re.findall(r'data-needs="(\w+)"', text)):
        if not settings[needed]:
            text = re.sub(rf'<img[^>]*data-needs="{needed}"[^>]*>', "", text)
            text = re.sub(rf'<(\w+)[^>]*data-needs="{needed}"[^>]*>.*?</\1>\n?', "", text)
    text = re.sub(
        r'(<span data-seconds="(\w+)">)[^<]*(</span>)',
        lambda found: f"{found[1]}{_span(settings[found[2]], language)}{found[3]}",
        text,
    )
    if settings["hand"]:
        text = re.sub(r"(<span data-undo>)[^<]*(</span>)", rf"\1{_RIGHT[language]}\2", text)
    standard = dict(values) == DEFAULTS
    text = re.sub(rf"<span {'data-other' if standard else 'data-standard'}>[^<]*</span>", "", text)
    text = text.replace("<span data-other>", "<span>")
    for name, entry in filled.items():
        text = _with_entry(text, name, entry)
    style = files["card.css"].read_text(encoding="utf-8")
    text = re.sub(r'<link rel="stylesheet"[^>]*>', lambda _: f"<style>\n{style}</style>", text)
    return _PICTURE.sub(lambda found: f'<img src="{_inline(found, files, bool(settings["hand"]))}"', text)


def columns(text: str) -> int:
    """Width of a text in half-width characters."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _with_entry(text: str, name: str, entry: str) -> str:
    if not entry.isprintable() or columns(entry) > ROOM[name]:
        raise KesuError(
            f"There is no room on the card for the {name} {entry!r}.",
            hint=f"There is room for {ROOM[name]} half-width or {ROOM[name] // 2} full-width characters.",
            code=Exit.USAGE,
        )
    if not entry:
        return text
    bold = f" <b>{html.escape(entry)}</b>"
    return re.sub(
        rf'(<span data-fill="{name}">[^<]*)(</span>)', lambda found: found[1] + bold + found[2], text
    )


def _span(seconds: int, language: str) -> str:
    in_seconds, in_minutes = _UNITS[language]
    return in_seconds.format(seconds) if seconds % 60 else in_minutes.format(seconds // 60)


def _inline(found: re.Match[str], files: Mapping[str, Path], left: bool) -> str:
    scene, language = found[2], found[3]
    mirrored = f"{scene}-4in2-left-{language}.png"
    name = mirrored if left and mirrored in files else f"{scene}-4in2-{language}.png"
    return f"data:image/png;base64,{b64encode(files[name].read_bytes()).decode('ascii')}"
