"""hands: actions beyond USB: commands of a test rig, or prompts to an operator."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

from hil.bench import Missing
from hil.pads import Pad

RIG_SECONDS = 60.0

Ask = Callable[[str], None]
"""Asks an operator to do something and returns when it is done."""


def ask_on_terminal(what: str) -> None:
    """Prompt on the terminal itself, bypassing pytest's capture. Raises Missing without one."""
    try:
        with Path("/dev/tty").open("r+", encoding="utf-8", buffering=1) as terminal:
            terminal.write(f"\n  -> {what}, then press Enter: ")
            terminal.readline()
    except OSError as error:
        raise Missing(f"there is no terminal for a prompt: {what}") from error


class Hands:
    """Actions of one pad's bench."""

    def __init__(self, pad: Pad, ask: Ask = ask_on_terminal) -> None:
        self._pad = pad
        self._ask = ask

    def do(self, name: str, what: str, **values: str) -> None:
        """Run the rig's command, otherwise prompt. Raises Missing if there is neither, or the command fails."""
        command = self._pad.commands.get(name)
        if command is None:
            if not self._pad.person:
                raise Missing(f"pad {self._pad.serial}: no command {name}, and no operator to: {what}")
            self._ask(what)
            return
        words = [word.format(**values) for word in shlex.split(command)]
        try:
            subprocess.run(
                words,
                check=True,
                timeout=RIG_SECONDS,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise Missing(f"pad {self._pad.serial}: the command {name} failed: {error}") from error
