"""made_up: files that somebody made up, by hypothesis: good ones with changes, and bad ones of every kind.

The same ones in each run (derandomize), so CI does not fail by chance; HYPOTHESIS_PROFILE=long looks further.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from kesu.errors import KesuError
from pad_images import uf2_bytes

CALM = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large]
settings.register_profile(
    "ci", max_examples=120, derandomize=True, database=None, deadline=None, suppress_health_check=CALM
)
settings.register_profile("long", settings.get_profile("ci"), max_examples=20_000, derandomize=False)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

DEEP = 200_000
GOOD_UF2 = uf2_bytes(bytes(range(256)) * 40)
POLICY = (Path(__file__).parents[2] / "firmware/policy.toml").read_bytes()
AGENT = b'[agent]\ncalls = "each"\n[pads.a]\nport = "auto"\n[sources.h]\nkind = "hook"\nlongest_call_s = 90\n'
NASTY_JSON = [
    b"[" * DEEP,
    b'{"a":' * DEEP,
    b"1" * 5000,
    b"NaN",
    b"-Infinity",
    b"1e999",
    b'"\\ud800"',
    b"\xff\xfe",
    b"",
    b"\x00",
]
NASTY_TOML = [
    b"a = " + b"[" * DEEP,
    b"a = " + b"1" * 5000,
    b"\xff",
    b"a = 1\na = 2",
    b"\x00",
    b'a = "\\ud800"',
]


@st.composite
def changed(draw: st.DrawFn, good: bytes) -> bytes:
    """A good file with bytes changed, cut, doubled or put in."""
    data = bytearray(good)
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        kind = draw(st.integers(0, 3))
        if kind == 0 and data:
            data[at] = draw(st.integers(0, 255))
        elif kind == 1:
            del data[at : at + draw(st.integers(1, 600))]
        elif kind == 2:
            data[at:at] = data[at : at + draw(st.integers(1, 600))]
        else:
            data[at:at] = draw(st.binary(max_size=40))
    return bytes(data)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)


def refused_by(read: Callable[[], object]) -> KesuError | None:
    try:
        read()
    except KesuError as error:
        return error
    return None


class Tally:
    """How often a reader took what it was given: a fuzzer whose every input is refused tries little."""

    def __init__(self) -> None:
        self.taken = self.refused = 0

    def __call__(self, read: Callable[[], object], code: int | None = None) -> None:
        refusal = refused_by(read)
        if refusal is None:
            self.taken += 1
            return
        self.refused += 1
        assert code is None or refusal.code == code, refusal.message
        assert len(refusal.message) < 600
