"""test_raster_c: firmware/native/raster.c, compiled for this machine, against distances and single pixels."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import ctypes
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

SOURCE = Path(__file__).parents[2] / "firmware" / "native"
WIDTH, HEIGHT, STRIDE = 400, 300, 50
PICTURE = bytes((0x00, 0x07, 0x55, 0x57, 0xAA, 0xAF, 0x12, 0x37, 0x80, 0x0F))
PICTURE_WIDTH = 13

# Just enough of MicroPython: an object is a number or the address of a buffer description.
RUNTIME = """
#include <stddef.h>
#include <stdint.h>
typedef intptr_t mp_int_t;
typedef intptr_t mp_obj_t;
typedef struct { void *buf; size_t len; } mp_buffer_info_t;
#define MP_BUFFER_RW 3
#define MP_BUFFER_READ 1
#define MP_ERROR_TEXT(text) text
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#define mp_const_none ((mp_obj_t)0)
#define MP_DEFINE_CONST_FUN_OBJ_2(object, function) \\
    mp_obj_t object##_call(size_t n, const mp_obj_t *a) { (void)n; return function(a[0], a[1]); }
#define MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(object, low, high, function) \\
    mp_obj_t object##_call(size_t n, const mp_obj_t *a) { return function(n, a); }
#include <setjmp.h>
extern jmp_buf raised;
static inline mp_int_t mp_obj_get_int(mp_obj_t value) { return value; }
static inline void mp_get_buffer_raise(mp_obj_t from, mp_buffer_info_t *into, int flags) {
    (void)flags;
    *into = *(mp_buffer_info_t *)from;
}
static inline void mp_raise_ValueError(const char *text) { (void)text; longjmp(raised, 1); }
"""

BRIDGE = """
#include "py/runtime.h"
jmp_buf raised;
mp_obj_t kesu_stroke_obj_call(size_t n, const mp_obj_t *a);
mp_obj_t kesu_blit_obj_call(size_t n, const mp_obj_t *a);
mp_obj_t kesu_fill_obj_call(size_t n, const mp_obj_t *a);
mp_obj_t kesu_turn_obj_call(size_t n, const mp_obj_t *a);
int stroke(size_t n, const mp_obj_t *a) { return setjmp(raised) ? 1 : (int)kesu_stroke_obj_call(n, a); }
int blit(size_t n, const mp_obj_t *a) { return setjmp(raised) ? 1 : (int)kesu_blit_obj_call(n, a); }
int turn(size_t n, const mp_obj_t *a) { return setjmp(raised) ? 1 : (int)kesu_turn_obj_call(n, a); }
int fill(size_t n, const mp_obj_t *a) { return setjmp(raised) ? 1 : (int)kesu_fill_obj_call(n, a); }
"""


class Buffer(ctypes.Structure):
    _fields_ = [("address", ctypes.c_void_p), ("length", ctypes.c_size_t)]


class Raster:
    """raster.c with its frame, fenced by bytes that must not change."""

    FENCE = 64

    def __init__(self, library: Path) -> None:
        self._library = ctypes.CDLL(str(library))
        self._memory = (ctypes.c_uint8 * (STRIDE * HEIGHT + 2 * self.FENCE))()
        self.call("fill", Buffer(ctypes.addressof(self._memory), ctypes.sizeof(self._memory)), 0xFF)
        self.frame = Buffer(ctypes.addressof(self._memory) + self.FENCE, STRIDE * HEIGHT)

    def call(self, name: str, *arguments: Buffer | int) -> None:
        """Call a function of the module. Raises ValueError when it does."""
        values = [ctypes.addressof(a) if isinstance(a, Buffer) else a for a in arguments]
        if getattr(self._library, name)(
            ctypes.c_size_t(len(values)), (ctypes.c_ssize_t * len(values))(*values)
        ):
            raise ValueError(name)

    def pixels(self) -> bytes:
        """The frame; AssertionError when something was drawn beside it."""
        raw = bytes(self._memory)
        assert raw[: self.FENCE] == raw[-self.FENCE :] == b"\xff" * self.FENCE
        return raw[self.FENCE : -self.FENCE]


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("no C compiler for this machine")
    folder = tmp_path_factory.mktemp("raster")
    (folder / "py").mkdir()
    (folder / "py" / "runtime.h").write_text(RUNTIME)
    (folder / "native.h").write_text("")
    (folder / "raster.c").write_bytes((SOURCE / "raster.c").read_bytes())
    (folder / "bridge.c").write_text(BRIDGE)
    target = folder / "raster.so"
    command = [compiler, "-shared", "-fPIC", "-O1", f"-I{folder}", "-o", str(target)]
    subprocess.run([*command, str(folder / "raster.c"), str(folder / "bridge.c")], check=True)
    return target


@pytest.fixture
def raster(library: Path) -> Raster:
    return Raster(library)


def inked(raster: Raster) -> np.ndarray:
    """True where the frame has ink, (rows, columns)."""
    bits = np.unpackbits(np.frombuffer(raster.pixels(), np.uint8)).reshape(HEIGHT, WIDTH)
    return bits == 0


def distances(x0: int, y0: int, x1: int, y1: int, width: int) -> np.ndarray:
    """Distance of each pixel from the segment, which an even nib draws half a pixel lower right."""
    shift = 0.0 if width % 2 else 0.5
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(float)
    along = np.array([x1 - x0, y1 - y0], float)
    length = max(float(along @ along), 1e-9)
    t = np.clip(((x - x0 - shift) * along[0] + (y - y0 - shift) * along[1]) / length, 0, 1)
    return np.hypot(x - x0 - shift - t * along[0], y - y0 - shift - t * along[1])


@pytest.mark.parametrize("width", range(1, 6))
@pytest.mark.parametrize(
    "ends",
    [
        (200, 150, 200, 150),
        (10, 10, 390, 290),
        (390, 20, 30, 40),
        (50, 280, 60, 5),
        (-30, 150, 30, 310),
        (380, 0, 450, 90),
    ],
)
def test_a_stroke_inks_its_line_and_nothing_else(raster: Raster, width: int, ends: tuple[int, ...]) -> None:
    raster.call("stroke", raster.frame, STRIDE, *ends, width)
    ink, distance = inked(raster), distances(*ends, width)
    assert ink.any()
    # Bresenham strays half a pixel from the true line, the nib's edge another half.
    assert not ink[distance > width / 2 + 1].any()
    assert ink[distance < width / 2 - 1].all()


def test_a_stroke_outside_draws_nothing(raster: Raster) -> None:
    raster.call("stroke", raster.frame, STRIDE, -200, -50, -10, 400, 5)
    assert not inked(raster).any()


@pytest.mark.parametrize(
    "place", [(203, 200), (208, 0), (-5, 250), (395, 252), (300, -2), (320, 297), (500, 10)]
)
def test_a_picture_lands_pixel_by_pixel(raster: Raster, place: tuple[int, int]) -> None:
    wanted = np.zeros((HEIGHT, WIDTH), bool)
    wanted[100:, :] = True  # ink that the picture's white must take away
    raster.call("fill", Buffer(raster.frame.address + 100 * STRIDE, 200 * STRIDE), 0)
    for j in range(len(PICTURE) // 2):
        for i in range(PICTURE_WIDTH):
            x, y = place[0] + i, place[1] + j
            if 0 <= x < WIDTH and 0 <= y < HEIGHT:
                wanted[y, x] = not PICTURE[2 * j + i // 8] >> (7 - i % 8) & 1
    picture = (ctypes.c_uint8 * len(PICTURE))(*PICTURE)
    raster.call(
        "blit", raster.frame, STRIDE, *place, Buffer(ctypes.addressof(picture), len(PICTURE)), PICTURE_WIDTH
    )
    assert np.array_equal(inked(raster), wanted)


@pytest.mark.parametrize(
    ("stride", "x", "width"), [(0, 5, 2), (7, 5, 2), (STRIDE, 4096, 2), (STRIDE, 5, 0), (STRIDE, 5, 32)]
)
def test_bad_arguments_are_refused(raster: Raster, stride: int, x: int, width: int) -> None:
    with pytest.raises(ValueError, match="stroke"):
        raster.call("stroke", raster.frame, stride, x, 5, 9, 9, width)
    assert not inked(raster).any()


def test_rows_turn_into_strips_of_bytes_with_the_top_row_low(raster: Raster) -> None:
    drawn = np.random.default_rng(7).integers(0, 256, STRIDE * HEIGHT, np.uint8)
    frame = (ctypes.c_uint8 * drawn.size)(*drawn.tolist())
    raster.call("turn", raster.frame, Buffer(ctypes.addressof(frame), drawn.size), STRIDE, 16, 40)
    strips = np.frombuffer(raster.pixels(), np.uint8)
    bits = np.unpackbits(drawn.reshape(HEIGHT, STRIDE), axis=1)[16:40].reshape(3, 8, WIDTH)
    assert np.array_equal(
        strips[16 * STRIDE : 40 * STRIDE], np.packbits(bits, axis=1, bitorder="little").ravel()
    )
    assert (strips[: 16 * STRIDE] == 0xFF).all()
    assert (strips[40 * STRIDE :] == 0xFF).all()


@pytest.mark.parametrize("rows", [(4, 16), (0, 304), (16, 8), (-8, 8)])
def test_only_whole_strips_of_the_frame_turn(raster: Raster, rows: tuple[int, int]) -> None:
    frame = (ctypes.c_uint8 * (STRIDE * HEIGHT))()
    with pytest.raises(ValueError, match="turn"):
        raster.call("turn", raster.frame, Buffer(ctypes.addressof(frame), len(frame)), STRIDE, *rows)
    assert not inked(raster).any()
