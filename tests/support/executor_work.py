"""executor_work: tasks for tests of executors; a worker of a cluster imports this module by its name."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import os
import random
import time
from pathlib import Path


def drawn(seed: int, folder: str = "", seconds: float = 0.0) -> list[int]:
    """Numbers of a seed. folder: gets a file each time that the task begins, named by seed and processes; seconds: how
    long it takes."""
    if folder:
        (Path(folder) / f"{seed} {os.getpid()} {os.getppid()}").touch()
    time.sleep(seconds)
    return [random.Random(seed).randrange(1_000_000) for _ in range(3)]


def fails(seed: int) -> list[int]:
    """A task that raises."""
    raise ValueError(f"no numbers for {seed}")
