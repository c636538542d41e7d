"""notices: the licence texts of all third-party parts, as one text file."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Sequence

from kesu.release.parts import Part

RULE = "=" * 78
_GROUPS = {
    "required": "In the images",
    "excluded": "In the sources, left out of the images",
    "optional": "Python packages of the host tools (not part of a pad)",
}


def document(version: str, parts: Sequence[Part]) -> str:
    """Third-party notices: a table, then each text once."""
    lines = [f"Third-party notices of Kesu {version}", ""]
    for scope, title in _GROUPS.items():
        lines += [title, "-" * len(title)]
        lines += [_line(part) for part in parts if part.scope == scope]
        lines.append("")
    shown: dict[str, list[str]] = {}
    for part in parts:
        for path in part.texts:
            text = path.read_text(encoding="utf-8", errors="replace").strip()
            shown.setdefault(text, []).append(f"{part.name} ({path.name})")
    for text, names in shown.items():
        lines += [RULE, ", ".join(names), RULE, "", text, ""]
    return "\n".join(lines)


def _line(part: Part) -> str:
    return f"{part.name} {part.version}".strip() + f": {part.licence}. {part.says}"
