"""tracked: the files of the repository, from git or, in a copy without git, from the tree."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
GENERATED = frozenset(
    (
        ".git",
        ".venv",
        ".cache",
        ".mypy_cache",
        ".ruff_cache",
        ".pytest_cache",
        "dist",
        "out",
        "build",
        "node_modules",
        "__pycache__",
    )
)


def tracked(root: Path = ROOT) -> list[str]:
    """Paths below `root`, sorted."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=root, check=True, capture_output=True, text=True
        )
        names = [name for name in listed.stdout.split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        names = []
        for folder, folders, files in os.walk(root):
            folders[:] = [
                name for name in folders if name not in GENERATED and not name.endswith(".egg-info")
            ]
            names += [str((Path(folder) / name).relative_to(root)) for name in files]
    return sorted(name for name in names if (root / name).is_file())
