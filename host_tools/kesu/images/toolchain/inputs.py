"""inputs: hashes of everything that determines the content of an image."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import hashlib
import json
from pathlib import Path

FIRMWARE_FOLDERS = ("assets", "boards", "kesu_pad", "manifests", "native", "patches")
SKIPPED = {"__pycache__", ".mypy_cache", ".ruff_cache"}


def file_hash(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def tree_files(folder: Path) -> list[Path]:
    """All files under a folder, sorted, without caches."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and not SKIPPED & set(path.relative_to(folder).parts)
    )


def firmware_hashes(tree: Path) -> dict[str, str]:
    """SHA-256 of each file of a firmware tree that goes into an image, by its path in the tree."""
    files = [tree / "main.py"]
    for folder in FIRMWARE_FOLDERS:
        files += tree_files(tree / folder)
    return {path.relative_to(tree).as_posix(): file_hash(path) for path in files if path.is_file()}


def local_tree_stamp(tree: Path) -> str:
    """A stamp that changes with any file of an existing source tree (path, size, modification time)."""
    digest = hashlib.sha256()
    for path in tree_files(tree):
        state = path.stat()
        digest.update(f"{path.relative_to(tree)}\0{state.st_size}\0{state.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def combined(parts: object) -> str:
    """One SHA-256 over a structure that JSON can hold."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
