"""The rig's record of what the pad sends its panel: the host reads from it what was sent; a lost byte is an error."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import ctypes
import random

import pytest
from kesu_dev.rig.protocol import RigError
from kesu_dev.rig.recording import Heard, Token, tokens
from rig_library import library

MOST = 32_768


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    rig = library(tmp_path_factory.mktemp("record"))
    rig.host_film(0)
    return rig


def _taken(rig: ctypes.CDLL, most: int = MOST) -> bytes:
    room = (ctypes.c_uint8 * most)()
    return bytes(room[: rig.host_recorded(room, most)])


def _sent(found: list[Token]) -> list[tuple[int, bytes]]:
    """Commands with all data that follows each."""
    sent: list[tuple[int, bytes]] = []
    for token in found:
        if token.kind == Heard.COMMAND:
            sent.append((token.value, b""))
        else:
            op, data = sent[-1]
            sent[-1] = op, data + token.data
    return sent


def _data(draw: random.Random) -> bytes:
    parts = (
        draw.randbytes(draw.randrange(1, 40))
        if draw.random() < 0.5
        else bytes((draw.randrange(256),)) * draw.randrange(400)
        for _ in range(draw.randrange(1, 6))
    )
    return b"".join(parts)


@pytest.mark.parametrize("seed", range(4))
def test_what_is_recorded_is_what_was_sent(rig: ctypes.CDLL, seed: int) -> None:
    draw = random.Random(seed)
    rig.host_record(1)
    sent: list[tuple[int, bytes]] = []
    found: list[Token] = []
    for _ in range(60):
        op = draw.choice((0x24, 0x26, 0x32))
        data = _data(draw)[: 227 if op == 0x32 else None]
        ctypes.c_uint32.in_dll(rig, "now_us").value = len(sent)
        rig.host_bytes(bytes((op,)), 1, 0)
        rig.host_bytes(data, len(data), 1)
        sent.append((op, data))
        if draw.random() < 0.3:
            found += tokens(_taken(rig))
    found += tokens(_taken(rig))
    assert _sent(found) == sent
    assert [token.us for token in found if token.kind == Heard.COMMAND] == [*range(len(sent))]


def test_a_plane_of_one_tone_takes_few_bytes(rig: ctypes.CDLL) -> None:
    rig.host_record(1)
    rig.host_bytes(b"\x24", 1, 0)
    rig.host_bytes(b"\xff" * 15_000, 15_000, 1)
    recorded = _taken(rig)
    assert len(recorded) < 20
    assert _sent(tokens(recorded)) == [(0x24, b"\xff" * 15_000)]


def test_more_than_there_is_room_for_is_not_recorded_in_part(rig: ctypes.CDLL) -> None:
    rig.host_record(1)
    rig.host_bytes(b"\x24", 1, 0)
    noise = random.Random(1).randbytes(15_000)
    for _ in range(3):
        rig.host_bytes(noise, len(noise), 1)
    recorded = _taken(rig, 40_000)
    assert MOST - 8 <= len(recorded) <= MOST
    assert tokens(recorded)
    rig.host_bytes(b"\x26", 1, 0)
    assert _taken(rig) == b"", "after a loss nothing more is recorded"


@pytest.mark.parametrize("wrong", [b"\x09", b"\x01\x24\x00", b"\x02\x05\x00", b"\x03\x01"])
def test_a_recording_that_is_cut_or_unknown_is_refused(wrong: bytes) -> None:
    with pytest.raises(RigError, match="wrong at byte"):
        tokens(b"\x01\x20\x00\x00\x00\x00" + wrong)
