"""newest: remembers the newest release written on this machine, per signing key; older ones need a flag.

A new or erased pad does not show what it had, and a drive cannot be read. Without this, an old release with a
valid signature would pass as the newest.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
import os
from pathlib import Path

from kesu.common.atomic import clear_leftovers, replace_file
from kesu.common.documents import from_json, read_plain
from kesu.common.errors import Exit, KesuError
from kesu.devices.discovery.host import Host
from kesu.devices.flash.image import FlashImage, is_older
from kesu.devices.flash.lock import locked
from kesu.devices.flash.record import LOCK_S
from kesu.images.identity import comparable

NAME = "newest-releases.json"


def place(host: Host) -> Path:
    """Path of the file, in the user's state folder."""
    if host.platform == "win32":
        folder = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    else:
        folder = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    kept = folder / "kesu" / NAME
    return kept if host.root == Path("/") else host.path(str(kept))


def refuse_older(host: Host, image: FlashImage) -> None:
    """Raise KesuError if this machine has written a newer release that the same key signed."""
    path = place(host)
    newest = _read(path).get(image.key_id, "") if image.key_id else ""
    if newest and is_older(image.version, newest):
        raise KesuError(
            f"{image.name}: it is of release {image.version}, and this machine has already written {newest}.",
            hint="Take the newest release; --allow-older writes this one anyway.",
            code=Exit.DATA,
        )


def remember(host: Host, image: FlashImage) -> None:
    """Remember that a release was written, if it is the newest. Raises KesuError if it cannot be stored."""
    if not image.key_id:
        return
    path = place(host)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with locked(path, LOCK_S):
            known = _read(path)
            if image.key_id in known and not is_older(known[image.key_id], image.version):
                return
            known[image.key_id] = image.version
            clear_leftovers(path)
            replace_file(path, f"{json.dumps(known, indent=1, sort_keys=True)}\n".encode())
    except OSError as error:
        raise KesuError(
            f"{path}: it cannot be written ({error.strerror}); the newest release is not remembered.",
            hint="Free the disk or the folder, then run the command again with --resume.",
            code=Exit.CANNOT_CREATE,
        ) from error


def _read(path: Path) -> dict[str, str]:
    try:
        content = from_json(read_plain(path), unique=True)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise _unusable(path) from error
    if not isinstance(content, dict) or any(
        not isinstance(version, str) or comparable(version) is None for version in content.values()
    ):
        raise _unusable(path)
    return content


def _unusable(path: Path) -> KesuError:
    return KesuError(
        f"{path}: it cannot be read, so the newest release written here is not known.",
        hint="Find out who changed it. Once it is removed, the next signed release counts as the newest.",
        code=Exit.DATA,
    )
