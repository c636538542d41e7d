"""recording: what a pad sent to its panel, as the rig recorded it (firmware/rig/record.h)."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from kesu_dev.rig.link import LONG_ANSWER_S, Rig
from kesu_dev.rig.protocol import RigError


class Heard(IntEnum):
    """Kinds of tokens."""

    COMMAND = 1
    DATA = 2
    RUN = 3
    RST = 4
    POWER = 5


@dataclass(frozen=True)
class Token:
    """kind: COMMAND, DATA, RST or POWER. us: low 32 bits of the rig's clock, 0 for data. value: the command, or the
    level of RST. data: bytes."""

    kind: Heard
    us: int = 0
    value: int = 0
    data: bytes = b""


def tokens(recorded: bytes) -> list[Token]:
    """The tokens of a recording, which begins and ends between two of them. Raises RigError."""
    found, at = [], 0
    try:
        while at < len(recorded):
            token, at = _token(recorded, at)
            found.append(token)
    except (IndexError, ValueError) as error:
        raise RigError(f"The rig's recording is wrong at byte {at:,}.") from error
    return found


def _token(recorded: bytes, at: int) -> tuple[Token, int]:
    kind = Heard(recorded[at])
    if kind == Heard.DATA:
        end = at + 2 + recorded[at + 1]
        return Token(kind, data=_part(recorded, at + 2, end)), end
    if kind == Heard.RUN:
        count = int.from_bytes(_part(recorded, at + 1, at + 3), "little")
        return Token(Heard.DATA, data=_part(recorded, at + 3, at + 4) * count), at + 4
    first = at + 1 + (kind != Heard.POWER)
    us = int.from_bytes(_part(recorded, first, first + 4), "little")
    return Token(kind, us, recorded[at + 1] if kind != Heard.POWER else 0), first + 4


def _part(recorded: bytes, begin: int, end: int) -> bytes:
    if end > len(recorded):
        raise IndexError
    return recorded[begin:end]


class Recorder:
    """Records from now on."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        rig.ask("record on")

    def take(self) -> list[Token]:
        """What the pad has sent since the last call. Raises RigError if the rig had no room for some of it."""
        answer = self.rig.ask("recorded", LONG_ANSWER_S)
        if answer.values().get("lost"):
            raise RigError(
                "The pad sent more to its panel than the rig has room for.", hint="Use a shorter cable."
            )
        return tokens(answer.block)
