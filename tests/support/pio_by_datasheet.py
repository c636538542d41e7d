"""pio_by_datasheet: one PIO state machine, cycle by cycle, from the text of the RP2040 datasheet: a second opinion.

It is written as its tables and pseudocode stand (3.4: instructions, 3.5.4: autopush and autopull), without any look
ahead
and without sleep, and shares nothing with the interpreter in C. One state machine, divider 1, pins as inputs and
outputs.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

_WORD = 0xFFFF_FFFF


@dataclass
class Settings:
    """CTRL and others of one state machine. Fields as in the datasheet; thresholds 1 to 32."""

    code: list[int]
    wrap: tuple[int, int]
    autopush: bool = False
    autopull: bool = False
    push_at: int = 32
    pull_at: int = 32
    in_right: bool = True
    out_right: bool = True
    join_rx: bool = False
    join_tx: bool = False
    side_count: int = 0
    side_optional: bool = False
    side_dirs: bool = False
    side_base: int = 0
    set_base: int = 0
    set_count: int = 0
    out_base: int = 0
    out_count: int = 0
    in_base: int = 0
    jump_pin: int = 0
    number: int = 0


@dataclass
class Machine:
    """The state machine and its FIFOs. `step` is one cycle with these levels at the synchroniser's end."""

    s: Settings
    x: int = 0
    y: int = 0
    isr: int = 0
    osr: int = 0
    isr_count: int = 0
    osr_count: int = 32
    pc: int = 0
    delay: int = 0
    irq: int = 0
    out: int = 0
    dirs: int = 0
    tx: deque[int] = field(default_factory=deque)
    rx: deque[int] = field(default_factory=deque)
    forced: list[int] = field(default_factory=list)
    begun: bool = False
    """The present instruction has stalled after the part that is done once."""

    @property
    def rx_depth(self) -> int:
        return 8 if self.s.join_rx else 0 if self.s.join_tx else 4

    def step(self, pins: int) -> None:
        """One cycle."""
        if self.delay:
            self.delay -= 1
            self._refill()
            return
        op = self.forced[0] if self.forced else self.s.code[self.pc]
        self._side(op >> 8 & 31)
        self._jumped = False
        done = (
            self._jmp, self._wait, self._in, self._out, self._push_pull, self._mov, self._irq, self._set
        )[op >> 13](op & 0xFF, pins)  # fmt: skip
        if op >> 13 != 3:
            self._refill()
        if not done:
            return
        self.begun = False
        was_forced = bool(self.forced)
        if was_forced:
            self.forced.pop(0)
        elif not self._jumped:
            self.pc = self.s.wrap[0] if self.pc == self.s.wrap[1] else (self.pc + 1) % 32
        if self._next_op is not None:
            self.forced.insert(0, self._next_op)
            self._next_op = None
        else:
            self.delay = op >> 8 & (1 << 5 - self.s.side_count) - 1

    _next_op: int | None = None
    _jumped: bool = False

    def _refill(self) -> None:
        """3.5.4.2, cycles that are not OUT."""
        if self.s.autopull and self.osr_count >= self.s.pull_at and self.tx:
            self.osr, self.osr_count = self.tx.popleft(), 0

    def _side(self, bits: int) -> None:
        """3.5.1."""
        count = self.s.side_count
        if not count:
            return
        value = bits >> 5 - count
        if self.s.side_optional:
            if not bits & 16:
                return
            count -= 1
            value &= (1 << count) - 1
        if self.s.side_dirs:
            self.dirs = _written(self.dirs, value, self.s.side_base, count)
        else:
            self.out = _written(self.out, value, self.s.side_base, count)

    def _jmp(self, arg: int, pins: int) -> bool:
        condition = arg >> 5
        taken = (
            condition == 0
            or (condition == 1 and self.x == 0)
            or (condition == 2 and self.x != 0)
            or (condition == 3 and self.y == 0)
            or (condition == 4 and self.y != 0)
            or (condition == 5 and self.x != self.y)
            or (condition == 6 and pins >> self.s.jump_pin & 1 == 1)
            or (condition == 7 and self.osr_count < self.s.pull_at)
        )
        if condition == 2:
            self.x = self.x - 1 & _WORD
        if condition == 4:
            self.y = self.y - 1 & _WORD
        if taken:
            self.pc, self._jumped = arg & 31, True
        return True

    def _flag(self, index: int) -> int:
        """3.4.9.2: the two lowest bits, plus the number of the state machine."""
        return 1 << (index & 4 | (index & 3) + self.s.number & 3 if index & 16 else index & 7)

    def _wait(self, arg: int, pins: int) -> bool:
        polarity, source, index = arg >> 7, arg >> 5 & 3, arg & 31
        if source == 2:
            bit = self._flag(index)
            if bool(self.irq & bit) != bool(polarity):
                return False
            if polarity:
                self.irq &= ~bit
            return True
        pin = index if source == 0 else (index + self.s.in_base) % 32
        return pins >> pin & 1 == polarity

    def _in(self, arg: int, pins: int) -> bool:
        """3.5.4.1: shifted first, then pushed or stalled."""
        count = arg & 31 or 32
        if not self.begun:
            value = self._source(arg >> 5, pins) & (1 << count) - 1
            if self.s.in_right:
                self.isr = (self.isr | value << 32) >> count & _WORD
            else:
                self.isr = (self.isr << count | value) & _WORD
            self.isr_count = min(32, self.isr_count + count)
        if self.s.autopush and self.isr_count >= self.s.push_at:
            if len(self.rx) >= self.rx_depth:
                self.begun = True
                return False
            self.rx.append(self.isr)
            self.isr = self.isr_count = 0
        return True

    def _out(self, arg: int, pins: int) -> bool:
        """3.5.4.2, cycles of OUT."""
        count = arg & 31 or 32
        if self.s.autopull and self.osr_count >= self.s.pull_at:
            if self.tx:
                self.osr, self.osr_count = self.tx.popleft(), 0
            return False
        if self.s.out_right:
            value, self.osr = self.osr & (1 << count) - 1, self.osr >> count
        else:
            value, self.osr = self.osr >> 32 - count, self.osr << count & _WORD
        self.osr_count = min(32, self.osr_count + count)
        target = arg >> 5
        if target == 7:
            self._next_op = value & 0xFFFF
        elif target == 6:
            self.isr, self.isr_count = value, count
        elif target == 4:
            self.dirs = _written(self.dirs, value, self.s.out_base, self.s.out_count)
        else:
            self._to(target, value)
        self._refill()
        return True

    def _to(self, target: int, value: int) -> None:
        """Targets that OUT and MOV have in common."""
        if target == 0:
            self.out = _written(self.out, value, self.s.out_base, self.s.out_count)
        elif target == 1:
            self.x = value
        elif target == 2:
            self.y = value
        elif target == 5:
            self.pc, self._jumped = value & 31, True

    def _push_pull(self, arg: int, pins: int) -> bool:
        block, conditional = arg >> 5 & 1, arg >> 6 & 1
        if not arg & 0x80:
            if conditional and self.isr_count < self.s.push_at:
                return True
            if len(self.rx) >= self.rx_depth:
                if block:
                    return False
            else:
                self.rx.append(self.isr)
            self.isr = self.isr_count = 0
            return True
        if conditional and self.osr_count < self.s.pull_at:
            return True
        if self.s.autopull and self.osr_count == 0:  # 3.4.7.2: no effect while the register is full
            return True
        if self.tx:
            self.osr = self.tx.popleft()
        elif block:
            return False
        else:
            self.osr = self.x
        self.osr_count = 0
        return True

    def _source(self, source: int, pins: int) -> int:
        return {
            0: (pins >> self.s.in_base | pins << 32 - self.s.in_base) & _WORD,
            1: self.x,
            2: self.y,
            6: self.isr,
            7: self.osr,
        }.get(source, 0)

    def _mov(self, arg: int, pins: int) -> bool:
        value, operation, target = self._source(arg & 7, pins), arg >> 3 & 3, arg >> 5
        if operation == 1:
            value ^= _WORD
        elif operation == 2:
            value = int(f"{value:032b}"[::-1], 2)
        if target == 4:
            self._next_op = value & 0xFFFF
        elif target == 6:
            self.isr, self.isr_count = value, 0
        elif target == 7:
            self.osr, self.osr_count = value, 0
        else:
            self._to(target, value)
        return True

    def _irq(self, arg: int, pins: int) -> bool:
        bit = self._flag(arg & 31)
        if arg & 0x40:
            self.irq &= ~bit
            return True
        if not self.begun:
            self.irq |= bit
            self.begun = bool(arg & 0x20)
            return not self.begun
        return not self.irq & bit

    def _set(self, arg: int, pins: int) -> bool:
        target, value = arg >> 5, arg & 31
        if target == 0:
            self.out = _written(self.out, value, self.s.set_base, self.s.set_count)
        elif target == 4:
            self.dirs = _written(self.dirs, value, self.s.set_base, self.s.set_count)
        elif target == 1:
            self.x = value
        elif target == 2:
            self.y = value
        return True


def _written(pins: int, value: int, base: int, count: int) -> int:
    """`count` pins from `base` on, around the end of 32."""
    for index in range(count):
        bit = 1 << (base + index) % 32
        pins = pins | bit if value >> index & 1 else pins & ~bit
    return pins & _WORD
