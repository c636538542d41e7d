"""notices: the licence texts of all third-party software, as one text file."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Sequence

from kesu.release.dependencies import Dependency

RULE = "=" * 78
_GROUPS = {
    "required": "In the images",
    "excluded": "In the sources, left out of the images",
    "optional": "Python packages of the host tools (not part of a pad)",
}


def document(version: str, dependencies: Sequence[Dependency]) -> str:
    """Third-party notices: a table, then each text once."""
    lines = [f"Third-party notices of Kesu {version}", ""]
    for scope, title in _GROUPS.items():
        lines += [title, "-" * len(title)]
        lines += [_line(dependency) for dependency in dependencies if dependency.scope == scope]
        lines.append("")
    shown: dict[str, list[str]] = {}
    for dependency in dependencies:
        for path in dependency.texts:
            text = path.read_text(encoding="utf-8", errors="replace").strip()
            shown.setdefault(text, []).append(f"{dependency.name} ({path.name})")
    for text, names in shown.items():
        lines += [RULE, ", ".join(names), RULE, "", text, ""]
    return "\n".join(lines)


def _line(dependency: Dependency) -> str:
    return f"{dependency.name} {dependency.version}".strip() + f": {dependency.licence}. {dependency.says}"
