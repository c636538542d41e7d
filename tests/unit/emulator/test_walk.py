"""test_walk: the whole state is found by walking the models, also a field that nobody named; what is left out has a
reason."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import ctypes
import random
import re
import tomllib
from collections import deque
from enum import Enum
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from kesu.common.uf2 import FAMILY_RP2350_ARM
from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.core.walk import MOST, walk
from kesu.verify.noninterference import everything
from pad_images import RP2040, SLEEP_WFI, uf2_bytes

ADDED = "a_field_of_tomorrow"
CHIPS = {"pico": RP2040, "pico2": FAMILY_RP2350_ARM}
MODELS = {
    "pico": (
        "Glass Divider SystemControl SysTick Blocks Block RPPWM RPDMA RPADC RPTimer RPI2C SpiPort UsbController "
        "RPWatchdog Interpolator RP2040RTC Rosc XipControl Ssd1683 Ram Supply Ft6336u Armv6M RegisterFile Wiring Key"
    ),
    "pico2": (
        "Kept Moved BootRam Powman Trng Dma PioBlock XipControl Resets CoreView RPI2C SpiPort UsbController RPWatchdog "
        "Mcu Ssd1683 Ram Supply Ft6336u RegisterFile Wiring Key M33 Rp2350"
    ),
}
"""Classes that are known to hold state: the walk must reach at least these."""
LEFT_OUT = {"Glass"}


def nothing(path: str, kind: type) -> bool:
    return False


def pad_of(board: str, folder: Path) -> VirtualPad:
    uf2 = folder / "tiny.uf2"
    vectors = b"\x00\x20\x00\x20\x09\x00\x00\x10" if board == "pico2" else b""
    uf2.write_bytes(uf2_bytes(vectors + SLEEP_WFI, CHIPS[board]))
    pad = VirtualPad(uf2, panel="4in2")
    pad.power_on()
    pad.run_for(1.0)
    return pad


@pytest.mark.parametrize(
    "change",
    [
        lambda thing: setattr(thing, "number", 2),
        lambda thing: thing.raw.__setitem__(1, 9),
        lambda thing: thing.map["deep"].append(3),
        lambda thing: thing.queue.append(1),
        lambda thing: setattr(thing.structure, "word", 5),
        lambda thing: thing.structure.words.__setitem__(3, 5),
        lambda thing: thing.array.__setitem__((0, 1), 1.0),
        lambda thing: thing.chance.random(),
        lambda thing: thing.generator.random(),
        lambda thing: setattr(thing, "call", partial(int, "2")),
        lambda thing: thing.closure(7),
        lambda thing: setattr(thing, "other", thing.map),
        lambda thing: thing.slots.__setattr__("hidden", 1),
        lambda thing: setattr(thing, "method", thing.queue.pop),
        lambda thing: thing.numbers.add(4),
    ],
)
def test_every_kind_of_field_is_seen(change: Any) -> None:
    class Structure(ctypes.Structure):
        _fields_ = (("word", ctypes.c_uint32), ("words", ctypes.c_uint32 * 4), ("at", ctypes.c_void_p))

    class Slots:
        __slots__ = ("hidden",)

        def __init__(self) -> None:
            self.hidden = 0

    kept = [1]

    def closure(value: int) -> None:
        kept[0] = value

    thing = SimpleNamespace(
        number=1, raw=bytearray(4), map={"deep": [1, 2]}, queue=deque((1, 2)), structure=Structure(),
        array=np.zeros((2, 2)), chance=random.Random(1), generator=np.random.default_rng(1),
        call=partial(int, "1"), closure=closure, other=None, slots=Slots(), method=len, numbers={1, 2},
    )  # fmt: skip
    before = walk(thing, nothing)
    assert walk(thing, nothing) == before
    change(thing)
    assert walk(thing, nothing) != before


@pytest.mark.slow
def test_a_state_without_an_end_is_an_error() -> None:
    thing: list[Any] = []
    for _ in range(MOST + 2):
        thing.append([])
    with pytest.raises(RuntimeError, match="no end"):
        walk(thing, nothing)


@pytest.mark.slow
@pytest.mark.parametrize("board", CHIPS)
def test_a_field_added_to_any_model_is_compared(board: str, tmp_path: Path) -> None:
    pad = pad_of(board, tmp_path)
    objects: dict[type, Any] = {}

    seen: dict[str, type] = {}

    def remember(path: str, kind: type) -> bool:
        out = everything.left_out()(path, kind)
        if not out:
            seen.setdefault(path, kind)
        return out

    before = walk(pad, remember)
    for path in seen:
        thing = at(pad, path)
        if thing is not None and hasattr(thing, "__dict__") and not isinstance(thing, type):
            objects.setdefault(type(thing), thing)
    names = {kind.__name__ for kind in objects}
    assert set(MODELS[board].split()) - names == (LEFT_OUT if board == "pico" else set())
    unseen = []
    for kind, thing in objects.items():
        if not kind.__module__.startswith(("kesu", "rp2040py")) or issubclass(kind, Enum | ctypes.Array):
            continue
        try:
            setattr(thing, ADDED, 1)
        except AttributeError:
            continue  # a frozen record
        found = walk(pad, everything.left_out())
        if not any(path.endswith(f".{ADDED}") for path in found):
            unseen.append(kind.__name__)
        delattr(thing, ADDED)
    assert not unseen
    assert walk(pad, everything.left_out()) == before


def at(root: Any, path: str) -> Any:
    """The object at a path of `walk`, if it is reached through attributes and items alone."""
    thing = root
    for attribute, item in re.findall(r"\.(\w+)|\[([^\]]+)\]", path):
        if attribute:
            thing = getattr(thing, attribute, None)
        elif isinstance(thing, dict):
            keys = {(f"{key:#010x}" if isinstance(key, int) else str(key)): key for key in thing}
            thing = thing[keys[item]] if item in keys else None
        else:
            thing = thing[int(item)] if item.isdigit() and isinstance(thing, list | tuple | deque) else None
        if thing is None:
            return None
    return thing


def test_two_pads_of_one_seed_are_equal_and_of_two_are_not(tmp_path: Path) -> None:
    one, other = (pad_of("pico", tmp_path) for _ in range(2))
    assert everything.fields(one) == everything.fields(other)
    other.run_for(0.001)
    assert everything.fields(one) != everything.fields(other)


def test_what_is_left_out_has_a_reason() -> None:
    groups = tomllib.loads(everything.LEFT_OUT.read_text(encoding="utf-8"))["left_out"]
    assert all(len(group["reason"]) > 40 for group in groups)
