"""raster_library: C of the firmware that draws, compiled for this machine and called as by the firmware."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import ctypes
import shutil
import subprocess
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "firmware" / "native"
SPI = Path(__file__).parent / "native_fuzz" / "hardware" / "spi.h"
WIDTH, HEIGHT, STRIDE = 400, 300, 50

# The parts of MicroPython that they use: an object is a number or the address of a buffer description.
RUNTIME = """
#pragma once
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
#define mp_const_false ((mp_obj_t)0)
#define mp_const_true ((mp_obj_t)1)
#define MP_OBJ_NEW_SMALL_INT(value) ((mp_obj_t)(value))
#define MP_DEFINE_CONST_FUN_OBJ_2(object, function) \\
    mp_obj_t object##_call(size_t n, const mp_obj_t *a) { (void)n; return function(a[0], a[1]); }
#define MP_DEFINE_CONST_FUN_OBJ_3(object, function) \\
    mp_obj_t object##_call(size_t n, const mp_obj_t *a) { (void)n; return function(a[0], a[1], a[2]); }
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

FUNCTIONS = (
    "stroke", "erase", "blit", "fill", "blank", "invert", "copy", "compose", "turn", "enclose",
    "aim", "aim_turned", "age",
)  # fmt: skip
BRIDGE_HEAD = """
#include "py/runtime.h"
#include "spi_port.h"
jmp_buf raised;
mp_obj_t answer;
spi_inst_t spi_ports[2];
spi_inst_t *kesu_spi_from(mp_obj_t id) { return &spi_ports[id != 0]; }
void kesu_spi_finish(spi_inst_t *spi) { (void)spi; }
"""
BRIDGE = BRIDGE_HEAD + "\n".join(
    f"mp_obj_t kesu_{name}_obj_call(size_t n, const mp_obj_t *a);\n"
    f"int {name}(size_t n, const mp_obj_t *a)"
    f" {{ return setjmp(raised) ? 1 : (answer = kesu_{name}_obj_call(n, a), 0); }}\n"
    for name in FUNCTIONS
)


class Buffer(ctypes.Structure):
    _fields_ = [("address", ctypes.c_void_p), ("length", ctypes.c_size_t)]


class Raster:
    """raster.c with its frame, between guard bytes that must not change."""

    FENCE = 64

    def __init__(self, library: Path) -> None:
        self._library = ctypes.CDLL(str(library))
        self._memory = (ctypes.c_uint8 * (STRIDE * HEIGHT + 2 * self.FENCE))()
        self.call("fill", Buffer(ctypes.addressof(self._memory), ctypes.sizeof(self._memory)), 0xFF)
        self.frame = Buffer(ctypes.addressof(self._memory) + self.FENCE, STRIDE * HEIGHT)

    def call(self, name: str, *arguments: Buffer | int) -> int:
        """Call a function of the module and return its answer (0: none). Raises ValueError when it does."""
        values = [ctypes.addressof(a) if isinstance(a, Buffer) else a for a in arguments]
        if getattr(self._library, name)(
            ctypes.c_size_t(len(values)), (ctypes.c_ssize_t * len(values))(*values)
        ):
            raise ValueError(name)
        return ctypes.c_ssize_t.in_dll(self._library, "answer").value

    def pixels(self) -> bytes:
        """The frame; AssertionError if a guard byte changed."""
        raw = bytes(self._memory)
        assert raw[: self.FENCE] == raw[-self.FENCE :] == b"\xff" * self.FENCE
        return raw[self.FENCE : -self.FENCE]


def compiled(folder: Path) -> Path:
    """Compile raster.c, pulses.c and region.c into `folder`; skips the test when there is no compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("no C compiler for this machine")
    (folder / "py").mkdir()
    (folder / "py" / "runtime.h").write_text(RUNTIME)
    (folder / "native.h").write_text("")
    (folder / "py" / "obj.h").write_text('#include "py/runtime.h"\n')
    (folder / "hardware").mkdir()
    (folder / "hardware" / "spi.h").write_bytes(SPI.read_bytes())
    for name in ("frame.h", "spi_port.h", "raster.c", "pulses.c", "region.c"):
        (folder / name).write_bytes((SOURCE / name).read_bytes())
    (folder / "bridge.c").write_text(BRIDGE)
    target = folder / "raster.so"
    command = [compiler, "-shared", "-fPIC", "-O1", f"-I{folder}", "-o", str(target)]
    sources = [str(folder / name) for name in ("raster.c", "pulses.c", "region.c", "bridge.c")]
    subprocess.run([*command, *sources], check=True)
    return target
