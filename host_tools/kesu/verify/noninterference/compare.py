"""compare: compares the whole state of two pads byte for byte: what differs, where, and what may differ."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from math import inf
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kesu.common.errors import Exit, KesuError
from kesu.emulator.board.pad import Owner, VirtualPad
from kesu.emulator.core.emulator import DPRAM_BASE, FLASH_BASE, SRAM_BASE
from kesu.emulator.panel.glass import CLEAN_LIGHTNESS
from kesu.emulator.usb.messages import Notification
from kesu.verify.noninterference import traffic
from kesu.verify.noninterference.families import NO_INK
from kesu.verify.outcome import Difference, MaskEntry
from kesu.verify.search import measure

MASK = Path(__file__).with_name("mask.toml")
BASES = {"sram": SRAM_BASE, "dpram": DPRAM_BASE, "flash": FLASH_BASE}
GAP = 8
"""Differing bytes at most this far apart are one difference."""


@dataclass(frozen=True)
class State:
    """One pad at one instant: parts by name, the lightness of its glass (L*), its owners, and the times of its answers
    to the host (ns of the emulated clock)."""

    parts: dict[str, bytes]
    lightness: NDArray[np.float32]
    owners: tuple[Owner, ...]
    answered_ns: tuple[int, ...] = ()

    @property
    def size(self) -> int:
        return sum(map(len, self.parts.values())) + self.lightness.size


def take(pad: VirtualPad, since_ms: float, edge_ms: float, asked: traffic.Answers) -> State:
    """Everything that can be compared. since_ms: messages to the host and packets that the pad accepted count from
    this time on, each with its time; asked: the host's requests."""
    state, mcu = pad.snapshot(), pad.emulator.mcu
    core, sio = mcu.core, mcu.sio
    parts = {name: getattr(state, name) for name in measure.VOLATILE}
    parts |= {
        "flash": state.flash,
        "flash beyond 2 MB": bytes.fromhex(state.flash_sha256),
        "plane 24h": state.panel_bw,
        "plane 26h": state.panel_red,
        "panel registers": repr(sorted(pad.panel.registers().items())).encode(),
        "core registers": _words([*core.registers, core.x_psr, core.pending_interrupts]),
        "divider": repr((sio.div_dividend, sio.div_divisor, sio.div_quotient, sio.div_remainder)).encode(),
        "xip cache": state.xip,
        "timer": _words([alarm.target_micros for alarm in mcu.timer.alarms]),
        "pins": _words([pin.output_value for pin in mcu.gpio]),
        "answers to the host": traffic.heard(asked),
        "times of answers": _words(answer.done_ns // 1_000 for answer in asked),
        "times of packets taken": _words(
            moment // 1_000 for moment in pad.host.taken_ns if moment >= since_ms * 1e6
        ),
        "sent on bulk IN": _words([pad.host.bulk_in_bytes, pad.host.bytes_unseen]),
        "modem bits during the note": _words(
            [
                value
                for message in _between(pad, since_ms, edge_ms)
                for value in (message.time_ns // 1_000, *message.payload)
            ]
        ),
        "modem bits and their times": _words(
            [
                value
                for message in _between(pad, edge_ms, inf)
                for value in (message.time_ns // 1_000, *message.payload)
            ]
        ),
    }
    answered_ns = tuple(answer.done_ns for answer in asked)
    return State(parts, pad.glass.lightness(), tuple(pad.owners()), answered_ns)


def _between(pad: VirtualPad, from_ms: float, to_ms: float) -> list[Notification]:
    return [message for message in pad.host.notifications if from_ms * 1e6 <= message.time_ns < to_ms * 1e6]


def _words(values: Iterable[int]) -> bytes:
    return b"".join((int(value) & 0xFFFF_FFFF).to_bytes(4, "little") for value in values)


def differences(
    pad: VirtualPad, one: State, other: State, mask: Sequence[MaskEntry]
) -> tuple[Difference, ...]:
    """Every run of bytes that differs, named by `pad`'s memory map. Parts of different size differ as a whole; the
    glass differs where it does so by CLEAN_LIGHTNESS or more. An entry of the mask allows as many differing bytes in
    total as its size says."""
    found: list[Difference] = []

    def add(resource: str, first: int, length: int, differing: int) -> None:
        address = BASES.get(resource, 0) + first
        place, until = (_place(pad, one, resource, at) for at in (address, address + length - 1))
        found.append(Difference(resource, address, length, differing, place, until, None))

    for resource, mine in one.parts.items():
        theirs = other.parts[resource]
        if mine == theirs:
            continue
        if len(mine) != len(theirs):
            longest = max(len(mine), len(theirs))
            add(resource, 0, longest, longest)
            continue
        where = np.flatnonzero(np.frombuffer(mine, np.uint8) != np.frombuffer(theirs, np.uint8))
        for run in np.split(where, np.flatnonzero(np.diff(where) > GAP) + 1):
            first, length = int(run[0]), int(run[-1]) - int(run[0]) + 1
            add(resource, first, length, run.size)
    pixels = np.flatnonzero(np.abs(one.lightness - other.lightness) >= CLEAN_LIGHTNESS)
    if pixels.size:
        add("glass", int(pixels[0]), int(pixels.size), int(pixels.size))
    return masked(found, mask)


def masked(found: Iterable[Difference], mask: Sequence[MaskEntry]) -> tuple[Difference, ...]:
    """The differences, each with the entry that allows it, or None. An entry allows as many differing bytes in total
    as its size says, in runs that begin and end at its place."""
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


def entries_for(kind: str, mask: Sequence[MaskEntry]) -> list[MaskEntry]:
    """The entries of the mask that apply to a pair of that kind: most are for a pad never written on."""
    blank = kind.endswith(f" against {NO_INK}")
    return [entry for entry in mask if blank or not entry.name.startswith(NO_INK)]


def residue(one: State, other: State) -> float:
    """Greatest difference of lightness between the same pixel of both glasses, in L*."""
    return float(np.abs(one.lightness - other.lightness).max())


def answers_apart_us(one: State, other: State) -> float:
    """Greatest difference between the times of an answer on both pads, in us. It is 0, since answers leave at ticks
    (docs/threat-model.md); one microsecond fails the pair."""
    both = zip(one.answered_ns, other.answered_ns, strict=True)
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
        return [MaskEntry(**{**entry, "size": int(entry["size"])}) for entry in entries]
    except (OSError, tomllib.TOMLDecodeError, TypeError, KeyError) as error:
        raise KesuError(
            f"{path.name} is not a mask: {error}", hint="see the entries it had", code=Exit.INTERNAL
        ) from error
