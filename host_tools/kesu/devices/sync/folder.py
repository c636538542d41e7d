"""folder: the wanted files of the pad: those of a folder, or the application as the build lays it out."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path

from kesu.common.errors import Exit, KesuError
from kesu.images.policy.document import read_policy
from kesu.images.toolchain.inputs import combined, firmware_hashes
from kesu.images.toolchain.request import BuildRequest
from kesu.images.toolchain.stage import wanted_files

ALWAYS_EXCLUDED = (".*", "__pycache__", "*.pyc", "*~", "*.swp")
"""Of caches, editors and version control: never sent. What is on the pad under such a name is left alone."""


def excluded(path: str, patterns: Sequence[str]) -> bool:
    """Whether a path, or a folder above it, matches a pattern. A pattern with a slash matches the whole path."""
    parts = path.rstrip("/").split("/")
    above = ["/".join(parts[: end + 1]) for end in range(len(parts))]
    for pattern in (*ALWAYS_EXCLUDED, *patterns):
        names = above if "/" in pattern else parts
        if any(fnmatch(name, pattern.rstrip("/")) for name in names):
            return True
    return False


def files_of(folder: Path, patterns: Sequence[str]) -> dict[str, bytes]:
    """Path on the pad to content. Raises KesuError for a missing folder, or a link that leads outside."""
    if not folder.is_dir():
        raise KesuError(
            f"{folder} is not a folder.",
            hint="Give the folder whose files go to the pad.",
            code=Exit.NO_INPUT,
        )
    found: dict[str, bytes] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if excluded(name, patterns) or not path.is_file():
            continue
        if not name.isprintable():
            raise KesuError(
                f"{name!a}: its name has characters that are no text.", hint="Rename it.", code=Exit.DATA
            )
        if not path.resolve().is_relative_to(folder.resolve()):
            raise KesuError(
                f"{name} leads out of the folder.",
                hint="Copy the file instead of linking it.",
                code=Exit.DATA,
            )
        found[name] = path.read_bytes()
    return found


def application(request: BuildRequest) -> dict[str, bytes]:
    """The firmware's modules for `request`, as its service image has them, and with its policy if it has one.

    On the pad they take precedence over the frozen ones, because the filesystem comes first in sys.path; the
    package `kesu` must then be complete. main.py is always the frozen one.
    """
    request = replace(request, profile="service")
    mark = combined([firmware_hashes(request.tree), request.name])
    policy = None if request.policy is None else read_policy(request.policy)
    staged = wanted_files(request, mark[:8], policy)
    modules = {
        name.removeprefix("app/"): content for name, content in staged.items() if name.startswith("app/")
    }
    del modules["main.py"]
    return modules
