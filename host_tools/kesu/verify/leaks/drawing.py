"""drawing: draws the leak of a seed and a number."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from random import Random

from kesu.verify.leaks import in_c, in_python
from kesu.verify.leaks.ground import Ground
from kesu.verify.leaks.parts import LANGUAGES, PYTHON, Leak


def draw(ground: Ground, seed: int, number: int, attempt: int = 0) -> Leak:
    """The same arguments give the same leak on the same base image. Raises Void when what was drawn cannot be."""
    random = Random(f"leak {seed} {number} {attempt} {ground.board} {ground.panel}")
    language = random.choice(LANGUAGES)
    if language == PYTHON:
        return in_python.leak(random, ground, seed, number, attempt)
    return in_c.leak(random, ground, language, seed, number, attempt)
