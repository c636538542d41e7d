"""reviewed: the functions that may branch on ink, each with its reason and its fingerprint (reviewed.toml).

Labels do not follow branches: after `if pixel: x = 1` the 1 has no label. So every place where the program branches on
ink must be known. The list names functions and what their code was when they were reviewed; a function that is not in
it, or that was changed since, is reported.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources

from kesu.emulator.trace.tracer import InkedBranch
from kesu.verify.trace.places import Fingerprints, Names

FILE = "reviewed.toml"


@dataclass(frozen=True)
class Function:
    """A reviewed function. frozen: whether it is bytecode; prints: fingerprints of its reviewed code, one for each
    board or panel that has other code; reason: why it branches on ink."""

    name: str
    frozen: bool
    prints: tuple[str, ...]
    reason: str


@cache
def functions() -> dict[tuple[bool, str], Function]:
    """The functions of the list, by kind and name. One without a reason is not reviewed yet."""
    text = resources.files(__package__).joinpath(FILE).read_text(encoding="utf-8")
    found = {}
    for kind, entries in tomllib.loads(text).items():
        for entry in entries:
            one = Function(entry["name"], kind == "frozen", tuple(entry["prints"]), entry["reason"])
            found[one.frozen, one.name] = one
    return found


def unknown(named: Names, branches: Iterable[InkedBranch], prints: Fingerprints) -> set[str]:
    """Places that branch on ink and are not reviewed as they are, in words."""
    return {
        f"{name} ({'changed since its review' if listed else 'not reviewed'}"
        f"{f', for {caller}' if caller and not frozen else ''})"
        for frozen, name, caller in places_of(named, branches)
        if not (listed := functions().get((frozen, name)))
        or not listed.reason
        or (prints.frozen(name) if frozen else prints.native(name)) not in listed.prints
    }


def places_of(named: Names, branches: Iterable[InkedBranch]) -> Iterator[tuple[bool, str, str]]:
    """Kind and name of each function that branched on ink, and the frozen function that it worked for."""
    for branch in branches:
        caller = named.frozen(branch.bytecode)
        yield False, named.function(branch.pc), caller
        if caller:
            yield True, caller, ""
