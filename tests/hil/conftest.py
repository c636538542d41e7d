"""conftest: benches of `pytest tests/hil --pad virtual|usb:NAME|rig:NAME|rig-virtual|all`, and their identity in the
report."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hil import Bench, read_pads
from hil.bench import FEATURES
from hil.pads import Pad, feature_words
from hil.rig import RigBench
from hil.rig_virtual import RigVirtualBench
from hil.usb import UsbBench
from hil.virtual import VirtualBench
from kesu.common.errors import KesuError
from kesu.emulator.chips.boards import BOARDS
from kesu.emulator.core.facts import Facts
from kesu.images.toolchain import ensure
from kesu_dev.rig.image import build_rig

PADS = Path(__file__).with_name("pads.toml")
VIRTUAL = (("board", "pico"), ("panel", "4in2"))
"""Options of the virtual pad, and their defaults."""
EMULATED = ("virtual", "rig-virtual")
RIG_MARKS = (pytest.mark.slow, pytest.mark.long)
SUITE = (
    "virtual",
    pytest.param("rig-virtual:pico:4in2", marks=RIG_MARKS),
    pytest.param("rig-virtual:pico2:4in2", marks=(*RIG_MARKS, pytest.mark.deep)),
    pytest.param("rig-virtual:pico:2in9", marks=(*RIG_MARKS, pytest.mark.deep)),
)
"""Without --pad."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--pad",
        help="virtual, rig-virtual, usb:NAME, rig:NAME, or all (default: both emulated ones)",
    )
    parser.addoption("--pads", default=str(PADS), help="pads.toml (default: in the folder of these tests)")
    parser.addoption("--panel", default="4in2", help="panel of the virtual pad")
    parser.addoption("--board", default="pico", help="board of the virtual pad")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs(*features): skipped on a bench that lacks one of them")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "shared_bench" in metafunc.fixturenames:
        metafunc.parametrize("shared_bench", _chosen(metafunc.config), indirect=True, scope="session")


def _chosen(config: pytest.Config) -> Sequence[Any]:
    asked = config.getoption("--pad", None)
    if asked is None:
        return SUITE
    if asked == "all":
        return ["virtual", *(f"usb:{serial}" for serial in _pads(config))]
    if asked in EMULATED:
        return [asked]
    kind, _, name = asked.partition(":")
    pads = _pads(config) if kind in ("usb", "rig") else {}
    if name not in pads:
        raise pytest.UsageError(
            f"--pad {asked}: say virtual, rig-virtual, all, or usb: or rig: and a name of pads.toml"
        )
    if kind == "rig" and not pads[name].rig:
        raise pytest.UsageError(f'--pad {asked}: pads.toml gives no rig for {name}: add rig = "PORT"')
    return [asked]


def _pads(config: pytest.Config) -> dict[str, Pad]:
    try:
        return dict(read_pads(Path(config.getoption("--pads", str(PADS)))))
    except KesuError as error:
        raise pytest.UsageError(f"{error.message} -> {error.hint}") from error


@pytest.fixture(scope="session")
def shared_bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    """One bench for all tests: booting is slow, on the desk and in the emulator."""
    kind, _, name = request.param.partition(":")
    bench: Bench
    if kind in EMULATED:
        board, panel = (
            name.split(":")
            if name
            else (request.config.getoption(f"--{option}", default) for option, default in VIRTUAL)
        )
        image = ensure("sealed", board=board, panel=panel)
        bench = VirtualBench(image) if kind == "virtual" else RigVirtualBench(image, build_rig().uf2)
    else:
        pad = read_pads(Path(request.config.getoption("--pads", str(PADS))))[name]
        bench = UsbBench(pad) if kind == "usb" else RigBench(pad)
    yield bench
    bench.close()


@pytest.fixture
def bench(
    request: pytest.FixtureRequest, shared_bench: Bench, record_property: Callable[[str, object], None]
) -> Bench:
    """The bench at READY with its line open. Skips tests it cannot run; its identity goes to the JUnit report."""
    who = shared_bench.identity()
    for name in ("backend", "serial", "image", "image_sha256", "panel"):
        record_property(name, getattr(who, name))
    for marker in request.node.iter_markers("needs"):
        for feature in marker.args:
            assert feature in FEATURES, f"there is no feature {feature}"
            if feature not in shared_bench.features:
                pytest.skip(feature_words(feature))
    shared_bench.start()
    return shared_bench


@pytest.fixture
def elf(bench: Bench) -> Path:
    """Symbols of the image on the bench."""
    board, panel = bench.identity().image.split("-")[1:3]
    return ensure("sealed", board=board, panel=panel).elf


@pytest.fixture
def chip(bench: Bench) -> Facts:
    """The chip on the bench, by the name of its image."""
    return BOARDS[bench.identity().image.split("-")[1]]
