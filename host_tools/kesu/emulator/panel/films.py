"""films: films that fit the public end points, by number: what `python -m kesu_dev.film_bands` has drawn and
kept."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import csv
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np

from kesu.emulator.panel.film import Parameters

FILE = Path(__file__).with_name("films.csv")
MEDIANS, DEEP_GHOST, SLOW, FAST, CREEPING = range(5)
"""Numbers of the film with the median of every parameter, and of drawn ones: at 95 % of what a white drive leaves of a
short note, of those half that stay where they are best; at 95 % of the time to black, and at 5 %; at 95 % of what comes
back in an hour where one pixel was driven and the other not."""
FIRST, DRAWN = 5, 160
"""Number of the first drawn film, and how many there are."""


@cache
def film(number: int) -> Parameters:
    """Film `number`: a named one, or FIRST to FIRST + DRAWN - 1. Raises IndexError for others."""
    if number < 0:
        raise IndexError(f"there is no film {number}")
    return Parameters(*_rows()[number])


def by_seed(seed: int) -> int:
    """The number of the drawn film that a seed chooses."""
    return FIRST + seed % DRAWN


def drawn() -> Parameters:
    """All drawn films at once, each parameter of shape (DRAWN, 1)."""
    table = np.array(_rows()[FIRST:])
    return Parameters(*(table[:, index : index + 1] for index in range(table.shape[1])))


@cache
def _rows() -> tuple[tuple[float, ...], ...]:
    with FILE.open(encoding="utf-8", newline="") as file:
        header, *rows = (row for row in csv.reader(file) if not row[0].startswith("#"))
    assert tuple(header) == Parameters.names(), f"{FILE.name} is of another model: run kesu_dev.film_bands"
    return tuple(tuple(float(value) for value in row) for row in rows)


def write(path: Path, named: Sequence[Parameters], others: Parameters) -> None:
    """Write the named films in the order of their numbers, then the others; each parameter of shape (films, 1)."""
    names = Parameters.names()
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(
            "# SPDX-License-Identifier: MIT\n# Films that reach the public end points: python -m kesu_dev.film_bands\n"
        )
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(names)
        for films in (*named, others):
            for values in zip(*(getattr(films, name)[:, 0] for name in names), strict=True):
                writer.writerow([f"{value:.5g}" for value in values])
