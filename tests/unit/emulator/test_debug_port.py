"""The model of a debug port, by a host that moves the wires bit by bit (Arm IHI 0031)."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import pytest
from kesu_dev.together.debug_port import (
    CORE0,
    CORE1,
    CTRL_STAT,
    DPIDR,
    DRW,
    FAULT,
    IDR,
    OK,
    ORUN_DETECT,
    POWER_UP,
    SELECT,
    STICKY_ERR,
    STICKY_ORUN,
    TAR,
    WDATA_ERR,
    DebugPort,
)
from swd_host import SwdHost

SILENCE = 0b111
"""ACK where nobody drives: the pull-up."""


class Words:
    """Memory of 8 KiB whose words are their address, and nothing above it."""

    def __init__(self) -> None:
        self.kept: dict[tuple[int, int], int] = {}

    def read(self, address: int, size: int) -> int:
        if address >= 0x2000:
            raise LookupError
        return self.kept.get((address, size), (address * 0x0101 + 7) & (1 << 8 * size) - 1)

    def write(self, address: int, size: int, value: int) -> None:
        if address >= 0x2000:
            raise LookupError
        self.kept[address, size] = value


class Wires:
    def __init__(self) -> None:
        self.words = Words()
        self.port = DebugPort(self.words)
        self.host = SwdHost(self.edge)

    def edge(self, level: bool | None) -> bool:
        before = self.port.drives is not False if level is None else level
        assert level is None or self.port.drives is None, "both drive"
        self.port.rising_edge(before)
        return before


@pytest.fixture
def wires() -> Wires:
    return Wires()


def test_nothing_answers_before_a_line_reset(wires: Wires) -> None:
    assert wires.host.read(False, 0).ack == SILENCE


def test_only_the_selected_target_answers(wires: Wires) -> None:
    assert wires.host.connect(CORE1).ack == SILENCE
    assert wires.host.connect(CORE0) == (OK, DPIDR, True)
    wires.host.line_reset()
    assert wires.host.read(False, 0).ack == SILENCE


def test_a_block_of_words_counts_within_a_kilobyte(wires: Wires) -> None:
    wires.host.connect()
    assert wires.host.block(0x100, 40) == [wires.words.read(0x100 + 4 * at, 4) for at in range(40)]
    around = [0x3FC, 0x000]  # IHI 0031 C2.2.2: at least ten bits count
    assert wires.host.block(0x3FC, 2) == [wires.words.read(address, 4) for address in around]


def test_bytes_are_in_their_lanes(wires: Wires) -> None:
    host = wires.host
    host.connect()
    host.write(True, 0x00, 0 | 1 << 4)  # CSW: bytes
    host.write(True, TAR, 0x201)
    host.write(True, DRW, 0xAB00)
    assert wires.words.kept == {(0x201, 1): 0xAB}
    host.write(True, TAR, 0x201)
    host.read(True, DRW)
    assert host.read(False, 0xC).value == 0xAB00


def test_banked_registers_and_identity(wires: Wires) -> None:
    host = wires.host
    host.connect()
    host.write(True, TAR, 0x120)
    host.write(False, SELECT, 0x10)
    host.write(True, 0x8, 0x1234_5678)  # BD2
    assert wires.words.kept == {(0x128, 4): 0x1234_5678}
    host.write(False, SELECT, 0xF0)
    host.read(True, IDR & 0xF)
    assert host.read(False, 0xC).value == 0x0477_0031


def test_an_access_without_power_or_after_an_error_faults(wires: Wires) -> None:
    host = wires.host
    host.connect()
    host.write(False, CTRL_STAT, 0)
    assert host.read(True, DRW).ack == FAULT
    host.write(False, CTRL_STAT, POWER_UP)
    host.block(0x4000, 2)
    assert host.read(True, DRW).ack == FAULT
    assert host.read(False, CTRL_STAT).value & STICKY_ERR
    host.write(False, 0x0, 1 << 2)  # ABORT
    assert not host.read(False, CTRL_STAT).value & STICKY_ERR
    assert host.block(0x40, 2) == [wires.words.read(address, 4) for address in (0x40, 0x44)]


def test_a_wrong_parity_is_kept(wires: Wires) -> None:
    host = wires.host
    host.connect()
    host.write(True, TAR, 0x40, wrong_parity=True)
    assert host.read(False, CTRL_STAT).value & WDATA_ERR
    assert host.read(True, DRW).ack == FAULT


def test_with_overrun_detection_the_data_phase_always_comes(wires: Wires) -> None:
    host = wires.host
    host.connect()
    host.write(False, CTRL_STAT, POWER_UP | ORUN_DETECT)
    host.overrun = True
    host.block(0x4000, 2)
    assert host.read(True, DRW).ack == FAULT
    status = host.read(False, CTRL_STAT)
    assert status.ack == OK
    assert status.value & (STICKY_ERR | STICKY_ORUN) == STICKY_ERR | STICKY_ORUN


def test_a_broken_request_locks_the_port(wires: Wires) -> None:
    host = wires.host
    host.connect()
    host.send(0b1000_0001 | 1 << 2, 8)  # parity is wrong
    host.send(0, 8)
    assert host.read(False, 0).ack == SILENCE
    assert host.connect().ack == OK
