"""rules: reads the allow-lists: lines such as `write 0x40040008 SPI1.SSPDR any`, in groups with a reason."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from kesu.common.errors import Exit, KesuError
from kesu.emulator.uses.table import Span, Use
from kesu.verify.uses.log import PanelUse, TouchUse

FOLDER = Path(__file__).with_name("allowed")
_EVERY_BIT = 0xFFFF_FFFF
_SIZES = {"": 4, "16": 2, "8": 1}


@dataclass
class Values:
    """What may be stored in a register: one of `values`, apart from the bits `free`."""

    free: int
    values: frozenset[int] = frozenset((0,))

    def allow(self, value: int) -> bool:
        """Whether a stored value is allowed."""
        return value & ~self.free & _EVERY_BIT in self.values


@dataclass
class Chip:
    """Allowed uses of a chip's registers. names: of the registers, by address; stores, by address and size in bytes;
    loads: addresses and sizes."""

    spans: tuple[Span, ...] = ()
    names: dict[int, str] = field(default_factory=dict)
    stores: dict[tuple[int, int], Values] = field(default_factory=dict)
    loads: set[tuple[int, int]] = field(default_factory=set)

    @property
    def kept(self) -> dict[int, int]:
        """The bits of a stored value that decide, by address."""
        found: dict[int, int] = {}
        for (address, _), values in self.stores.items():
            found[address] = found.get(address, 0) | (~values.free & _EVERY_BIT)
        return found

    @property
    def entries(self) -> int:
        """Number of rules."""
        return len(self.stores) + len(self.loads)

    def allows(self, use: Use) -> bool:
        """Whether the list has this use."""
        if not use.store:
            return (use.address, use.size) in self.loads
        values = self.stores.get((use.address, use.size))
        return values is not None and values.allow(use.value)


@dataclass
class Panel:
    """Allowed commands: for each the lengths of its data, and for short ones ranges of each byte."""

    commands: dict[int, list[tuple[range, tuple[range, ...]]]] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)

    def allows(self, use: PanelUse) -> bool:
        """Whether the list has this command with this data."""
        return any(
            use.length in lengths
            and (not ranges or all(byte in one for byte, one in zip(use.data, ranges, strict=False)))
            for lengths, ranges in self.commands.get(use.op, ())
        )


@dataclass
class Touch:
    """Allowed accesses to the touch chip's registers; values of writes by register."""

    reads: set[int] = field(default_factory=set)
    writes: dict[int, set[int]] = field(default_factory=dict)

    def allows(self, use: TouchUse) -> bool:
        """Whether the list has this access."""
        return use.value in self.writes.get(use.register, ()) if use.write else use.register in self.reads


@cache
def chip(board: str) -> Chip:
    """The list for a board. Raises KesuError when the file is invalid."""
    content = _content(f"{board}.toml")
    found = Chip(spans=tuple(_span(entry) for entry in content.get("span", ())))
    for rule in _rules(content, f"{board}.toml"):
        _chip_rule(found, rule.split())
    return found


@cache
def panel(name: str) -> tuple[Panel, Touch]:
    """The lists for a pad with that panel and its touch chip. Raises KesuError when the file is invalid."""
    content = _content(f"{name}.toml")
    commands, touch = Panel(), Touch()
    for rule in _rules(content, f"{name}.toml"):
        kind, number, label, *rest = rule.split()
        if kind == "command":
            commands.names[int(number, 16)] = label
            commands.commands.setdefault(int(number, 16), []).append(_data(rest))
        elif kind == "read":
            touch.reads |= set(_range(number, 16))
        else:
            touch.writes.setdefault(int(number, 16), set()).update(int(value, 16) for value in rest)
    return commands, touch


def _content(name: str) -> dict[str, Any]:
    try:
        return tomllib.loads((FOLDER / name).read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise _invalid(name, str(error)) from error


def _invalid(name: str, why: str) -> KesuError:
    return KesuError(f"{name} is not an allow-list: {why}", hint="see `kesu dev uses`", code=Exit.INTERNAL)


def _rules(content: Mapping[str, Any], name: str) -> Iterable[str]:
    for group in content.get("group", ()):
        if not group.get("reason"):
            raise _invalid(name, f"the group {group.get('name')} has no reason")
        yield from group["rules"]


def _span(entry: Mapping[str, str]) -> Span:
    return Span(range(int(entry["first"], 16), int(entry["last"], 16) + 1), int(entry["mask"], 16))


def _chip_rule(found: Chip, words: list[str]) -> None:
    """`read ADDRESS NAME`, `write ADDRESS NAME any`, `... bits MASK`, `... is VALUE ... [ignoring MASK]`; also read8,
    write16 and so on, for other sizes."""
    kind, address_text, name, *rest = words
    address, size = int(address_text, 16), _SIZES[kind.lstrip("readwit")]
    found.names[address] = name
    if kind.startswith("read"):
        found.loads.add((address, size))
        return
    how, *values = rest
    if how == "any":
        allowed = Values(_EVERY_BIT)
    elif how == "bits":
        allowed = Values(int(values[0], 16))
    else:
        free = int(values[values.index("ignoring") + 1], 16) if "ignoring" in values else 0
        exact = values[: values.index("ignoring")] if "ignoring" in values else values
        allowed = Values(free, frozenset(int(value, 16) & ~free for value in exact))
    found.stores[address, size] = allowed


def _data(words: list[str]) -> tuple[range, tuple[range, ...]]:
    """`length FIRST:LAST [bytes FIRST:LAST ...]`: lengths decimal, bytes hexadecimal."""
    lengths = _range(words[1], 10)
    return lengths, tuple(_range(word, 16) for word in words[3:])


def _range(word: str, base: int) -> range:
    first, _, last = word.partition(":")
    return range(int(first, base), int(last or first, base) + 1)
