"""play: one scenario on the virtual pad. web/scenarios/play.ts does so on the other bench."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from kesu.emulator.board.pad import EmulationTimeout, VirtualPad
from kesu.emulator.core.clock import NS_PER_MS
from kesu.emulator.core.fork import fork_run
from kesu.emulator.scenario import plug_in, start, wait_ready
from kesu.emulator.touch.ft6336u import Ft6336u
from kesu.emulator.trace.tracer import Tracer
from kesu.spec.call_line import MODEM_BITS
from kesu.verify.search import measure, needles
from kesu.verify.search.measure import PointLog
from kesu.verify.search.searcher import Searcher
from numpy.typing import NDArray

from kesu_dev.crosscheck.answer import Answer, Check
from kesu_dev.crosscheck.suite import Ink, Scenario
from kesu_dev.crosscheck.unicorn_windows import Compared, compared

READY_WITHIN_MS = 12_000.0
MOMENTS_WITHIN_MS = 300.0
"""Poll interval for the first two steps of a wipe."""
NEAR_PX = 10
"""Greatest distance of ink from a reported point: points in ink.json are at most a few pixels apart."""
_FRAME = 2
_RESOURCES = {"sram": "sram", "dpram": "dpram", "flash": "flash", "plane-new": "plane 24h"} | {
    "plane-old": "plane 26h",
    "glass": "glass",
}


class Stage:
    """A pad with one panel. Scenarios that start at READY share one boot: each runs on a forked copy."""

    def __init__(self, uf2: Path, panel: str, seed: int, every: int = 0) -> None:
        self._uf2, self._panel, self._seed, self._every = uf2, panel, seed, every
        self._ready: dict[bool, Player] = {}

    def play(self, scenario: Scenario, ink: Ink) -> tuple[Answer, Compared]:
        """Run one scenario; the answer has `failed` set when a wait timed out. Also returns what unicorn executed again
        meanwhile."""
        started = time.monotonic()
        if scenario.ready:
            player = self._ready.get(scenario.lift_reported)
            if player is None:
                player = self._ready[scenario.lift_reported] = self._player(scenario)
                player.start()
        else:
            player = self._player(scenario)

        def run(one: Player) -> tuple[Answer, Compared]:
            with compared(one.pad, self._every) as windows:
                answer = one.run(scenario, ink)
            return answer, windows

        answer, windows = fork_run(player, run, timeout_s=3_600.0)
        answer.real_ms = (time.monotonic() - started) * 1e3
        return answer, windows

    def _player(self, scenario: Scenario) -> Player:
        pad = VirtualPad(self._uf2, seed=self._seed, panel=self._panel, temperature_c=scenario.temperature_c)
        if isinstance(pad.touch, Ft6336u):
            pad.touch.lift_report = float(scenario.lift_reported)
        return Player(pad)


class Player:
    """Plays steps on one pad."""

    def __init__(self, pad: VirtualPad) -> None:
        self.pad = pad
        self.answer = Answer()
        self._log = PointLog(pad)
        self._seen: dict[str, Any] = {}
        self._searcher: Searcher | None = None
        self._tracer: Tracer | None = None

    def start(self) -> None:
        """Plug in, open the port, wait for READY; record the pad's content as the blank reference."""
        started = start(self.pad, within_ms=READY_WITHIN_MS)
        self.answer.waits += [("enumerated", started.enumerated_ms), ("ready", started.ready_ms)]

    def run(self, scenario: Scenario, ink: Ink) -> Answer:
        """Run all steps and return the answer."""
        pad, answer = self.pad, self.answer
        self._reference = measure.resources(pad)
        try:
            for step in scenario.steps:
                self._step(step, ink)
        except EmulationTimeout as error:
            answer.failed = str(error)
        answer.modem = self._modem()
        answer.refreshes = [
            (
                one.start_ns / NS_PER_MS,
                (min(one.end_ns, pad.clock.now_ns) - one.start_ns) / NS_PER_MS,
                one.waveform,
                one.aborted,
            )
            for one in pad.panel.refreshes
        ]
        answer.bulk_in = pad.host.bulk_in_bytes
        answer.panel_errors = [f"{error.op:02x}h: {error.reason}" for error in pad.panel.errors]
        answer.emulated_ms = pad.now_ms
        answer.cycles = pad.emulator.mcu.core.cycles
        return answer

    def _step(self, step: dict[str, Any], ink: Ink) -> None:
        kind = step["do"]
        if kind == "run":
            self.pad.run_for(step["ms"])
        elif kind == "wait":
            self._wait(step["for"], step["within_ms"])
        elif kind == "write":
            self._write(ink, step["ink"])
        elif kind == "wipe":
            self._wipe(step["by"], step.get("delay_ms", 0.0), step["within_ms"])
        elif kind == "check":
            self._check(step["name"])
        else:
            self._act(step)

    def _act(self, act: dict[str, Any]) -> None:
        pad = self.pad
        match act["do"]:
            case "plug":
                plug_in(pad)
            case "unplug":
                pad.unplug(act["hold_up_ms"] / 1e3)
            case "reset":
                pad.reset(act["kind"])
            case "suspend":
                pad.host.suspend()
            case "resume":
                pad.host.resume()
            case "dtr":
                pad.host.set_dtr(act["high"])
            case "send":
                pad.host.write(act["text"].encode("ascii"))
            case "hook":
                (pad.hook.press if act["closed"] else pad.hook.release)(0.0)
            case "key":
                pad.keys[act["key"].upper()].tap(act["hold_ms"], 0.0)
            case "note":
                self._take_note()

    def _wait(self, what: str, within_ms: float) -> None:
        host, panel, glass = self.pad.host, self.pad.panel, self.pad.glass
        holds: dict[str, Callable[[], bool]] = {
            "enumerated": lambda: host.enumerated,
            "ready": lambda: host.serial_state.dsr,
            "not ready": lambda: not host.serial_state.dsr,
            "note": lambda: host.serial_state.dcd,
            "fault": lambda: host.serial_state.ri,
            "refresh": lambda: glass.moving,
            "still": lambda: not panel.busy,
        }
        self.answer.waits.append((what, self.pad.run_until(holds[what], within_ms)))

    def _write(self, ink: Ink, name: str) -> None:
        pad = self.pad
        # Before the first stroke nothing has a label, and an emulator that traces is slower.
        self._tracer = self._tracer or Tracer(pad)
        for stroke in ink.strokes[name]:
            for x, y in stroke:
                pad.touch.finger(x * pad.glass.width // 1000, y * pad.glass.height // 1000)
                pad.run_for(ink.dwell_ms)
            pad.touch.lift()
            pad.run_for(ink.gap_ms)

    def _wipe(self, by: dict[str, Any], delay_ms: float, within_ms: float) -> None:
        """Cause the event and record when owners are clean, when planes are blank, and when READY comes."""
        pad = self.pad
        self._act(by)
        if delay_ms:
            pad.run_for(delay_ms)
        edge = pad.now_ms
        owners_ms = planes_ms = ready_ms = None
        while pad.now_ms - edge < MOMENTS_WITHIN_MS and (owners_ms is None or planes_ms is None):
            pad.run_for(1.0)
            if owners_ms is None and self._owners_clean():
                owners_ms = pad.now_ms - edge
            if planes_ms is None and _plain(pad.panel.bw) and _plain(pad.panel.red):
                planes_ms = pad.now_ms - edge
        try:
            ready_ms = wait_ready(pad, within_ms) - edge
        except EmulationTimeout:
            if by["do"] != "suspend":
                raise
        self.answer.wipes.append((owners_ms, planes_ms, ready_ms))

    def _owners_clean(self) -> bool:
        owners = measure.owners(self.pad)
        return bool(owners) and all(
            _plain(content) if kind == _FRAME else not any(content) for kind, content in owners
        )

    def _take_note(self) -> None:
        pad = self.pad
        # Texts of the screen (strip, signs) are not part of the note, and other screens use the same glyphs.
        page = np.where(_near(self._log.points, pad.glass.width, pad.glass.height), pad.panel.page(), 1)
        built = needles.build(page.astype(np.uint8), self._log.points)
        searcher = Searcher(built)
        seen: dict[str, Any] = {}
        for content in self._reference.values():
            for kind, keys in searcher.found_keys(content).items():
                seen[kind] = np.union1d(seen[kind], keys) if kind in seen else keys
        self._searcher = Searcher(needles.without(built, seen)[0])

    def _check(self, name: str) -> None:
        pad = self.pad
        self.answer.checks.append(
            Check(
                name,
                pad.now_ms,
                _named(pad.host.serial_state.bits),
                pad.powered and pad.led,
                pad.powered,
                bytes(pad.panel.bw),
                bytes(pad.panel.red),
                pad.glass.picture().tobytes(),
                self._found(),
                self._tracer.inked_bytes if self._tracer else 0,
            )
        )

    def _found(self) -> dict[str, bool] | None:
        searcher, pad = self._searcher, self.pad
        if searcher is None:
            return None
        now = measure.resources(pad)
        found = {
            ours: bool(searcher.search(now[theirs]).hits) and (pad.powered or ours != "sram")
            for ours, theirs in _RESOURCES.items()
        }
        registers = pad.touch.registers
        found["touch"] = bool(searcher.search(registers).hits or searcher.touch_hits(registers))
        return found

    def _modem(self) -> list[tuple[float, str]]:
        """Changes of the modem bits as the host saw them, except those caused by loss of the device."""
        changes: list[tuple[float, str]] = []
        for one in self.pad.host.notifications:
            if one.request == 0x20:
                changes.append((one.time_ns / NS_PER_MS, _named(one.payload[0])))
        return changes


def _named(bits: int) -> str:
    return " ".join(name for name, mask in MODEM_BITS.items() if bits & mask)


def _near(points: Sequence[tuple[int, int]], width: int, height: int) -> NDArray[np.bool_]:
    """Pixels (height, width) at most NEAR_PX from a reported point."""
    near = np.zeros((height, width), np.bool_)
    for x, y in points:
        near[max(0, y - NEAR_PX) : y + NEAR_PX + 1, max(0, x - NEAR_PX) : x + NEAR_PX + 1] = True
    return near


def _plain(content: bytes | bytearray) -> bool:
    return not content or content == bytes(content[:1]) * len(content)
