"""The cores in C for the page: built without a C library, whose few functions are the project's own."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import ctypes
import ctypes.util
import math
import random
import shutil
import struct
import subprocess
from pathlib import Path

import pytest
from kesu.common.errors import Exit, KesuError
from kesu.demo.page import bundle, cores

SOURCE = """
#include <fenv.h>
#include <math.h>
#include <string.h>
float fused(float x, float y, float z) { return fmaf(x, y, z); }
double away(double x) { return round(x); }
double scaled(double x, int n) { return ldexp(x, n); }
void copied(char *to, const char *from, unsigned long bytes) { memcpy(to, from, bytes); }
"""
EDGES = (0.0, -0.0, 1.0, -1.0, 0.5, 1.5, 2.0**-149, 2.0**-126, 3.4028234663852886e38, math.inf, -math.inf)


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    """The functions of web/core/freestanding, compiled for this machine."""
    folder = tmp_path_factory.mktemp("freestanding")
    (folder / "all.c").write_text(SOURCE, encoding="ascii")
    headers = bundle.SOURCES / "core" / "freestanding"
    flags = ["-O2", "-ffp-contract=off", "-ffreestanding", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"]
    command = ["cc", *flags, f"-I{headers}", "-o", str(folder / "all.so"), str(folder / "all.c")]
    subprocess.run(command, check=True, timeout=120)
    library = ctypes.CDLL(str(folder / "all.so"))
    library.fused.argtypes, library.fused.restype = (ctypes.c_float,) * 3, ctypes.c_float
    library.away.argtypes, library.away.restype = (ctypes.c_double,), ctypes.c_double
    library.scaled.argtypes, library.scaled.restype = (ctypes.c_double, ctypes.c_int), ctypes.c_double
    library.copied.argtypes, library.copied.restype = (ctypes.c_char_p, ctypes.c_char_p, ctypes.c_ulong), None
    return library


@pytest.fixture(scope="module")
def fmaf() -> ctypes.CDLL:
    """The C library's."""
    name = ctypes.util.find_library("m")
    assert name is not None
    library = ctypes.CDLL(name)
    library.fmaf.argtypes, library.fmaf.restype = (ctypes.c_float,) * 3, ctypes.c_float
    return library


def _bits(value: float) -> int:
    return 0x7FC0_0000 if math.isnan(value) else int(struct.unpack("<I", struct.pack("<f", value))[0])


def _floats(generator: random.Random, count: int) -> list[float]:
    """Of all magnitudes."""
    words = (generator.getrandbits(32) for _ in range(count))
    return [float(struct.unpack("<f", struct.pack("<I", word))[0]) for word in words]


@pytest.mark.slow
def test_a_fused_product_is_rounded_once(ours: ctypes.CDLL, fmaf: ctypes.CDLL) -> None:
    generator = random.Random(68)
    triples = [(x, y, z) for x in EDGES for y in EDGES for z in EDGES]
    triples += [(x, y, z) for x, y, z in zip(*(_floats(generator, 20_000) for _ in range(3)), strict=True)]
    for x, y in zip(_floats(generator, 20_000), _floats(generator, 20_000), strict=True):
        if math.isfinite(x) and math.isfinite(y) and abs(x * y) < 3e38:
            near = struct.unpack("<f", struct.pack("<f", -(x * y)))[0]  # what is left is the rounding error
            triples += [
                (x, y, near),
                (x, y, near * 2.0**-24),
                (x, y, near * 2.0**24 if abs(near) < 1e30 else 0.0),
            ]
    different = [triple for triple in triples if _bits(ours.fused(*triple)) != _bits(fmaf.fmaf(*triple))]
    assert different == []
    # Twice rounded, some of them are different: the comparison can see that.
    twice = [
        (x, y, z)
        for x, y, z in triples
        if all(map(math.isfinite, (x, y, z)))
        and abs(x * y + z) < 3e38
        and _bits(struct.unpack("<f", struct.pack("<f", x * y + z))[0]) != _bits(fmaf.fmaf(x, y, z))
    ]
    assert twice


def test_halves_are_rounded_away_from_zero(ours: ctypes.CDLL) -> None:
    for value in (0.5, 1.5, 2.5, 0.49999999999999994, 0.0, 3.2, 4_503_599_627_370_495.5, 1e300):
        expected = math.floor(value) + (1.0 if value - math.floor(value) >= 0.5 else 0.0)
        assert ours.away(value) == expected
        assert ours.away(-value) == -expected


def test_scaling_is_exact(ours: ctypes.CDLL) -> None:
    for value in (1.0, -3.7, 2.0**-149, 3.4e38):
        for exponent in range(-32, 33):
            assert ours.scaled(value, exponent) == math.ldexp(value, exponent)


@pytest.mark.parametrize("size", [0, 1, 2, 3, 4, 8, 100])
def test_a_copy_has_the_size_that_was_asked_for(ours: ctypes.CDLL, size: int) -> None:
    to = ctypes.create_string_buffer(b"-" * 128, 128)
    ours.copied(ctypes.cast(to, ctypes.c_char_p), bytes(range(1, 101)), size)
    assert to.raw == bytes(range(1, size + 1)) + b"-" * (128 - size)


@pytest.mark.slow
@pytest.mark.parametrize("board", cores.MODULES)
def test_the_core_of_a_board_becomes_a_module_of_its_own(board: str, tmp_path: Path) -> None:
    module = cores.write_core(board, tmp_path)
    assert module.name == cores.file_name(board)
    assert module.read_bytes()[:8] == b"\0asm\1\0\0\0"
    assert [path.name for path in tmp_path.iterdir()] == [module.name]


def test_without_clang_the_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(KesuError, match="Missing to build the page: clang, wasm-ld") as caught:
        cores.write_core("pico", tmp_path)
    assert caught.value.code == Exit.UNAVAILABLE
    assert "lld" in caught.value.hint


@pytest.mark.slow
def test_an_error_in_a_core_is_shown(tmp_path: Path) -> None:
    shutil.copytree(bundle.SOURCES / "core" / "freestanding", tmp_path / "core" / "freestanding")
    (tmp_path / "core" / "rp2040.c").write_text("int broken(void) { return nothing; }\n", encoding="ascii")
    with pytest.raises(KesuError, match="nothing"):
        cores.write_core("pico", tmp_path, tmp_path)
