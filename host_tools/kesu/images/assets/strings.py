"""strings: reads the texts of strings.toml."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from kesu.common.errors import Exit, KesuError
from kesu.spec.policy import LANGUAGES

SIZES = (12, 16, 48)
PLACES = ("{idle}", "{age}")
"""What the pad itself inserts into a text, always in this order: times of its policy."""


@dataclass(frozen=True)
class Text:
    """One text of the pad: its name in the firmware, height in pixels, words by language."""

    name: str
    size: int
    words: dict[str, str]


def read_strings(assets: Path) -> list[Text]:
    """Texts of assets/strings.toml in order, then the units of time. Raises KesuError."""
    path = assets / "strings.toml"
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        units = document.pop("unit")
        texts = [
            Text(name, entry["size"], {language: entry[language] for language in LANGUAGES})
            for name, entry in document.items()
        ]
        texts += [
            Text(f"UNIT_{unit.upper()}", 12, {language: units[language][unit] for language in LANGUAGES})
            for unit in ("minutes", "seconds")
        ]
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError) as error:
        raise KesuError(
            f"The texts in {path} cannot be read: {error}.",
            hint="Each text has size, ja and en; [unit] has both languages.",
            code=Exit.DATA,
        ) from error
    for text in texts:
        if text.size not in SIZES:
            raise KesuError(
                f"{text.name} in {path} has the size {text.size}.",
                hint=f"Sizes are: {', '.join(str(size) for size in SIZES)}.",
                code=Exit.DATA,
            )
    return texts


def parts(words: str) -> list[str]:
    """The parts of a text between the places of PLACES; one part for a text without them."""
    found = re.findall(r"\{[a-z]+\}", words)
    if found not in ([], list(PLACES)):
        raise KesuError(
            f"The text {words!r} has the places {', '.join(found)}.",
            hint=f"A text has no places, or {', '.join(PLACES)} in this order.",
            code=Exit.DATA,
        )
    return re.split(r"\{[a-z]+\}", words)
