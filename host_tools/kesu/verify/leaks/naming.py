"""naming: which of several leaks in one image a finding is about: by their functions, their places, their memory."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.core.facts import SRAM_BASE
from kesu.verify.found import Found
from kesu.verify.leaks.observe import AROUND
from kesu.verify.leaks.parts import Leak, Reading

_OWN = re.compile(r"_d(\d+_\d+)(?!\d)")
_C_FUNCTION = re.compile(r"^\w[^;#\n]*?\b(\w+)\([^;{]*\) \{$", re.MULTILINE)
Source = Callable[[str], str]
"""Gives the text of a source of the image by its name."""


def functions_of(leak: Leak, source: Source) -> frozenset[str]:
    """Names, as in findings, of the functions of the firmware that the leak changes."""
    return frozenset(
        name
        for insert in leak.inserts
        if insert.anchor
        for name in _enclosing(insert.path, source(insert.path), insert.anchor)
    )


@lru_cache(maxsize=256)
def _enclosing(path: str, text: str, anchor: str) -> tuple[str, ...]:
    """The function that an anchor is in, or whose head it is."""
    first = text.find(anchor)
    if not path.endswith(".py"):
        heads = [found for found in _C_FUNCTION.finditer(text) if found.start() < first + len(anchor)]
        return (heads[-1].group(1),) if heads else ()
    line = text.count("\n", 0, first) + 1
    module = path.removesuffix(".py").replace("/", "_")
    return tuple(
        f"{module}_{name}"
        for name, node in _functions(ast.parse(text))
        if node.lineno <= line <= (node.end_lineno or 0)
    )


def _functions(tree: ast.AST, before: str = "") -> Iterator[tuple[str, ast.FunctionDef]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef):
            yield before + node.name, node
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield from _functions(node, f"{before}{node.name}_")


class Naming:
    """Names the leaks of one image. pad: READY, with that image."""

    def __init__(self, leaks: Sequence[Leak], pad: VirtualPad, source: Source) -> None:
        self._leaks = {f"{leak.seed}_{leak.number}": leak for leak in leaks}
        self._memory = {leak.name: list(_addresses(leak, pad)) for leak in leaks}
        self._words = _alone({leak.name: set(_words(leak)) for leak in leaks})
        self._functions = _alone({leak.name: set(functions_of(leak, source)) for leak in leaks})

    def named(self, found: Found) -> dict[str, str]:
        """The leaks that findings name, each with the first of these findings."""
        names: dict[str, str] = {}
        for text in texts(found):
            for name in self._in(text):
                names.setdefault(name, text)
        for pair in found.pairs:
            for part in pair.differences:
                if part.mask or part.resource not in ("sram", "dpram"):
                    continue
                differing = range(part.address, part.address + part.length)
                for name, ranges in self._memory.items():
                    if any(differing.start < one.stop and one.start < differing.stop for one in ranges):
                        names.setdefault(name, f"differs: {part.place}")
        return names

    def _in(self, text: str) -> Iterator[str]:
        own = [self._leaks[found].name for found in _OWN.findall(text) if found in self._leaks]
        if own:
            yield from own
            return
        for word, name in self._words.items():
            if re.search(rf"(?<![0-9A-Za-z]){re.escape(word)}(?![0-9A-Za-z])", text):
                yield name
        for function, name in self._functions.items():
            if re.search(rf"(?<!\w){re.escape(function)}(?!\w)", text):
                yield name


def _alone(of: dict[str, set[str]]) -> dict[str, str]:
    """The words that only one of them has."""
    every = [word for words in of.values() for word in words]
    return {word: name for name, words in of.items() for word in words if every.count(word) == 1}


def texts(found: Found) -> Iterator[str]:
    """Every finding, one line each; the best reason first."""
    yield from (f"{one.rule}: {one.detail}" for one in found.findings if not one.holds)
    for pair in found.pairs:
        if not pair.holds:
            yield from filter(None, pair.reason.split("; "))
            yield from pair.open_places
    yield from (
        f"{one.event} {one.resource}: {part}"
        for one in found.cells
        if not one.holds
        for part in one.reason.split("; ")
    )
    for walk in found.walks:
        if not walk.holds:
            of = f"walk, seed {walk.seed}: "
            yield from (f"{of}ink at READY, {text}" for text in walk.left)
            yield from (f"{of}ink went {text}" for text in walk.escapes)
            yield from (f"{of}depends on ink without a review: {text}" for text in walk.branches)
            yield from (f"{of}not allowed: {text}" for text in walk.uses)
            yield from (f"{of}it ran {text}" for text in walk.calls)
            yield of + walk.reason
    yield from (
        f"guided search, seed {search.seed}: {search.reason}" for search in found.guided if not search.holds
    )
    for kind in found.coverage:
        yield from (f"not reviewed, not run whole: {text}" for text in kind.open)


def _words(leak: Leak) -> Iterator[str]:
    """How findings write the leak's places."""
    for place in (leak.sink, leak.hold):
        if place is None:
            continue
        reading = place.reading
        if reading.kind == "bus":
            yield f"0x{reading.number:08x}"
        elif reading.kind == "panel":
            yield f"panel command {reading.where}"
        elif reading.kind == "touch":
            yield f"touch register 0x{reading.number:02x}"
        elif reading.kind == "pins":
            yield f"pin {reading.number}"


def _addresses(leak: Leak, pad: VirtualPad) -> Iterator[range]:
    """Addresses in memory of the leak's places and of its state."""
    own = leak.prefix
    for name, symbol in pad.memory_map.symbols.items():
        if name in (own, f"{own}_kept", f"{own}_out", f"{own}h_kept") and symbol.size:
            yield range(symbol.address, symbol.address + symbol.size)
    for place in (leak.sink, leak.hold):
        if place is not None:
            yield from _of_reading(place.reading, pad)


def _of_reading(reading: Reading, pad: VirtualPad) -> Iterator[range]:
    if reading.kind == "symbol" and reading.where in pad.memory_map.symbols:
        start = pad.memory_map.symbols[reading.where].address + reading.number
        yield range(start, start + 4)
    elif reading.kind == "bus":
        yield range(reading.number, reading.number + 4)
    elif reading.kind == "marker":
        at = bytes(pad.sram).find(reading.number.to_bytes(4, "little"))
        if at >= 0:
            yield range(SRAM_BASE + at, SRAM_BASE + at + AROUND)
