"""test_firmware_golden: every screen that screens.py and raster.c draw, compared with its picture.

The pictures are those of the documents (docs/pictures/screens). KESU_GOLDEN=write updates them: look at each
before committing.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import ctypes
import os
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from kesu.images.assets import text_modules
from kesu.images.toolchain.panel_modules import geometry_module
from kesu.images.toolchain.policy import policy_module, read_policy
from kesu.spec.panels import PANELS
from PIL import Image
from raster_library import Buffer, compiled

ROOT = Path(__file__).parents[3]
FIRMWARE = ROOT / "firmware"
PICTURES = ROOT / "docs" / "pictures" / "screens"
FIRST_TIP = 0

SCENES: dict[str, Callable[[Any, Any, bytearray], None]] = {
    "ready": lambda screens, policy, page: screens.ready(page, FIRST_TIP),
    "ready-service": lambda screens, policy, page: _with(policy, "SERVICE", True, screens, page),
    "ready-fields": lambda screens, policy, page: _with(policy, "TEMPLATE", 1, screens, page),
    "ready-grid": lambda screens, policy, page: _with(policy, "TEMPLATE", 2, screens, page),
    "writing": lambda screens, policy, page: _strip(screens, page, screens.strip, 0, 0),
    "writing-eraser-page-2": lambda screens, policy, page: _strip(screens, page, screens.strip, 1, 1),
    "countdown": lambda screens, policy, page: _strip(screens, page, _countdown(screens), 0, 0, 10, True),
    "wrap-up": lambda screens, policy, page: _strip(screens, page, _countdown(screens), 0, 0, 120, False),
    "muted-on-hold": lambda screens, policy, page: _strip(screens, page, screens.signs, True, True),
    "hold": lambda screens, policy, page: _strip(screens, page, screens.hold, 0, 0, 5),
    "away": lambda screens, policy, page: screens.away(page, 1),
    "payment": lambda screens, policy, page: screens.payment(page),
    "fault-touch": lambda screens, policy, page: screens.fault(page, 40),
    "fault-panel": lambda screens, policy, page: screens.fault(page, 1),
    "fault-other": lambda screens, policy, page: screens.fault(page, 99),
}


def _with(policy: Any, name: str, value: object, screens: Any, page: bytearray) -> None:
    before = getattr(policy, name)
    setattr(policy, name, value)
    screens.ready(page, FIRST_TIP)
    setattr(policy, name, before)


def _strip(screens: Any, page: bytearray, draw: Callable[..., None], *arguments: int) -> None:
    screens.ready(page, FIRST_TIP)
    draw(page, *arguments)


def _countdown(screens: Any) -> Callable[..., None]:
    def draw(frame: bytearray, page: int, eraser: int, seconds: int, may_touch: bool) -> None:
        screens.strip(frame, page, eraser)
        screens.seconds_left(frame, seconds, may_touch)

    return draw


@pytest.fixture(scope="module")
def native(tmp_path_factory: pytest.TempPathFactory) -> types.ModuleType:
    """The C raster behind the names of the firmware's module."""
    library = ctypes.CDLL(str(compiled(tmp_path_factory.mktemp("golden"))))
    module = types.ModuleType("native")

    def bound(name: str) -> Callable[..., None]:
        def call(*arguments: Any) -> None:
            kept, values = [], []
            for argument in arguments:
                if isinstance(argument, int):
                    values.append(argument)
                    continue
                size = len(argument)
                whole = ctypes.c_uint8 * size
                writable = isinstance(argument, bytearray)
                memory = whole.from_buffer(argument) if writable else whole(*argument)
                buffer = Buffer(ctypes.addressof(memory), size)
                kept += [memory, buffer]
                values.append(ctypes.addressof(buffer))
            assert not getattr(library, name)(
                ctypes.c_size_t(len(values)), (ctypes.c_ssize_t * len(values))(*values)
            ), name

        return call

    for name in ("stroke", "blit", "fill", "blank"):
        setattr(module, name, bound(name))
    module.own = lambda kind, buffer: None  # type: ignore[attr-defined]  # a module made here
    return module


@pytest.fixture(scope="module", params=[(panel, language) for panel in PANELS for language in ("ja", "en")])
def pad(request: pytest.FixtureRequest, native: types.ModuleType) -> Iterator[tuple[str, str, Any, Any]]:
    """Panel, language, screens and policy: the firmware's modules, in a separate package."""
    panel, language = request.param
    values = read_policy(FIRMWARE / "policy.toml")
    glyphs, labels = text_modules(FIRMWARE / "assets", language, values, "5c1d02ab")
    kept = {
        name: module for name, module in sys.modules.items() if name.split(".")[0] in ("kesu_pad", "native")
    }
    kept |= {"micropython": sys.modules["micropython"]} if "micropython" in sys.modules else {}
    for name in kept:
        del sys.modules[name]
    try:
        micropython = types.ModuleType("micropython")
        micropython.const = lambda value: value  # type: ignore[attr-defined]  # a module made here
        package = types.ModuleType("kesu_pad")
        package.__path__ = []
        sys.modules |= {"micropython": micropython, "native": native, "kesu_pad": package}
        sources = {
            "geometry": geometry_module(panel),
            "policy": policy_module(values, language=language),
            "glyphs": glyphs,
            "labels": labels,
        }
        for name in ("memo", "text", "screens"):
            sources[name] = (FIRMWARE / "kesu_pad" / f"{name}.py").read_text(encoding="utf-8")
        for name, source in sources.items():
            module = types.ModuleType(f"kesu_pad.{name}")
            sys.modules[f"kesu_pad.{name}"] = module
            setattr(package, name, module)
            exec(compile(source, f"{name}.py", "exec"), module.__dict__)
        yield panel, language, sys.modules["kesu_pad.screens"], sys.modules["kesu_pad.policy"]
    finally:
        for name in [
            name for name in sys.modules if name.split(".")[0] in ("kesu_pad", "native", "micropython")
        ]:
            del sys.modules[name]
        sys.modules.update(kept)


@pytest.mark.parametrize("scene", SCENES)
def test_the_screen_matches_the_picture_in_the_documents(
    scene: str, pad: tuple[str, str, Any, Any], tmp_path: Path
) -> None:
    panel, language, screens, policy = pad
    geometry = PANELS[panel]
    page = bytearray(geometry.stride * geometry.height)
    SCENES[scene](screens, policy, page)
    bits = np.unpackbits(np.frombuffer(page, np.uint8).reshape(geometry.height, geometry.stride), axis=1)
    picture = Image.fromarray(bits[:, : geometry.width] * np.uint8(255)).convert("1")
    golden = PICTURES / f"{scene}-{panel}-{language}.png"
    if os.environ.get("KESU_GOLDEN") == "write":
        golden.parent.mkdir(parents=True, exist_ok=True)
        picture.save(golden, optimize=True)
    assert golden.is_file(), "write the picture with KESU_GOLDEN=write and look at it"
    with Image.open(golden) as wanted:
        same = wanted.size == picture.size and np.array_equal(np.asarray(wanted), np.asarray(picture))
    if not same:
        picture.save(tmp_path / golden.name)
    assert same, f"{golden.name} differs; what is drawn now is {tmp_path / golden.name}"
