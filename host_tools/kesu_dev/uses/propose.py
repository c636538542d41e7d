"""propose: writes an allow-list from what was observed: new rules go to a group without a reason, which nobody can load
before a person has given one."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

from kesu.emulator.uses.table import Use
from kesu.verify.uses.log import PanelUse, TouchUse

COMMANDS = {
    0x01: "DRIVER_OUTPUT", 0x10: "DEEP_SLEEP", 0x11: "DATA_ENTRY", 0x12: "SOFT_RESET", 0x18: "SENSOR",
    0x1A: "TEMPERATURE", 0x1B: "READ_TEMPERATURE", 0x20: "ACTIVATE", 0x21: "UPDATE_OPTIONS",
    0x22: "UPDATE_SEQUENCE", 0x24: "WRITE_NEW", 0x26: "WRITE_OLD", 0x32: "WRITE_LUT", 0x3C: "BORDER",
    0x44: "X_WINDOW", 0x45: "Y_WINDOW", 0x4E: "X_COUNTER", 0x4F: "Y_COUNTER",
}  # fmt: skip
"""Names of the commands that a driver needs (docs/hardware-facts.md, A.2)."""
FEW = 4
"""Up to so many values of a register are listed; more become the bits that they have."""
_OPS = {4: "", 2: "16", 1: "8"}


def registers(uses: Iterable[Use], names: Mapping[int, str], data: Iterable[str]) -> dict[str, list[str]]:
    """Rules by block. data: names of the registers that carry data, in which any value is allowed."""
    rules: dict[str, list[str]] = {}
    ordered = sorted(uses, key=lambda use: (use.address, use.store, use.size, use.value))
    for (address, store, size), group in groupby(ordered, key=lambda use: (use.address, use.store, use.size)):
        name = names.get(address, "?")
        rule = f"{'write' if store else 'read'}{_OPS[size]} 0x{address:08x} {name}"
        if store:
            rule += f" {_values([use.value for use in group], name in data)}"
        rules.setdefault(name.partition(".")[0], []).append(rule)
    return rules


def _values(values: list[int], is_data: bool) -> str:
    if is_data:
        return "any"
    if len(values) <= FEW:
        return "is " + " ".join(f"0x{value:x}" for value in values)
    bits = 0
    for value in values:
        bits |= value
    return f"bits 0x{bits:x}"


def commands(uses: Iterable[PanelUse]) -> list[str]:
    """Rules for the panel: each short data that was seen, or the ranges of lengths and bytes if they are many."""
    rules = []
    for op, group in groupby(sorted(uses), key=lambda use: use.op):
        found = list(group)
        head = f"command 0x{op:02x} {COMMANDS.get(op, '?')} length"
        if len(found) <= FEW and all(use.data or not use.length for use in found):
            parts = [(use.length, use.length, [(byte, byte) for byte in use.data]) for use in found]
        else:
            lengths = [use.length for use in found]
            columns = zip(*(use.data for use in found), strict=False)
            parts = [(min(lengths), max(lengths), [(min(column), max(column)) for column in columns])]
        for least, most, ranges in parts:
            data = "".join(f" {_span(low, high, '02x')}" for low, high in ranges)
            rules.append(f"{head} {_span(least, most, 'd')}{' bytes' if data else ''}{data}")
    return rules


def _span(low: int, high: int, style: str) -> str:
    return f"{low:{style}}" if low == high else f"{low:{style}}:{high:{style}}"


def touch(uses: Iterable[TouchUse]) -> list[str]:
    """Rules for the touch chip."""
    reads = sorted(use.register for use in uses if not use.write)
    rules = [f"read 0x{register:x} ?" for register in reads]
    writes = sorted((use.register, use.value) for use in uses if use.write)
    for register, group in groupby(writes, key=lambda pair: pair[0]):
        rules.append(f"write 0x{register:x} ? " + " ".join(f"0x{value:02x}" for _, value in group))
    return rules


def merged(path: Path, proposed: Mapping[str, list[str]]) -> str:
    """The text of the file with the rules that it lacks, each in a group of its block without a reason. A rule that is
    there with other values is left as it is: the person who reads the proposal decides."""
    text = path.read_text(encoding="utf-8")
    content: dict[str, Any] = tomllib.loads(text)
    known = {_subject(rule) for group in content.get("group", ()) for rule in group["rules"]}
    for block, rules in proposed.items():
        lacking = [rule for rule in rules if _subject(rule) not in known]
        if lacking:
            lines = "".join(f'    "{rule}",\n' for rule in lacking)
            text += f'\n[[group]]\nname = "{block}"\nreason = ""\nrules = [\n{lines}]\n'
    return text


def _subject(rule: str) -> tuple[str, ...]:
    """What a rule is about: kind and address."""
    return tuple(rule.split()[:2])
