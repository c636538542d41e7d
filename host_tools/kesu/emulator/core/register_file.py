"""register_file: what software has last written to each register of a chip, with or without a model of it.

A register without a model keeps what is written, so it is part of the state and reads as on a chip that has it. One
that was never written reads as the emulator has it, or, with a seed, as noise: nothing may depend on that.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from typing import Any

_XOR, _SET, _CLEAR = 1, 2, 3
_WORD = 0xFFFF_FFFF


class Notices:
    """The chip's log for rp2040py; an error ends the emulation. unknown: a block of rp2040py has said since the last
    look that it has no such register."""

    def __init__(self) -> None:
        self.unknown = False

    def debug(self, component_name: str, message: str) -> None:
        """Nothing is shown."""

    info = debug

    def warning(self, component_name: str, message: str) -> None:
        self.unknown = True

    def error(self, component_name: str, message: str) -> None:
        raise RuntimeError(f"[{component_name}] {message}")


def take_log(mcu: Any) -> Notices:
    """Give a chip of rp2040py such a log. Its own has registered a logger for each chip, which would stay until the
    process ends."""
    logging.root.manager.loggerDict.pop(mcu.logger._logger.name, None)
    mcu.logger = log = Notices()
    return log


class RegisterFile:
    """The registers by address, without the bits that select XOR, SET and CLEAR. log: of the chip.

    noise: seed of what registers without a model read as until they are written; 0 for what the emulator has.
    """

    def __init__(self, log: Notices) -> None:
        self.log = log
        self.noise = 0
        self._written: dict[int, int] = {}
        self._reads = 0

    def reset(self, survives: Callable[[int], bool]) -> None:
        """Forget all but the registers that survive this reset."""
        self._written = {register: value for register, value in self._written.items() if survives(register)}

    def wrote(self, register: int, value: int, kind: int = 0) -> None:
        """A write of a word. kind: 0, or 1 to 3 for XOR, SET, CLEAR."""
        if kind:
            old = self._written.get(register, 0)
            value = old ^ value if kind == _XOR else old | value if kind == _SET else old & ~value
        self._written[register] = value & _WORD

    def read(self, register: int, otherwise: Callable[[], int]) -> int:
        """A read: what the model gives, if it has this register."""
        self.log.unknown = False
        value = otherwise()
        return self.unmodelled(register, value) if self.log.unknown else value

    def unmodelled(self, register: int, otherwise: int) -> int:
        """What a register without a model reads as. otherwise: of one that was never written."""
        if register in self._written:
            return self._written[register]
        return self.noise_of(f"{register:x}", otherwise)

    def noise_of(self, register: str, otherwise: int) -> int:
        """What a register reads as that was never written and about which nothing is known."""
        if not self.noise:
            return otherwise
        self._reads += 1
        digest = hashlib.sha256(f"{self.noise} {register} {self._reads}".encode()).digest()
        return int.from_bytes(digest[:4], "little")


def file_of(mcu: Any) -> RegisterFile:
    """The register file of a chip."""
    file: RegisterFile = mcu.file
    return file
