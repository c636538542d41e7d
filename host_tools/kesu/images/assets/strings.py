"""strings: reads the texts of strings.toml and inserts the build's values."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from kesu.common.errors import Exit, KesuError

SIZES = (12, 16, 48)
LANGUAGES = ("ja", "en")


@dataclass(frozen=True)
class Text:
    """One text of the pad: its name in the firmware, height in pixels, words by language."""

    name: str
    size: int
    words: dict[str, str]


def read_strings(assets: Path) -> tuple[list[Text], dict[str, dict[str, str]]]:
    """Texts of assets/strings.toml in order, and units of time by language. Raises KesuError."""
    path = assets / "strings.toml"
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        units = document.pop("unit")
        texts = [
            Text(name, entry["size"], {language: entry[language] for language in LANGUAGES})
            for name, entry in document.items()
        ]
        texts += [Text("UNIT", 12, {language: "".join(units[language].values()) for language in LANGUAGES})]
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
    return texts, units


def filled(text: Text, language: str, values: dict[str, int], units: dict[str, str], image_id: str) -> str:
    """The text with the policy's times and the image's id inserted."""

    def span(ms: int) -> str:
        seconds = ms // 1000
        if seconds % 60:
            return f"{seconds}{units['seconds']}"
        return f"{seconds // 60}{units['minutes']}"

    return text.words[language].format(
        idle=span(values["IDLE_MS"]), age=span(values["MAX_AGE_MS"]), id=image_id
    )
