"""dead_code: report code that nothing uses, by vulture, in two passes.

The first pass reads the product without the tests: code that only a test uses is dead. The second reads the tests
with all that they use. dead_code.toml names what is used all the same, with the reason.
"""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

from vulture import Vulture  # type: ignore[import-untyped]  # it has no types

from kesu_dev.checks.tracked import ROOT, tracked

CONFIDENCE = 60
"""Per cent: what vulture gives an unused function, class, method, attribute or variable."""
ALLOWED = Path(__file__).with_suffix(".toml")
PRODUCT = ("host_tools/", "firmware/", "docs/", "hardware/")
TESTS = "tests/"
CALLED_BY_PYTEST = ["pytest_*"]
FIXTURES = ["@pytest.fixture*", "@fixture*"]
STOCK = "toolchain/stock/"
"""Manifests of MicroPython."""


@dataclass(frozen=True)
class Unused:
    """One finding: where, what kind of thing, its name."""

    place: str
    kind: str
    name: str


def allowed(text: str) -> frozenset[str]:
    """The names of dead_code.toml. ValueError when a name has no reason or appears twice."""
    names: list[str] = []
    for entry in tomllib.loads(text)["allowed"]:
        if not str(entry["reason"]).strip():
            raise ValueError(f"{entry['names']}: give a reason")
        names += entry["names"]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"allowed twice: {', '.join(twice)}")
    return frozenset(names)


def reader() -> Vulture:
    """Vulture, which has read nothing yet."""
    return Vulture(ignore_names=CALLED_BY_PYTEST, ignore_decorators=FIXTURES)


def unused(finder: Vulture, root: Path, files: list[str]) -> list[Unused]:
    """What neither a file of `files` nor one that `finder` has read before uses."""
    finder.scavenge([str(root / name) for name in files])
    return [
        Unused(f"{Path(item.filename).relative_to(root)}:{item.first_lineno}", item.typ, item.name)
        for item in finder.get_unused_code(min_confidence=CONFIDENCE)
    ]


def findings(root: Path = ROOT, names: list[str] | None = None) -> list[Unused]:
    """What the product, and then the tests, do not use; allowed names included."""
    files = [name for name in names or tracked(root) if name.endswith(".py") and STOCK not in name]
    product = [name for name in files if name.startswith(PRODUCT)]
    others = [name for name in files if not name.startswith(PRODUCT)]
    finder = reader()
    found = unused(finder, root, product)
    return found + [one for one in unused(finder, root, others) if one.place.startswith(TESTS)]


def main() -> int:
    """Print each finding and each allowed name that is used; return 1 if there is one."""
    known = allowed(ALLOWED.read_text(encoding="utf-8"))
    found = findings()
    dead = [item for item in found if item.name not in known]
    for item in dead:
        print(f"{item.place}: {item.kind} {item.name} is not used: delete it, or allow it in {ALLOWED.name}")
    stale = sorted(known - {item.name for item in found})
    for name in stale:
        print(f"{ALLOWED.name}: {name} is used, or gone: delete the entry")
    return 1 if dead or stale else 0


if __name__ == "__main__":
    sys.exit(main())
