"""compare: compares the whole state of two pads byte for byte: what differs, where, and what may differ."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from math import inf
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kesu.common.errors import Exit, KesuError
from kesu.emulator.board.outputs import PINS, STREAMS, USB, Outputs
from kesu.emulator.board.pad import Owner, VirtualPad
from kesu.emulator.board.wiring import PANEL_CS, PANEL_DC
from kesu.emulator.core.emulator import words
from kesu.emulator.core.facts import DPRAM_BASE, FLASH_BASE, SRAM_BASE
from kesu.emulator.core.snapshot import Snapshot
from kesu.emulator.panel.contrast import CLEAN_LIGHTNESS
from kesu.emulator.usb.messages import Notification
from kesu.verify.noninterference import everything, traffic
from kesu.verify.noninterference.families import NO_INK, RESTED
from kesu.verify.noninterference.instants import LAST, Instant
from kesu.verify.noninterference.structures import STRUCTURE
from kesu.verify.outcome import Difference, MaskEntry
from kesu.verify.search import measure

MASK = Path(__file__).with_name("mask.toml")
BASES = {"sram": SRAM_BASE, "dpram": DPRAM_BASE, "flash": FLASH_BASE}
I2C_CELLS = 16
"""Depth of each FIFO of the I2C block (RP2040 datasheet 4.3.10)."""
TEXTS = frozenset(
    (*(f"{source} from the event on" for source in STREAMS), "pins during the note", "USB during the note")
)
"""Parts that are records of outputs, one a line."""
FIELD = "field"
"""Resource of a field of a model (kesu.verify.noninterference.everything)."""
PANEL_PINS = (PANEL_CS, PANEL_DC)
"""They follow what is sent to the panel, which is the note."""
GAP = 8
"""Differing bytes at most this far apart are one difference."""


@dataclass(frozen=True)
class State:
    """One pad at one instant: parts by name, the lightness of its glass (L*; None: not compared), its owners,
    the times of its answers to the host (ns of the emulated clock), and the time since the event's edge.
    fields: of its models, as everything.fields gives them. strange: uses that are not allowed, at the last
    instant."""

    parts: dict[str, bytes]
    lightness: NDArray[np.float32] | None
    owners: tuple[Owner, ...]
    answered_ns: tuple[int, ...] = ()
    after_ms: float = 0.0
    fields: bytes = b""
    strange: str = ""

    @property
    def size(self) -> int:
        content = (*self.parts.values(), self.fields)
        return sum(map(len, content)) + (0 if self.lightness is None else self.lightness.size)


@dataclass(frozen=True)
class Since:
    """What a comparison starts from. asked: the host's requests. noted_ms: messages to the host and packets
    that the pad accepted count from this time on; caused_ms: when the event was caused; edge_ms: its edge.
    flash: as it was before the note; outputs: of the pad, since the note began; restarted: the chip booted at
    the edge, without a table of owners until the firmware runs."""

    asked: traffic.Answers
    noted_ms: float
    caused_ms: float
    edge_ms: float
    flash: bytes
    restarted: bool = False
    outputs: Outputs | None = None


def take(pad: VirtualPad, since: Since, instant: Instant = LAST) -> State:
    """Everything that can be compared at that instant. The pad keeps running as if this had not been done."""
    # All of the flash is compared once, at the end; until then it is compared with its earlier content, in
    # place.
    last = instant.after_ms is None
    state = pad.snapshot(flash_too=last)
    owners = () if since.restarted and not last else tuple(pad.owners())
    parts = _planes(pad, state) if instant.planes else {}
    if instant.machine:
        parts |= {name: content for name, content in measure.volatile_of(state).items() if name != "i2c"}
        parts |= _i2c(state) | _machine(pad, state, since)
        parts |= {"flash": state.flash} if last else {}
        parts["flash beyond the board's" if last else "flash"] = _flash(pad, state, since)
    elif since.restarted:
        parts["sram"] = state.sram
    else:
        parts |= {name: _owned(state.sram, owner) for name, owner in _named(owners)}
    answered_ns = tuple(answer.done_ns for answer in since.asked)
    lightness = pad.glass.lightness() if instant.glass else None
    fields = everything.fields(pad) if instant.machine else b""
    return State(parts, lightness, owners, answered_ns, round(pad.now_ms - since.edge_ms, 3), fields)


def _flash(pad: VirtualPad, state: Snapshot, since: Since) -> bytes:
    if state.flash_sha256:
        return bytes.fromhex(state.flash_sha256)
    # As words: a comparison of memoryviews goes byte by byte.
    now, before = (np.frombuffer(flash, np.uint64) for flash in (pad.flash, since.flash))
    return b"" if np.array_equal(now, before) else hashlib.sha256(pad.flash).digest()


def _named(owners: Iterable[Owner]) -> Iterator[tuple[str, Owner]]:
    return ((f"owner {number} (kind {owner.kind})", owner) for number, owner in enumerate(owners))


def _owned(sram: bytes, owner: Owner) -> bytes:
    start = owner.address - SRAM_BASE
    return sram[start : start + owner.length]


def _i2c(state: Snapshot) -> dict[str, bytes]:
    ends = {"i2c transmit cells": (0, I2C_CELLS), "i2c receive cells": (I2C_CELLS, 2 * I2C_CELLS)}
    cells = {name: state.i2c[start:end] for name, (start, end) in ends.items()}
    return cells | {"i2c": state.i2c[2 * I2C_CELLS :]}


def _planes(pad: VirtualPad, state: Snapshot) -> dict[str, bytes]:
    return {
        "plane 24h": state.panel_bw,
        "plane 26h": state.panel_red,
    }


def _machine(pad: VirtualPad, state: Snapshot, since: Since) -> dict[str, bytes]:
    asked = since.asked
    return pad.emulator.machine() | {
        "panel registers": repr(sorted(pad.panel.registers().items())).encode(),
        "xip cache": state.registers["xip"],
        "answers to the host": traffic.heard(asked),
        "times of answers": words(answer.done_ns // 1_000 for answer in asked),
        "times of packets taken": words(
            moment // 1_000 for moment in pad.host.taken_ns if moment >= since.noted_ms * 1e6
        ),
        "sent on bulk IN": words([pad.host.bulk_in_bytes, pad.host.bytes_unseen]),
        "modem bits during the note": _bits(pad, since.noted_ms, since.caused_ms),
        "modem bits and their times": _bits(pad, since.caused_ms, inf),
        **_outputs(since),
    }


def _outputs(since: Since) -> dict[str, bytes]:
    """Every edge of every output with its time, from the event on; of what must not show a note, from the
    note on."""
    record = since.outputs
    if record is None:
        return {}
    noted_ms, edge_ms = since.noted_ms, since.edge_ms
    found = {f"{source} from the event on": record.between(source, edge_ms) for source in STREAMS}
    return found | {
        "pins during the note": record.between(
            PINS, noted_ms, edge_ms, lambda one: one.line not in PANEL_PINS
        ),
        "USB during the note": record.between(USB, noted_ms, edge_ms),
    }


def _bits(pad: VirtualPad, from_ms: float, to_ms: float) -> bytes:
    messages = _between(pad, from_ms, to_ms)
    return words(value for message in messages for value in (message.time_ns // 1_000, *message.payload))


def _between(pad: VirtualPad, from_ms: float, to_ms: float) -> list[Notification]:
    return [message for message in pad.host.notifications if from_ms * 1e6 <= message.time_ns < to_ms * 1e6]


def differences(
    pad: VirtualPad,
    one: State,
    other: State,
    mask: Sequence[MaskEntry],
    glass_limit: float = CLEAN_LIGHTNESS,
) -> tuple[Difference, ...]:
    """Every run of bytes that differs, named by `pad`'s memory map. Parts of different size differ as a
    whole; the glass differs where it does so by `glass_limit` or more. An entry of the mask allows as many
    differing bytes in total as its size says."""
    found: list[Difference] = []

    def add(resource: str, first: int, length: int, differing: int) -> None:
        address = BASES.get(resource, 0) + first
        place, until = (_place(pad, one, resource, at) for at in (address, address + length - 1))
        found.append(Difference(resource, address, length, differing, place, until, None))

    for resource in dict.fromkeys((*one.parts, *other.parts)):
        mine, theirs = one.parts.get(resource, b""), other.parts.get(resource, b"")
        if mine == theirs:
            continue
        if resource in TEXTS:
            found.append(_of_records(resource, mine, theirs))
            continue
        if len(mine) != len(theirs):
            longest = max(len(mine), len(theirs))
            add(resource, 0, longest, longest)
            continue
        where = np.flatnonzero(np.frombuffer(mine, np.uint8) != np.frombuffer(theirs, np.uint8))
        for run in np.split(where, np.flatnonzero(np.diff(where) > GAP) + 1):
            first, length = int(run[0]), int(run[-1]) - int(run[0]) + 1
            add(resource, first, length, run.size)
    for path, _ in everything.differing(one.fields, other.fields):
        found.append(Difference(FIELD, 0, 1, 1, path, path, None))
    pixels = np.flatnonzero(_apart(one, other) >= glass_limit)
    if pixels.size:
        add("glass", int(pixels[0]), int(pixels.size), int(pixels.size))
    return masked(found, mask)


def _of_records(resource: str, one: bytes, other: bytes) -> Difference:
    """Two records of outputs that differ. If the same was put out at other times, the greatest difference in
    us counts as `differing`; otherwise the lines. Named by the first line that differs."""
    mine, theirs = (text.decode().split("\n") for text in (one, other))
    same = next(
        (at for at, pair in enumerate(zip(mine, theirs, strict=False)) if len(set(pair)) > 1), len(mine)
    )
    lines = [lines[same] if same < len(lines) else "nothing" for lines in (mine, theirs)]
    place = f"{resource}: {lines[0]} against {lines[1]}"
    if [_what(line) for line in mine] == [_what(line) for line in theirs]:
        apart = max(abs(_time_us(a) - _time_us(b)) for a, b in zip(mine, theirs, strict=True))
        return Difference(f"times of {resource}", same, apart, apart, place, place, None)
    apart = sum(a != b for a, b in zip(mine, theirs, strict=False)) + abs(len(mine) - len(theirs))
    return Difference(resource, same, max(len(mine), len(theirs)), apart, place, place, None)


def _what(line: str) -> str:
    return line.partition(": ")[2]


def _time_us(line: str) -> int:
    return int(line.partition(" ")[0] or 0)


def masked(found: Iterable[Difference], mask: Sequence[MaskEntry]) -> tuple[Difference, ...]:
    """The differences, each with the entry that allows it, or None. An entry allows as many differing bytes
    in total as its size says, in runs that begin and end at its place."""
    room = {entry.name: entry.size for entry in mask}
    judged = []
    for difference in found:
        entry = next(
            (
                entry
                for entry in mask
                if entry.resource == difference.resource
                and 0 < difference.differing <= min(room[entry.name], difference.length)
                and fnmatchcase(difference.place, entry.place)
                and fnmatchcase(difference.until, entry.place)
            ),
            None,
        )
        if entry is not None:
            room[entry.name] -= difference.differing
        judged.append(replace(difference, mask=entry.name if entry else None))
    return tuple(judged)


def entries_for(kind: str, event: str, instant: str, mask: Sequence[MaskEntry]) -> list[MaskEntry]:
    """The entries of the mask that apply to a pair of that kind after that event, at that instant: most are for a pad
    never written on, some for notes of different structure, or for pads that rested."""
    others = {
        name
        for name, there in (
            (NO_INK, f" against {NO_INK}" in kind),
            (STRUCTURE, kind.startswith(STRUCTURE)),
            (RESTED, f", {RESTED} " in kind),
        )
        if not there
    }
    return [
        entry
        for entry in mask
        if entry.name.partition(":")[0] not in others
        and (not entry.events or event in entry.events)
        and (not entry.instants or instant in entry.instants)
    ]


def residue(one: State, other: State) -> float | None:
    """Greatest difference of lightness between the same pixel of both glasses, in L*; None: not compared."""
    return None if one.lightness is None or other.lightness is None else float(_apart(one, other).max())


def _apart(one: State, other: State) -> NDArray[np.float32]:
    if one.lightness is None or other.lightness is None:
        return np.zeros(0, np.float32)
    apart: NDArray[np.float32] = np.abs(one.lightness - other.lightness)
    return apart


def answers_apart_us(one: State, other: State) -> float:
    """Greatest difference between the times of an answer on both pads, in us. It is 0, since answers leave at
    ticks (docs/threat-model.md); one microsecond fails the pair, and so does an answer that only one of them
    gave."""
    both = zip(one.answered_ns, other.answered_ns, strict=False)
    return max((abs(mine - theirs) / 1e3 for mine, theirs in both), default=0.0)


def _place(pad: VirtualPad, state: State, resource: str, address: int) -> str:
    if resource not in BASES:
        return f"{resource}+0x{address:x}"
    for number, owner in enumerate(state.owners):
        if owner.address <= address < owner.address + owner.length:
            return f"owner {number} (kind {owner.kind})+0x{address - owner.address:x}"
    name = pad.memory_map.name(address)
    return f"{name} 0x{address:08x}" if name in ("heap", "stack core 0", "usb dpram") else name


def read_mask(path: Path = MASK) -> list[MaskEntry]:
    """The reviewed list of allowed differences. Raises KesuError when the file is invalid."""
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8")).get("allowed", [])
        return [_entry(entry) for entry in entries]
    except (OSError, tomllib.TOMLDecodeError, TypeError, KeyError) as error:
        raise KesuError(
            f"{path.name} is not a mask: {error}", hint="see the entries it had", code=Exit.INTERNAL
        ) from error


def _entry(given: dict[str, Any]) -> MaskEntry:
    lists = {name: tuple(given.get(name, ())) for name in ("events", "instants")}
    return MaskEntry(**(given | {"size": int(given["size"])} | lists))
