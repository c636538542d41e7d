"""test_hil_pads: pads.toml, rig and operator actions, dumps by picotool and gdb, with their errors."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import socket
import struct
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hil import Missing, Pad, boot_rom, read_pads
from hil.gdb_remote import CHUNK, GdbRemote, RemoteError
from hil.hands import Hands
from kesu.common.errors import KesuError
from kesu.emulator.chips.rp2040.facts import SRAM
from rp2040py.gdb.gdb_connection import GDBConnection
from rp2040py.gdb.gdb_server import GDBServer
from rp2040py.rp2040 import RP2040

EXAMPLE = Path(__file__).parents[2] / "hil" / "pads.example.toml"
GOOD = '[desk]\nport = "/dev/ttyACM0"\npanel = "4in2"\nimage = "kesu.uf2"\n'


def written(folder: Path, text: str) -> Path:
    (folder / "kesu.uf2").write_bytes(b"")
    path = folder / "pads.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_features_follow_from_what_the_bench_has(tmp_path: Path) -> None:
    bare = read_pads(written(tmp_path, GOOD))["desk"]
    assert bare.features == frozenset()
    assert bare.image == tmp_path / "kesu.uf2"
    person = read_pads(written(tmp_path, GOOD + "person = true\n"))["desk"]
    assert person.features == {"pen", "keys", "power", "bootsel"}
    rig = (
        GOOD
        + 'gdb = "127.0.0.1:3333"\n[desk.commands]\nphotograph = "x {file}"\nunplug = "off"\nplug_in = "on"\n'
    )
    assert read_pads(written(tmp_path, rig))["desk"].features == {"swd", "camera", "power"}
    half = GOOD + '[desk.commands]\nunplug = "off"\n'
    assert read_pads(written(tmp_path, half))["desk"].features == frozenset()


def test_the_example_is_valid_except_for_missing_images(tmp_path: Path) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    for line in text.splitlines():
        if line.startswith("image = "):
            text = text.replace(line, 'image = "kesu.uf2"')
    assert read_pads(written(tmp_path, text)).keys() == {"desk-1", "switched", "rigged"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[desk", "is not TOML"),
        ("desk = 3\n", "not a table"),
        (GOOD + "colour = 3\n", "colour is not known"),
        (GOOD.replace("port", "# port"), "port is missing"),
        (GOOD.replace("4in2", "7in5"), "no panel '7in5'"),
        (GOOD.replace("kesu.uf2", "other.uf2"), "no image"),
        (GOOD + 'commands = "x"\n', "not a table of texts"),
        (GOOD + '[desk.commands]\nsing = "la"\n', "no command sing"),
    ],
)
def test_errors_in_pads_toml_are_named(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(KesuError) as refused:
        read_pads(written(tmp_path, text))
    assert reason in refused.value.message
    assert refused.value.hint


def pad(**more: Any) -> Pad:
    return Pad("desk", "/dev/null", "4in2", Path("kesu.uf2"), **more)


def test_actions_go_to_the_rig_or_the_operator_or_are_refused(tmp_path: Path) -> None:
    asked: list[str] = []
    file = tmp_path / "a b.png"
    rig = Hands(
        pad(commands={"photograph": f'{sys.executable} -c \'open(__import__("sys").argv[1], "w")\' {{file}}'})
    )
    rig.do("photograph", "take a picture", file=str(file))
    assert file.exists()
    Hands(pad(person=True), asked.append).do("tap", "press the WIPE key", key="WIPE")
    assert asked == ["press the WIPE key"]
    with pytest.raises(Missing, match="no operator to: press"):
        Hands(pad()).do("tap", "press the WIPE key", key="WIPE")
    with pytest.raises(Missing, match="command tap failed"):
        Hands(pad(commands={"tap": "false"})).do("tap", "press", key="WIPE")
    with pytest.raises(Missing, match="command tap failed"):
        Hands(pad(commands={"tap": "/nowhere/at-all"})).do("tap", "press", key="WIPE")


PICOTOOL = """#!{python}
import sys
from pathlib import Path
words = sys.argv[1:]
Path({log!r}).open("a").write(" ".join(words) + "\\n")
if words[0] == "save":
    size = {flash_bytes} if "-a" in words else int(words[3], 16) - int(words[2], 16)
    Path(words[words.index("bin") + 1]).write_bytes(b"\\x5a" * size)
"""


def picotool(folder: Path, flash_bytes: int = boot_rom.FLASH_BYTES) -> list[str]:
    program = folder / "picotool"
    program.write_text(
        PICOTOOL.format(python=sys.executable, log=str(folder / "log"), flash_bytes=flash_bytes),
        encoding="utf-8",
    )
    program.chmod(0o755)
    return [str(program)]


def test_both_memories_are_read_ram_first_from_one_device(tmp_path: Path) -> None:
    place = tmp_path / "1-1.4"
    place.mkdir()
    with pytest.raises(Missing, match=r"no device at 1-1\.4: is it in BOOTSEL mode"):
        boot_rom.at(place, picotool(tmp_path))
    (place / "busnum").write_text("1\n")
    (place / "devnum").write_text("23\n")
    memories = boot_rom.read_memories(boot_rom.at(place, picotool(tmp_path)))
    assert (len(memories.sram), len(memories.flash)) == (len(SRAM), boot_rom.FLASH_BYTES)
    first, second = (tmp_path / "log").read_text().splitlines()
    assert first.startswith("save -r 20000000 20042000")
    assert second.startswith("save -a")
    assert all(line.endswith("--bus 1 --address 23") for line in (first, second))
    with pytest.raises(Missing, match=r"and 4,096 of flash, not 270,336 and 2,097,152"):
        boot_rom.read_memories(boot_rom.at(place, picotool(tmp_path, 4096)))
    with pytest.raises(Missing, match="picotool save ended with 1"):
        boot_rom.read_memories(boot_rom.at(place, ["/bin/false"]))
    boot_rom.restart(boot_rom.at(place, picotool(tmp_path)))
    assert (tmp_path / "log").read_text().splitlines()[-1].startswith("reboot")


@pytest.fixture
def emulators_server() -> Iterator[tuple[str, RP2040]]:
    """The emulator's gdb server on a loopback socket: an independent implementation of the protocol."""
    chip = RP2040()
    target = SimpleNamespace(rp2040=chip, executing=False, start_execution=lambda: None, stop=lambda: None)
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        client, _ = listener.accept()
        with client, suppress(OSError):
            connection = GDBConnection(GDBServer(target), lambda text: client.sendall(text.encode()))
            while data := client.recv(4096):
                connection.feed_data(data.decode("latin-1"))

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"127.0.0.1:{listener.getsockname()[1]}", chip
    listener.close()
    thread.join(5)


def test_memory_is_read_from_the_emulators_gdb_server(emulators_server: tuple[str, RP2040]) -> None:
    address, chip = emulators_server
    content = struct.pack("<1000I", *range(1000))
    chip.sram[4096 : 4096 + len(content)] = content
    remote = GdbRemote(address)
    assert len(content) > 3 * CHUNK
    assert remote.read(SRAM.start + 4096, len(content)) == content
    remote.go()
    remote.close()


def test_a_missing_or_wrong_gdb_remote_is_reported() -> None:
    with pytest.raises(RemoteError, match="no gdb remote answers"):
        GdbRemote("127.0.0.1:1")
    with pytest.raises(RemoteError, match="no gdb remote answers"):
        GdbRemote("nonsense")
    answers = iter((b"+$S05#b8", b"+$00#99", b"$00#60", b"+$E01#a6"))
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        client, _ = listener.accept()
        with client, suppress(OSError):
            while data := client.recv(1):
                if data in b"#-":  # the end of a packet, or a missing one
                    client.sendall(next(answers))

    threading.Thread(target=serve, daemon=True).start()
    remote = GdbRemote(f"127.0.0.1:{listener.getsockname()[1]}")
    assert remote.read(SRAM.start, 1) == b"\0", "the damaged packet is requested again"
    with pytest.raises(RemoteError, match=r"cannot be read: the remote says 'E01'"):
        remote.read(SRAM.start, 4)
    listener.close()
