"""picotool_stand_in: a fake picotool for stand-in pads, with picotool's messages and exit codes.

From raspberrypi/picotool main.cpp and errors/errors.h; the words for no device are compared with the real
binary in test_picotool_real.py. The command itself is a few lines that ask the bench through a socket.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
import socketserver
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kesu.common.uf2 import FLASH, PAYLOAD_SIZE, SECTOR_SIZE
from kesu.common.usb_ids import RP2040
from kesu.images.identity import description_in

if TYPE_CHECKING:
    from kesu.devices.rehearsal.bench import Bench, StandInPad

ERROR_ARGS, ERROR_USB, ERROR_NO_DEVICE, ERROR_VERIFICATION_FAILED = 255, 250, 249, 245

_COMMAND = """#!{python} -IS
import json, socket, sys
line = socket.socket(socket.AF_UNIX)
line.connect({address!r})
line.sendall(json.dumps(sys.argv[1:]).encode() + b"\\n")
code = 70
for part in line.makefile("r", newline="\\n"):
    text = json.loads(part)
    if isinstance(text, int):
        code = text
    else:
        sys.stdout.write(text)
        sys.stdout.flush()
sys.exit(code)
"""


class PicotoolServer:
    """The bench's end of the command. `calls` are the argument lists it was run with."""

    def __init__(self, folder: Path, bench: Bench) -> None:
        self.command = folder / "picotool"
        self.calls: list[list[str]] = []
        address = str(folder / "s")
        self.command.write_text(_COMMAND.format(python=sys.executable, address=address))
        self.command.chmod(0o755)
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                arguments = json.loads(self.rfile.readline())
                outer.calls.append(arguments)
                try:
                    for part in _run(bench, arguments):
                        self.wfile.write(json.dumps(part).encode() + b"\n")
                except BrokenPipeError:
                    return  # picotool was killed

        class Server(socketserver.ThreadingUnixStreamServer):
            daemon_threads = True
            request_queue_size = 64

        self._server = Server(address, Handler)
        self._server.socket.settimeout(None)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Failed(Exception):
    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


def _run(bench: Bench, arguments: list[str]) -> Iterator[str | int]:
    options = _options(arguments)
    bus, address = int(options["--bus"]), int(options["--address"])
    pad = next(
        (pad for pad in bench.pads if pad.state == "bootsel" and (1, pad.address) == (bus, address)), None
    )
    if pad is None:
        yield f"No accessible RP-series device in BOOTSEL mode was found at bus {bus}, address {address}.\n"
        yield ERROR_NO_DEVICE
        return
    pad.rom.exclusive = True
    try:
        yield from _ACTIONS[arguments[0]](bench, pad, address, options)
    except _Failed as failure:
        yield f"ERROR: {failure}\n"
        yield failure.code
        return
    finally:
        pad.rom.exclusive = False
    yield 0


def _options(arguments: list[str]) -> dict[str, str]:
    found = {"": ""}
    words = iter(arguments[1:])
    for word in words:
        if word in ("--bus", "--address", "-t", "-o"):
            found[word] = next(words)
        elif word.startswith("-"):
            found[word] = ""
        else:
            found[""] = word
    return found


def _there(pad: StandInPad, address: int) -> None:
    if pad.state != "bootsel" or pad.address != address:
        raise _Failed(ERROR_USB, "Communication with RP-series device failed")


def _bar(prefix: str, percent: int) -> str:
    filled = 30 * percent // 100
    return f"{prefix}[{'=' * filled}{' ' * (30 - filled)}]  {percent}%\r"


def _info(_bench: Bench, pad: StandInPad, _address: int, _options: dict[str, str]) -> Iterator[str]:
    yield "Program Information\n"
    description = description_in(bytes(pad.flash.content))
    yield f" name:          MicroPython\n description:   {description}\n\n" if description else " none\n\n"
    yield "Device Information\n"
    yield f" type:        {pad.chip.name}\n"
    size = f"{len(pad.flash.content) // 1024}K"
    if pad.chip is RP2040:
        yield f" revision:    B2\n flash size:  {size}\n flash id:    0x{pad.serial.upper()}\n"
    else:
        yield f" revision:    A2\n chipid:      0x{pad.serial.upper()}\n flash size:  {size}\n"


def _erase(_bench: Bench, pad: StandInPad, address: int, options: dict[str, str]) -> Iterator[str]:
    assert "-a" in options
    size = len(pad.flash.content)
    for offset in range(0, size, SECTOR_SIZE):
        _there(pad, address)
        pad.flash.erase(offset)
        if offset % (size // 16) == 0:
            yield _bar("Erasing: ", 100 * offset // size)
    yield _bar("Erasing: ", 100) + f"\nErased {size} bytes\n"


def _load(bench: Bench, pad: StandInPad, address: int, options: dict[str, str]) -> Iterator[str]:
    start = int(options["-o"], 16) - FLASH.start
    data = Path(options[""]).read_bytes()
    data += b"\0" * (-len(data) % SECTOR_SIZE)  # load_guts: zero padding up to FLASH_SECTOR_ERASE_SIZE
    for offset in range(0, len(data), SECTOR_SIZE):
        if pad.breaks_at is not None and offset >= pad.breaks_at:
            bench.unplug(pad)
        _there(pad, address)
        pad.flash.erase(start + offset)
        for page in range(offset, offset + SECTOR_SIZE, PAYLOAD_SIZE):
            pad.flash.program(start + page, data[page : page + PAYLOAD_SIZE])
        yield _bar("Loading into Flash: ", 100 * offset // len(data))
    yield _bar("Loading into Flash: ", 100) + "\n" + _bar("Verifying Flash: ", 100) + "\n"
    if pad.flash.content[start : start + len(data)] != data:
        yield "  FAILED\n"
        raise _Failed(ERROR_VERIFICATION_FAILED, "The device contents did not match the file")
    yield "  OK\n"


def _save(_bench: Bench, pad: StandInPad, address: int, options: dict[str, str]) -> Iterator[str]:
    assert "-a" in options
    _there(pad, address)
    yield _bar("Saving file: ", 0)
    Path(options[""]).write_bytes(pad.flash.content)
    yield _bar("Saving file: ", 100) + f"\nWrote {len(pad.flash.content)} bytes to {options['']}\n"


def _reboot(bench: Bench, pad: StandInPad, _address: int, _options: dict[str, str]) -> Iterator[str]:
    bench.soon(bench.restart, pad)
    yield "The device was rebooted into application mode.\n"


_ACTIONS: dict[str, Any] = {"info": _info, "erase": _erase, "load": _load, "save": _save, "reboot": _reboot}
