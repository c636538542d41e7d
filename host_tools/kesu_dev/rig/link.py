"""link: a rig at the other end of a port: asks, and waits for the answer in the rig's own time."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from typing import Protocol

from kesu.common.errors import Exit

from kesu_dev.rig.protocol import PRODUCT_WORD, PROTOCOL, Answer, Reader, RigError

ANSWER_S = 5.0
LONG_ANSWER_S = 70.0
"""For what takes its time: a waveform, or all of a chip's memory."""


class Port(Protocol):
    """Bytes to and from a rig."""

    def write(self, data: bytes) -> None:
        """Send. Raises OSError."""

    def read(self, seconds: float) -> bytes:
        """What came, after at most so long; b"" if nothing did. Raises OSError."""

    def close(self) -> None:
        """Close the port."""


class Rig:
    """One rig. version: what its image calls itself. Raises RigError if no rig of this protocol answers."""

    def __init__(self, port: Port) -> None:
        self._port = port
        self._reader = Reader()
        words = self.ask("version").text.split()
        if len(words) != 3 or words[0] != PRODUCT_WORD:
            raise RigError(
                f"What answers is no rig: {' '.join(words)[:40]!r}.",
                hint="Give the rig's port.",
                code=Exit.UNAVAILABLE,
            )
        if words[1] != str(PROTOCOL):
            raise RigError(
                f"The rig speaks protocol {words[1]}, this program {PROTOCOL}.",
                hint="Run `kesu rig build` and flash dist/kesu-rig.uf2 to it.",
                code=Exit.UNAVAILABLE,
            )
        self.version = words[2]

    def ask(self, line: str, seconds: float = ANSWER_S) -> Answer:
        """Send a request and wait for its answer. Raises RigError."""
        try:
            self._port.write(line.encode("ascii") + b"\n")
            waited = 0.0
            while (answer := self._reader.answer(line)) is None:
                data = self._port.read(min(0.05, seconds))
                self._reader.add(data)
                waited += 0.0 if data else 0.05
                if waited > seconds:
                    raise RigError(
                        f"The rig did not answer '{line}' within {seconds:g} s.",
                        hint="Unplug the rig and plug it in again.",
                        code=Exit.TRY_AGAIN,
                    )
        except OSError as error:
            self._reader.clear()
            raise RigError(f"The connection to the rig was lost: {error}.", code=Exit.UNAVAILABLE) from error
        except RigError as error:
            if not error.number:
                self._reader.clear()
            raise
        return answer

    def now_us(self) -> int:
        """The rig's clock."""
        return int(self.ask("time").text)

    def state(self) -> dict[str, int]:
        """The rig's counters and levels, by their names in docs/hil/rig.md."""
        return self.ask("state").values()

    def close(self) -> None:
        """Close the port; the rig goes on."""
        self._port.close()
