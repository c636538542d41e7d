"""check: the wiring between a rig and a pad, line by line, with the pad off and on."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kesu.spec.rig import LINES

from kesu_dev.rig.actions import Actions, Wait
from kesu_dev.rig.link import Rig
from kesu_dev.rig.protocol import RigError

LEAST_3V3_MV, MOST_3V3_MV = 3_150, 3_450
LEAST_VSYS_MV, MOST_VSYS_MV = 4_200, 5_300
OFF_MV = 300
BOOTED_S = 3.0
_PULLED_UP = ("PANEL_CS", "PANEL_RST", "TOUCH_SDA", "TOUCH_SCL", "TOUCH_RST")


@dataclass(frozen=True)
class Step:
    """One step: what was looked at, whether it is right, and what was seen or what to do."""

    name: str
    right: bool
    seen: str


def check(rig: Rig, actions: Actions, wait: Wait, say: Callable[[Step], None]) -> bool:
    """All steps; stops at the first that is wrong, because the next would rely on it. Leaves the pad off. Raises
    RigError."""
    steps = (_off, _on, _idle, _traffic, _debug, _off)
    try:
        for step in steps:
            found = step(rig, actions, wait)
            say(found)
            if not found.right:
                return False
        return True
    finally:
        actions.power_off()


def _levels(rig: Rig) -> dict[str, bool]:
    levels = int(rig.ask("levels").text, 16)
    return {name: bool(levels >> line.rig & 1) for name, line in LINES.items()}


def _off(rig: Rig, actions: Actions, wait: Wait) -> Step:
    actions.power_off()
    seen = rig.ask("sense").values()
    high = [name for name, level in _levels(rig).items() if level and name in _PULLED_UP]
    text = f"3V3 {seen['3v3_mv']} mV, VSYS {seen['vsys_mv']} mV"
    if seen["3v3_mv"] > OFF_MV or high:
        return Step("off", False, f"{text}, high: {', '.join(high) or 'none'}: something feeds the pad")
    return Step("off", True, text)


def _on(rig: Rig, actions: Actions, wait: Wait) -> Step:
    try:
        actions.power_on()
    except RigError as error:
        return Step("supply", False, f"{error}: check the load switch (VBUS) and the sense wires")
    seen = rig.ask("sense").values()
    right = LEAST_3V3_MV <= seen["3v3_mv"] <= MOST_3V3_MV and LEAST_VSYS_MV <= seen["vsys_mv"] <= MOST_VSYS_MV
    return Step("supply", right, f"3V3 {seen['3v3_mv']} mV, VSYS {seen['vsys_mv']} mV")


def _idle(rig: Rig, actions: Actions, wait: Wait) -> Step:
    wait(BOOTED_S)
    low = [name for name in _PULLED_UP if not _levels(rig)[name]]
    text = f"low: {', '.join(low)}: check these wires and pull-ups" if low else "CS, RST and I2C are high"
    return Step("idle levels", not low, text)


def _traffic(rig: Rig, actions: Actions, wait: Wait) -> Step:
    """The boot fills both planes, so it is the check pattern: a bit too many makes nonsense of the commands."""
    before = rig.state()
    actions.reset()
    wait(BOOTED_S)
    after, planes = rig.state(), actions.planes()
    commands, resets = (after[name] - before[name] for name in ("commands", "resets"))
    wrong = {name: count for name, count in planes.errors.items() if count and name != "read"}
    text = f"{commands} commands, {resets} resets, {after['activations'] - before['activations']} activations"
    if wrong or not commands or not resets:
        return Step("panel's bus", False, f"{text}, wrong {wrong}: STOP RULE, see docs/hil/rig.md")
    return Step("panel's bus", True, text)


def _debug(rig: Rig, actions: Actions, wait: Wait) -> Step:
    for target in ("rp2040", "rp2350"):
        try:
            actions.connect(target, 5)
            words = actions.peek(0x2000_0000, 1_024)
            same = words[512:] == actions.peek(0x2000_0200, 512)
            actions.disconnect()
        except RigError:
            continue
        return Step("debug port", same, f"{target}, 1,024 bytes read")
    return Step("debug port", False, "no answer: check SWCLK, SWDIO and their ground")
