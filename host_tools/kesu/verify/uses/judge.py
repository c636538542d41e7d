"""judge: watches what a pad uses from READY on, and names each use that its allow-lists do not have."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.uses.table import Use
from kesu.verify.uses import rules
from kesu.verify.uses.log import Log

NOT_ALLOWED = "not allowed: "
"""How `summary` begins."""
MOST = 8
"""Uses that are named; the others are counted."""


def watch(pad: VirtualPad) -> None:
    """Note from now on what the pad, which is READY, uses."""
    chip = rules.chip(pad.emulator.facts.board)
    pad.watchers[Log] = Log(pad, chip.spans, chip.kept)


def strange(pad: VirtualPad) -> list[str]:
    """The uses so far that are not allowed, each as one line: register or command, value, function. Empty if all are,
    or if the pad is not watched."""
    log: Log | None = pad.watchers.get(Log)
    if log is None:
        return []
    chip = rules.chip(pad.emulator.facts.board)
    commands, touch = rules.panel(pad.fitted.partition("-")[0])
    found = [_register(pad, chip, use) for use in log.registers if not chip.allows(use)]
    found += [
        f"panel command {one.op:02X} {commands.names.get(one.op, 'unknown')}, {one.length} bytes {one.data[:8].hex()}"
        for one in log.panel
        if not commands.allows(one)
    ]
    found += [
        f"touch register 0x{one.register:02x} {f'set to 0x{one.value:02x}' if one.write else 'read'}"
        for one in log.touch
        if not touch.allows(one)
    ]
    if log.lost:
        found.append(f"{log.lost} more uses, for which there was no place")
    return list(dict.fromkeys(found))


def summary(lines: list[str]) -> str:
    """The uses in one sentence; empty if there are none."""
    more = f", and {len(lines) - MOST} more" if len(lines) > MOST else ""
    return f"{NOT_ALLOWED}{'; '.join(lines[:MOST])}{more}" if lines else ""


def _register(pad: VirtualPad, chip: rules.Chip, use: Use) -> str:
    name = chip.names.get(use.address) or pad.emulator.register_name(use.address)
    what = f"0x{use.value:x} to {name}" if use.store else name
    width = {1: " byte", 2: " halfword"}.get(use.size, "")
    function = pad.memory_map.name(use.pc).partition("+")[0]
    return f"{'store' if use.store else 'load'}{width} {what} (0x{use.address:08x}) at 0x{use.pc:08x} in {function}"
