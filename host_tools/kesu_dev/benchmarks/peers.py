"""peers: runs a public driver on the virtual pad under stock MicroPython, to compare it with our firmware."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from pathlib import Path

from kesu.common.errors import Exit, KesuError
from kesu.emulator import scenario
from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.board.wiring import LED
from rp2040py.gpio_pin import GPIOPinState

from kesu_dev.benchmarks.console import Console
from kesu_dev.benchmarks.recipes import Recipe, read
from kesu_dev.benchmarks.sending import Sending, Wire

# The LED marks the begin of a call: no driver uses it, and USB traffic does not affect the time.
_MARK = "import machine as _m\n_mark = _m.Pin({led}, _m.Pin.OUT, value=0)\n"
# A module that a driver imports: MicroPython accepts any object in sys.modules.
_MODULE = """import sys
class _Module: pass
_names = {{'__name__': {name!r}}}
exec({text!r}, _names)
_made = _Module()
for _key in _names: setattr(_made, _key, _names[_key])
for _end in range(1, len({parts!r}) + 1): sys.modules.setdefault('.'.join({parts!r}[:_end]), _made)
"""
_LOAD_MS = 20_000.0
_CALL_MS = 60_000.0
_TIMES = 2
"""A call is made twice and the second one counts: at the first the panel may be unpowered."""
_REST_MS = 1_700.0
_WIPE_MS = 2_500.0


def measure_driver(recipe: Recipe, driver: Path, image: Path, seed: int = 1) -> list[Sending]:
    """Run a driver by its recipe, on a pad with its panel. Raises KesuError.

    `image` has a console: stock MicroPython, so that our code does not influence the result.
    """
    source = recipe.source(driver)
    needed = {name: read(driver.with_name(file)) for name, file in recipe.needs.items()}
    pad = VirtualPad(image, seed=seed, panel=recipe.panel)
    scenario.plug_in(pad)
    console = Console(pad)
    for name, text in needed.items():
        console.run(_MODULE.format(name=name, text=text, parts=tuple(name.split("."))), _LOAD_MS)
    console.run(_MARK.format(led=LED), _LOAD_MS)
    # A demo guarded by __main__ must not start.
    console.run(f"__name__ = 'driver'\n{source}", _LOAD_MS)
    console.run(recipe.setup, _CALL_MS)
    wire, asked = Wire(pad), _asked(pad)
    found = []
    for what, call in (("full", recipe.full), ("partial", recipe.partial)):
        if not call:
            continue
        for _ in range(_TIMES):
            wire.forget()
            asked.clear()
            console.run(f"_mark(1)\n{call}\n_mark(0)", _CALL_MS)
        found.append(wire.take(what, asked[0]))
    if not found:
        raise KesuError(
            f"The recipe of {recipe.file} sends no frame.",
            hint="Give it `full` or `partial`.",
            code=Exit.DATA,
        )
    return found


def measure_ours(uf2: Path, seed: int = 1, panel: str | None = None) -> list[Sending]:
    """The same figures of a sealed image: the first pulse of a stroke on a pad at rest, from INT of the touch chip; and
    a wipe up to the waveform of its page, with both planes made blank before, from the edge of the WIPE key."""
    pad = scenario.boot_pad(uf2, seed=seed, panel=panel)
    pad.run_for(_REST_MS)
    wire = Wire(pad)
    reported: list[int] = []
    inner = pad.touch.on_int

    def on_int(level: bool) -> None:
        if not level and pad.touch.reported() is not None:
            reported.append(pad.clock.now_ns)
        if inner is not None:
            inner(level)

    pad.touch.on_int = on_int
    wire.forget()
    middle = pad.glass.height / 2
    pad.pen.write([[(30.0, middle), (60.0, middle + 4.0)]], scenario.PEN_SPEED)
    pad.run_for(_REST_MS)
    found = [wire.take("partial: first pulse of a stroke", reported[0])]
    wire.forget()
    asked_ns = pad.clock.now_ns
    pad.keys["WIPE"].press(100.0)
    pad.run_for(_WIPE_MS)
    return [*found, wire.take("full: blank planes, then a page (wipe)", asked_ns)]


def _asked(pad: VirtualPad) -> list[int]:
    """Times in ns at which the LED turns on; filled while the pad runs."""
    moments: list[int] = []

    def changed(value: GPIOPinState, _before: GPIOPinState) -> None:
        if value == GPIOPinState.HIGH:
            moments.append(pad.clock.now_ns)

    pad.emulator.mcu.gpio[LED].add_listener(changed)
    return moments
