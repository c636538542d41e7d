"""test_scan: the search in C and the one with numpy find the same, and both find what is there."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import random

import numpy as np
import pytest
from kesu.emulator.core import native
from kesu.verify.search import scan
from kesu.verify.search.needles import LAYOUTS
from kesu.verify.search.scan import Table

SIZE = 20_000


@pytest.fixture(params=["C", "numpy"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "numpy":
        monkeypatch.setattr(scan, "_library", lambda: None)
    elif scan._library() is None:
        pytest.skip("no C compiler for this machine")
    return str(request.param)


def memory(seed: int, size: int = SIZE) -> bytearray:
    """Random bytes with long runs of 00 and FF, as in a pad's memory."""
    generator = random.Random(seed)
    content = bytearray()
    while len(content) < size:
        run = generator.randrange(1, 400)
        content += generator.choice((bytes(run), b"\xff" * run, generator.randbytes(run)))
    return content[:size]


def bytes_at(content: bytes, places: list[int]) -> int:
    return sum(content[place] << 8 * index for index, place in enumerate(places))


def expected(content: bytes, kind: str) -> dict[int, int]:
    """Key at each place, byte by byte as the documentation says it."""
    size = len(content)
    if kind == "bytes":
        return {at: bytes_at(content, list(range(at, at + 8))) for at in range(size - 7)}
    if kind == "steps":
        steps = bytes(one ^ other for one, other in zip(content[1:], content[:-1], strict=True))
        return {at: bytes_at(steps, list(range(at, at + 8))) for at in range(size - 8)}
    layout = next(layout for layout in LAYOUTS if layout.name == kind)
    order = (0, 1) if layout.order == "<" else (1, 0)
    offsets = [lane + byte for lane in layout.lanes for byte in order]
    return {
        at: bytes_at(content, [at + offset for offset in offsets]) for at in range(size - layout.span + 1)
    }


def found(table: Table, content: bytes, kind: str) -> dict[int, int]:
    raw = np.frombuffer(content, np.uint8)
    if kind == "bytes":
        places, keys = table.bytes_of(raw)
    elif kind == "steps":
        places, keys = table.steps_of(raw)
    else:
        places, keys = table.lanes_of(raw, next(layout for layout in LAYOUTS if layout.name == kind))
    assert list(places) == sorted(set(places.tolist()))
    return dict(zip(places.tolist(), keys.tolist(), strict=True))


@pytest.mark.parametrize("kind", ["bytes", "steps", *(layout.name for layout in LAYOUTS)])
def test_every_key_that_occurs_is_found_with_its_place(engine: str, kind: str) -> None:
    content = bytes(memory(1))
    there = expected(content, kind)
    wanted = set(random.Random(2).sample(sorted(there.values()), 500))
    table = Table([np.array(sorted(wanted), np.uint64)])
    seen = found(table, content, kind)
    assert {at: key for at, key in there.items() if key in wanted}.items() <= seen.items()
    assert all(there[at] == key for at, key in seen.items())
    others = sum(key not in wanted for key in seen.values())
    assert others < 0.001 * SIZE, "the tables reject too little"


def test_nothing_is_found_in_a_memory_without_the_keys(engine: str) -> None:
    generator = random.Random(3)
    table = Table([np.array([generator.getrandbits(64) for _ in range(1_000)], np.uint64)])
    assert found(table, bytes(SIZE), "bytes") == {}
    assert len(found(table, bytes(memory(4)), "steps")) < 5


@pytest.mark.parametrize("size", range(20))
def test_a_memory_that_is_too_short_has_no_place(engine: str, size: int) -> None:
    content = bytes(range(1, size + 1))
    for kind in ("bytes", "steps", *(layout.name for layout in LAYOUTS)):
        there = expected(content, kind)
        table = Table([np.array(sorted(there.values()), np.uint64)])
        assert found(table, content, kind) == there


def test_the_search_in_c_is_compiled_and_used(monkeypatch: pytest.MonkeyPatch) -> None:
    library = scan._library()
    if library is None:
        pytest.skip("no C compiler for this machine")
    assert native.SCAN in native.SOURCES
    monkeypatch.setattr(scan, "_gather", None)  # numpy's way would fail
    table = Table([np.arange(10, dtype=np.uint64)])
    assert found(table, bytes(8), "bytes") == {0: 0}
