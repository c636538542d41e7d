"""console: the one adapter to mpremote: a development pad's console as files and short programs.

mpremote's library may change (see its transport_serial.py), prints on failure and can wait for ever; the part of it
that is used is limited to this module and tested with the emulated service image. The pad's clock is never set.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import contextlib
import io
import stat
import threading
from collections.abc import Callable, Iterator
from types import TracebackType

import serial
from mpremote.transport import TransportError, TransportExecError
from mpremote.transport_serial import SerialTransport

from kesu.common.errors import Exit, KesuError

_ANSWER_S = 8.0
_CHUNK = 512
_quiet = threading.Lock()


class Console:
    """A pad's raw REPL. Use as a context manager; leaving it restores the pad's ordinary prompt.

    Every method raises KesuError: NO_ANSWER without an answer from MicroPython, BUSY when another program has
    the port, FAILED when the pad refused.
    """

    def __init__(self, transport: SerialTransport, name: str) -> None:
        self._transport = transport
        self.name = name

    @classmethod
    def open(cls, device: str) -> Console:
        """Open a serial port or a pyserial URL and interrupt the pad's program."""
        try:
            transport = SerialTransport(device, exclusive=True)
        except (TransportError, OSError) as error:
            raise KesuError(
                f"The port {device} cannot be opened.",
                hint="`kesu doctor` shows which program has it, or which permission is missing.",
                code=Exit.TRY_AGAIN,
            ) from error
        console = cls(transport, device)
        try:
            # mpremote prints what it received instead of a prompt; suppress it.
            with _quiet, contextlib.redirect_stdout(io.StringIO()):
                transport.enter_raw_repl(soft_reset=False, timeout_overall=_ANSWER_S)
        except (TransportError, OSError) as error:
            transport.serial.close()
            raise KesuError(
                f"Nothing at {device} answers as MicroPython.",
                hint="A sealed pad has no console: that is what sealed means. Else replug it.",
                code=Exit.UNAVAILABLE,
            ) from error
        return console

    def __enter__(self) -> Console:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(TransportError, OSError):
            if self._transport.in_raw_repl:
                self._transport.exit_raw_repl()
        with contextlib.suppress(OSError):
            self._transport.close()

    def evaluate(self, expression: str) -> object:
        """The value of an expression that evaluates to a Python literal."""
        with self._errors(f"evaluate {expression!r}"):
            return self._transport.eval(expression)

    def run(self, program: str) -> None:
        """Run statements."""
        with self._errors("run a program"):
            self._transport.exec(program)

    def files(self, folder: str = "") -> dict[str, int]:
        """Paths below `folder`, without a leading slash, and their sizes in bytes. Folders end in a slash."""
        found: dict[str, int] = {}
        with self._errors("list files"):
            for entry in self._transport.fs_listdir(f"/{folder}"):
                path = f"{folder}{entry.name}"
                if stat.S_ISDIR(entry.st_mode):
                    found[f"{path}/"] = 0
                    found |= self.files(f"{path}/")
                else:
                    found[path] = entry.st_size
        return found

    def sha256(self, path: str) -> str:
        """Hash of a file, computed on the pad."""
        with self._errors(f"read {path}"):
            return bytes(self._transport.fs_hashfile(f"/{path}", "sha256")).hex()

    def read(self, path: str) -> bytes:
        """A file's content."""
        with self._errors(f"read {path}"):
            return bytes(self._transport.fs_readfile(f"/{path}", _CHUNK))

    def write(self, path: str, content: bytes, progress: Callable[[int, int], None] | None = None) -> None:
        """Write a complete file; its folder must exist. progress: bytes written, total bytes."""
        with self._errors(f"write {path}"):
            self._transport.fs_writefile(f"/{path}", content, _CHUNK, progress)

    def make_folder(self, path: str) -> None:
        """Make a folder; its parent must exist."""
        with self._errors(f"make {path}"):
            self._transport.fs_mkdir(f"/{path.rstrip('/')}")

    def remove(self, path: str) -> None:
        """Remove a file, or an empty folder, whose name ends in a slash."""
        with self._errors(f"remove {path}"):
            if path.endswith("/"):
                self._transport.fs_rmdir(f"/{path.rstrip('/')}")
            else:
                self._transport.fs_rmfile(f"/{path}")

    def restart(self) -> None:
        """Reset the chip: the application starts with the present files. The port disappears."""
        self._leave("machine.reset()")

    def enter_bootsel(self) -> None:
        """Restart into BOOTSEL. The port disappears."""
        self._leave("machine.bootloader()")

    def _leave(self, call: str) -> None:
        with self._errors(f"call {call}"):
            self._transport.exec_raw_no_follow(f"import machine\n{call}")
        self._transport.in_raw_repl = False

    @contextlib.contextmanager
    def _errors(self, action: str) -> Iterator[None]:
        try:
            yield
        except TransportExecError as error:
            last = error.error_output.strip().splitlines()[-1:] or ["no reason"]
            raise KesuError(
                f"The pad could not {action}: {last[0]}.",
                hint="Is its flash full? `kesu flash` without --keep-files starts anew.",
                code=Exit.IO,
            ) from error
        except OSError as error:
            if isinstance(error, serial.SerialException):
                raise self._gone(action) from error
            raise KesuError(f"The pad could not {action}: {error}.", code=Exit.IO) from error
        except TransportError as error:
            raise self._gone(action) from error

    def _gone(self, action: str) -> KesuError:
        return KesuError(
            f"The pad at {self.name} stopped answering in the middle of an order to {action}.",
            hint="Run the command again: it looks at the pad anew.",
            code=Exit.UNAVAILABLE,
        )
