"""once: what several processes of one run of pytest share: made by the first that needs it, while the others wait."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import fcntl
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

Made = TypeVar("Made")


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], Made]) -> Made:
    """What `make` returned, which pickle can copy. It gets an empty folder for its files; nobody changes them later.

    If `make` raises, the next process that asks calls it again, with another folder.
    """
    base = factory.getbasetemp()
    root = (
        base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    )  # one folder below it for each process
    answer = root / f"{name}.pickle"
    with (root / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not answer.exists():
            made = make(factory.mktemp(name))
            answer.write_bytes(pickle.dumps(made))
        found: Made = pickle.loads(answer.read_bytes())
    return found
