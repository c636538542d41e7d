"""host: the tools' interface to this machine. Tests replace it."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from serial.tools import list_ports


class SerialPort(Protocol):
    """pyserial's description of one serial port."""

    device: str
    vid: int | None
    pid: int | None
    serial_number: str | None
    location: str | None
    manufacturer: str | None


class DriveFile(Protocol):
    """A file on a pad's drive that is being written."""

    def write(self, data: bytes, /) -> object: ...
    def settle(self) -> None: ...
    def close(self) -> None: ...


class _SyncedFile:
    """A file whose writes are on the drive when `settle` returns, so that no cache hides a disconnected pad."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb", buffering=0)

    def write(self, data: bytes, /) -> object:
        return self._file.write(data)

    def settle(self) -> None:
        os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()


def _serial_ports() -> list[SerialPort]:
    return list(list_ports.comports())


def _may_use(path: Path) -> bool:
    return os.access(path, os.R_OK | os.W_OK)


@dataclass(frozen=True)
class Host:
    """Paths and operations of this machine.

    root: prefix of /sys, /dev, /proc, /etc ... picotool: the command. may_use: whether the user may
    read and write a device file, access lists included.
    """

    root: Path = Path("/")
    platform: str = sys.platform
    picotool: tuple[str, ...] = ("picotool",)
    serial_ports: Callable[[], list[SerialPort]] = _serial_ports
    open_drive_file: Callable[[Path], DriveFile] = _SyncedFile
    may_use: Callable[[Path], bool] = _may_use
    console: Callable[[str], str] = field(default=lambda tty: tty)
    """Maps a tty to the name that pyserial opens; a test double returns a socket:// address."""

    @property
    def linux(self) -> bool:
        return self.platform.startswith("linux")

    def path(self, absolute: str) -> Path:
        """An absolute path, under `root`."""
        return self.root / absolute.lstrip("/")
