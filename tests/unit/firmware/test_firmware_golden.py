"""test_firmware_golden: every screen that screens.py and raster.c draw, compared with its picture.

The pictures are those of the documents (docs/pictures/screens). KESU_GOLDEN=write updates them: look at each
before committing.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import ctypes
import functools
import os
import sys
import types
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from kesu.images.assets import text_modules
from kesu.images.toolchain.panel_modules import geometry_module
from kesu.images.toolchain.policy_modules import policy_module
from kesu.spec.panels import PANELS
from kesu.spec.policy import DEFAULTS, LANGUAGES
from PIL import Image
from raster_library import Buffer, compiled

ROOT = Path(__file__).parents[3]
FIRMWARE = ROOT / "firmware"
PICTURES = ROOT / "docs" / "pictures" / "screens"
FIRST_TIP = 0
WITH_STRIP = {
    "ready",
    "charging",
    "writing",
    "writing-eraser-page-2",
    "countdown",
    "wrap-up",
    "muted-on-hold",
    "no-link",
    "identity",
    "hold",
}
WHITE = 0xFF
CRC = 0x1E608F5D
"""Of the policy block, as made up as the image's id."""

SCENES: dict[str, Callable[[Any, Any, bytearray], None]] = {
    "ready": lambda screens, policy, page: screens.ready(page, FIRST_TIP),
    "charging": lambda screens, policy, page: screens.ready(page, screens.CHARGING),
    "ready-service": lambda screens, policy, page: _with(policy, "SERVICE", True, screens, page),
    "ready-invalid-policy": lambda screens, policy, page: _with(policy, "VALID", False, screens, page),
    "away-invalid-policy": lambda screens, policy, page: _with(policy, "VALID", False, screens, page, "away"),
    "payment-invalid-policy": lambda screens, policy, page: _with(
        policy, "VALID", False, screens, page, "payment"
    ),
    "fault-invalid-policy": lambda screens, policy, page: _with(
        policy, "VALID", False, screens, page, "fault", 40
    ),
    "ready-fields": lambda screens, policy, page: _with(policy, "TEMPLATE", 1, screens, page),
    "ready-grid": lambda screens, policy, page: _with(policy, "TEMPLATE", 2, screens, page),
    "writing": lambda screens, policy, page: _strip(screens, page, screens.strip, 0, 0),
    "writing-eraser-page-2": lambda screens, policy, page: _strip(screens, page, screens.strip, 1, 1),
    "countdown": lambda screens, policy, page: _last_seconds(screens, page, screens.TOUCH),
    "countdown-end": lambda screens, policy, page: _last_seconds(screens, page, screens.NO_MORE),
    "wrap-up": lambda screens, policy, page: _strip(
        screens, page, _countdown(screens), 0, 0, 80, screens.AFTER_CALL
    ),
    "muted-on-hold": lambda screens, policy, page: _strip(screens, page, screens.draw_signs, 3),
    "no-link": lambda screens, policy, page: screens.ready(page, FIRST_TIP, 4),
    "identity": lambda screens, policy, page: screens.identity(page, 0),
    "hold": lambda screens, policy, page: _strip(screens, page, screens.hold, 0, 0, 5),
    "away": lambda screens, policy, page: screens.away(page),
    "payment": lambda screens, policy, page: screens.payment(page),
    "fault-touch": lambda screens, policy, page: screens.fault(page, 40),
    "fault-panel": lambda screens, policy, page: screens.fault(page, 1),
    "fault-other": lambda screens, policy, page: screens.fault(page, 99),
}


def _with(
    policy: Any,
    name: str,
    value: object,
    screens: Any,
    page: bytearray,
    scene: str = "",
    *arguments: int,
) -> None:
    before = getattr(policy, name)
    setattr(policy, name, value)
    if scene:
        getattr(screens, scene)(page, *arguments)
    else:
        screens.ready(page, FIRST_TIP)
    setattr(policy, name, before)


def _last_seconds(screens: Any, page: bytearray, hint: int) -> None:
    _strip(screens, page, _countdown(screens), 0, 0, 10, hint)
    screens.invert_strip(page)


def _strip(screens: Any, page: bytearray, draw: Callable[..., None], *arguments: int) -> None:
    screens.ready(page, FIRST_TIP)
    draw(page, *arguments)


def _countdown(screens: Any) -> Callable[..., None]:
    def draw(frame: bytearray, page: int, eraser: int, seconds: int, hint: int) -> None:
        screens.strip(frame, page, eraser)
        screens.seconds_left(frame, seconds, hint)

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

    for name in ("stroke", "blit", "fill", "blank", "invert"):
        setattr(module, name, bound(name))
    module.own = lambda kind, buffer: None  # type: ignore[attr-defined]  # a module made here
    module.policy_crc = lambda high: CRC >> 16 if high else CRC & 0xFFFF  # type: ignore[attr-defined]  # the same
    return module


@pytest.fixture(
    scope="module", params=[*product(PANELS, LANGUAGES, [""]), *product(PANELS, LANGUAGES, ["left"])]
)
def pad(request: pytest.FixtureRequest, native: types.ModuleType) -> Iterator[tuple[str, str, Any, Any]]:
    """Panel, language, screens and policy: the firmware's modules, in a separate package."""
    panel, language, hand = request.param
    values = DEFAULTS | {"page.language": LANGUAGES.index(language), "page.hand": int(hand == "left")}
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
            "policy": policy_module(values=values),
            **text_modules(FIRMWARE / "assets", "5c1d02ab", "0.1.0"),
        }
        for name in ("language", "memo", "signs", "text", "template", "screens"):
            sources[name] = (FIRMWARE / "kesu_pad" / f"{name}.py").read_text(encoding="utf-8")
        for name, source in sources.items():
            module = types.ModuleType(f"kesu_pad.{name}")
            sys.modules[f"kesu_pad.{name}"] = module
            setattr(package, name, module)
            exec(compile(source, f"{name}.py", "exec"), module.__dict__)
        yield (
            panel,
            f"{hand}-{language}" if hand else language,
            sys.modules["kesu_pad.screens"],
            sys.modules["kesu_pad.policy"],
        )
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
    if language.startswith("left-") and scene not in WITH_STRIP:
        pytest.skip("the same for both hands")
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


class Watched:
    """Stands in for the C module while a page is drawn: every picture must be whole in the finished page."""

    def __init__(self, native: types.ModuleType, width: int, height: int) -> None:
        self._native = native
        self._width, self._height = width, height
        self._drawn: dict[tuple[int, int, int], bytes] = {}
        self.faults: list[str] = []

    def stroke(self, *arguments: Any) -> None:
        self._native.stroke(*arguments)

    def policy_crc(self, high: bool) -> int:
        return int(self._native.policy_crc(high))

    def fill(self, frame: bytearray, value: int) -> None:
        self._drawn.clear()
        self._native.fill(frame, value)

    def blank(self, frame: bytearray, start: int, end: int) -> None:
        self._drawn.clear()
        self._native.blank(frame, start, end)

    def invert(self, frame: bytearray, start: int, end: int) -> None:
        """Compare before: what is drawn is not in the inverted page."""
        self.finish(frame)
        self._drawn.clear()
        self._native.invert(frame, start, end)

    def blit(self, frame: bytearray, stride: int, x: int, y: int, picture: bytes, width: int) -> None:
        rows = len(picture) // ((width + 7) // 8)
        if x < 0 or y < 0 or x + width > self._width or y + rows > self._height:
            self.faults.append(f"cut at {x}, {y}")
        elif (x, y, width) not in self._drawn and not self._part(frame, stride, x, y, width, rows).all():
            self.faults.append(f"over something at {x}, {y}")
        self._native.blit(frame, stride, x, y, picture, width)
        self._drawn[x, y, width] = picture

    def finish(self, frame: bytearray) -> None:
        """Compare every picture with the page."""
        stride = len(frame) // self._height
        for (x, y, width), picture in self._drawn.items():
            rows = len(picture) // ((width + 7) // 8)
            wanted = np.unpackbits(np.frombuffer(picture, np.uint8).reshape(rows, -1), axis=1)[:, :width]
            if not np.array_equal(self._part(frame, stride, x, y, width, rows), wanted):
                self.faults.append(f"under something at {x}, {y}")

    @staticmethod
    def _part(frame: bytearray, stride: int, x: int, y: int, width: int, rows: int) -> np.ndarray:
        part = np.frombuffer(frame, np.uint8).reshape(-1, stride)[y : y + rows]
        return np.unpackbits(part, axis=1)[:, x : x + width]


def _pages(screens: Any, policy: Any) -> Iterator[tuple[str, Callable[[bytearray], None]]]:
    """Every page that the pad can show, by what is on it."""
    for template in (0, 1, 2):
        for tip in (*range(screens.TIPS), screens.CHARGING):
            for shown in range(8):
                yield (
                    f"ready {template} {tip} {shown}",
                    functools.partial(_ready, screens, policy, template, tip, shown),
                )
    yield "identity", lambda page: screens.identity(page, 7)
    for number in range(3):
        for eraser in (0, 1):
            for shown in (0, 3, 4):
                for seconds, hint in ((0, 0), (1, 0), (10, 1), (15, 0), (90, 2), (300, 2)):
                    yield (
                        f"strip {number} {eraser} {shown} {seconds} {hint}",
                        functools.partial(_strip_in_use, screens, number, eraser, shown, seconds, hint),
                    )
    yield "away", screens.away
    yield "payment", screens.payment
    for code in (1, 9, 40, 42, 43, 99):
        yield f"fault {code}", functools.partial(_fault, screens, code)


def _ready(screens: Any, policy: Any, template: int, tip: int, shown: int, page: bytearray) -> None:
    policy.TEMPLATE = template
    screens.ready(page, tip, shown)


def _strip_in_use(
    screens: Any, number: int, eraser: int, shown: int, seconds: int, hint: int, page: bytearray
) -> None:
    screens.strip(page, number, eraser)
    if seconds:
        screens.seconds_left(page, seconds, hint)
    screens.draw_signs(page, shown)
    if 0 < seconds <= 10:
        screens.invert_strip(page)


def _fault(screens: Any, code: int, page: bytearray) -> None:
    screens.fault(page, code)


def _faults(panel: str, draw: Callable[[bytearray], None], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    geometry = PANELS[panel]
    page = bytearray([WHITE]) * (geometry.stride * geometry.height)
    with monkeypatch.context() as patched:
        watched = Watched(sys.modules["native"], geometry.width, geometry.height)
        for name in ("text", "template", "screens"):
            patched.setattr(sys.modules[f"kesu_pad.{name}"], "native", watched)
        draw(page)
    watched.finish(page)
    return watched.faults


def test_nothing_on_any_page_is_cut_or_overlaps(
    pad: tuple[str, str, Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    panel, _, screens, policy = pad
    before = policy.TEMPLATE
    faults = {name: _faults(panel, draw, monkeypatch) for name, draw in _pages(screens, policy)}
    policy.TEMPLATE = before
    assert len(faults) > 150
    assert not {name: found for name, found in faults.items() if found}


@pytest.mark.parametrize(
    ("x", "y", "fault"), [(-20, 40, "cut"), (-4, 40, "cut"), (-100, -8, "cut"), (36, -18, "over something")]
)
def test_a_text_that_is_cut_or_overlaps_is_found(
    pad: tuple[str, str, Any, Any], monkeypatch: pytest.MonkeyPatch, x: int, y: int, fault: str
) -> None:
    """Places are counted from the lower right, or for what overlaps from the left."""
    panel, _, screens, _ = pad
    geometry = PANELS[panel]
    glyphs = sys.modules["kesu_pad.glyphs"]

    def draw(page: bytearray) -> None:
        screens.ready(page, FIRST_TIP)
        left = x if x > 0 else geometry.width + x
        top = geometry.height + y if y < 0 else y
        screens.text.draw(page, left, top, bytes(3), glyphs.GLYPHS_16, 16)

    assert any(found.startswith(fault) for found in _faults(panel, draw, monkeypatch))


def test_a_line_through_a_text_is_found(
    pad: tuple[str, str, Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    panel, _, screens, _ = pad

    def draw(page: bytearray) -> None:
        screens.away(page)
        screens.native.stroke(page, PANELS[panel].stride, 0, 60, PANELS[panel].width - 1, 60, 1)
        screens.native.stroke(page, PANELS[panel].stride, 0, 20, PANELS[panel].width - 1, 20, 1)
        screens.native.stroke(page, PANELS[panel].stride, 0, 120, PANELS[panel].width - 1, 120, 1)

    assert any(found.startswith("under something") for found in _faults(panel, draw, monkeypatch))
