"""Answers of the rig are taken apart, and nothing else passes for one; generated headers have every pin and film."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import re
import struct
import zlib

import pytest
from kesu.emulator.panel.ssd16xx_silicon import Silicon
from kesu.emulator.panel.ssd1680 import SILICON as SSD1680
from kesu.emulator.panel.ssd1683 import SILICON as SSD1683
from kesu.spec.controllers import CONTROLLERS
from kesu.spec.panels import FILMS
from kesu.spec.rig import LINES
from kesu_dev.rig.headers import rig_headers
from kesu_dev.rig.link import Rig
from kesu_dev.rig.protocol import Failure, Kind, Reader, RigError, notes
from rig_library import FIRMWARE


class Port:
    """A rig that says what it is given. part: bytes at a time."""

    def __init__(self, said: bytes, part: int = 3) -> None:
        self.said, self.part, self.asked = said, part, b""

    def write(self, data: bytes) -> None:
        self.asked += data

    def read(self, seconds: float) -> bytes:
        data, self.said = self.said[: self.part], self.said[self.part :]
        return data

    def close(self) -> None: ...


def _block(content: bytes, crc: int | None = None) -> bytes:
    checked = zlib.crc32(content) if crc is None else crc
    return b"block %d\n" % len(content) + content + b"\ncrc %08x\n" % checked


def test_block_and_line_come_in_parts() -> None:
    content = bytes(range(256)) + b"\nok\n"
    rig = Rig(Port(b"ok kesu-rig 1 abc\n" + _block(content) + b"ok 7 left=3\n"))
    answer = rig.ask("planes")
    assert (answer.block, answer.text, answer.values()) == (content, "7 left=3", {"left": 3})
    assert rig.version == "abc"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (b"ok kesu-rig 2 abc\n", "protocol 2"),
        (b"ok something else\n", "no rig"),
        (b"hello\n", "answer"),
        (b"error 1 there is no such request\n", "refused"),
        (b"x" * 600, "no lines"),
        (b"", "did not answer"),
    ],
)
def test_what_is_no_rig_is_refused(said: bytes, words: str) -> None:
    with pytest.raises(RigError, match=words):
        Rig(Port(said))


def test_a_damaged_block_is_refused() -> None:
    reader = Reader()
    reader.add(_block(b"abc", crc=1) + b"ok\n")
    with pytest.raises(RigError, match="checksum"):
        reader.answer("planes")


def test_a_huge_block_is_refused() -> None:
    reader = Reader()
    reader.add(b"block 99999999\n")
    with pytest.raises(RigError, match="announces"):
        reader.answer("planes")


def test_log_is_kind_value_and_time() -> None:
    found = notes(struct.pack("<II", 5, Kind.PANEL_BUSY << 24 | 1))
    assert (found[0].us, found[0].kind, found[0].value) == (5, Kind.PANEL_BUSY, 1)
    with pytest.raises(RigError):
        notes(b"abc")


def test_numbers_are_those_of_the_firmware() -> None:
    request = (FIRMWARE / "request.h").read_text(encoding="utf-8")
    failures = dict(re.findall(r"FAILED_(\w+) = (\d+)", request))
    assert {failure.name: str(failure.value) for failure in Failure} | {"NOT": "0"} == failures
    text = (FIRMWARE / "notes.h").read_text(encoding="utf-8")
    kinds = re.findall(r"^ +NOTE_(\w+)", text, re.MULTILINE)
    assert kinds == [kind.name for kind in Kind]
    assert [kind.value for kind in Kind] == list(range(1, len(kinds) + 1))


def test_headers_have_every_pin_and_film() -> None:
    headers = rig_headers("abc")
    for name, line in LINES.items():
        assert f"#define PIN_{name} {line.rig}\n" in headers["lines.h"]
    names = re.findall(r'\.name = "([^"]+)"', headers["films.h"])
    assert names == list(FILMS)
    words = re.search(
        r"FILM_NAMES\[\] = \{ ([^}]*) 0 \}", (FIRMWARE / "request.c").read_text(encoding="utf-8")
    )
    assert words is not None
    assert re.findall(r'"([^"]+)"', words[1]) == list(FILMS)


@pytest.mark.parametrize(("name", "model"), [("SSD1683", SSD1683), ("SSD1680", SSD1680)])
def test_registers_are_those_of_the_models(name: str, model: Silicon) -> None:
    found = {each.op: (each.length, each.shortest) for each in CONTROLLERS[name].registers}
    assert found == {
        op: (len(value), model.shortest.get(op, len(value))) for op, value in model.defaults.items()
    }
    assert (CONTROLLERS[name].width, CONTROLLERS[name].height) == (model.width, model.height)
