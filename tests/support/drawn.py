"""drawn: what a run plays of tests that take too long for every run, by the name of the commit."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import functools
import subprocess
import zlib

from kesu.common.checkout import repository


@functools.cache
def commit() -> str:
    """The name of the commit; empty where there is no history."""
    command = ["git", "-C", str(repository()), "rev-parse", "HEAD"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def draws(seed: str, name: str, parts: int) -> bool:
    """Whether `name` is in the part that a seed draws: one in `parts`, others for other seeds."""
    return zlib.crc32(f"{seed} {name}".encode()) % parts == 0
