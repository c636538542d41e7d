"""mic_linux: which programs record, from PipeWire (`pw-dump`) or PulseAudio (`pactl`).

PipeWire: nodes of the class `Stream/Input/Audio` in the state `running` (pipewire, src/pipewire/node.c, keys.h); a
stream of a monitor records what a speaker plays and does not count. PulseAudio: source outputs that are not corked
(pulseaudio, src/utils/pactl.c, `--format=json`). Both name the program in `application.process.binary`.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any

from kesu.agent.processes import is_running_lately
from kesu.agent.sources.mic import Seen, program_name

PATIENCE_S = 4.0
MOST_BYTES = 8 * 1024 * 1024
PIPEWIRE = ("pw-dump", "--no-colors")
PULSE = ("pactl", "--format=json", "list", "source-outputs")


def look(programs: frozenset[str]) -> Seen:
    """Which of `programs` run, and which of all programs record. OSError when neither tool is installed or the sound
    server does not answer, TimeoutError when it is silent, ValueError for an answer that cannot be read."""
    is_pipewire = shutil.which(PIPEWIRE[0]) is not None
    recording = of_pipewire(_output(PIPEWIRE)) if is_pipewire else of_pulse(_output(PULSE))
    return Seen(frozenset(filter(is_running_lately, programs)), frozenset(recording))


def of_pipewire(text: bytes) -> set[str]:
    """Programs that record, from the output of `pw-dump`. ValueError."""
    objects = json.loads(text)
    if not isinstance(objects, list) or not all(isinstance(one, dict) for one in objects):
        raise ValueError("not a list of objects")
    clients = {
        one.get("id"): _table(_table(one, "info"), "props")
        for one in objects
        if one.get("type") == "PipeWire:Interface:Client"
    }
    found = set()
    for one in objects:
        if one.get("type") != "PipeWire:Interface:Node":
            continue
        info = _table(one, "info")
        names = _table(info, "props")
        if names.get("media.class") != "Stream/Input/Audio" or _is_set(names.get("stream.monitor")):
            continue
        if not isinstance(info.get("state"), str):
            raise ValueError("a stream without a state")
        if info["state"] == "running":
            found.add(_program(names) or _program(clients.get(names.get("client.id"), {})))
    return found - {""}


def of_pulse(text: bytes) -> set[str]:
    """Programs that record, from the output of `pactl --format=json list source-outputs`. ValueError."""
    outputs = json.loads(text)
    if not isinstance(outputs, list):
        raise ValueError("not a list of source outputs")
    found = set()
    for one in outputs:
        if not isinstance(one, dict) or not isinstance(one.get("corked"), bool):
            raise ValueError("a source output without its state")
        if not one["corked"]:
            found.add(_program(_table(one, "properties")))
    return found - {""}


def _output(command: tuple[str, ...]) -> bytes:
    """What a tool prints."""
    try:
        done = subprocess.run(
            command, capture_output=True, check=False, timeout=PATIENCE_S, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired:
        raise TimeoutError from None
    if done.returncode:
        raise ConnectionRefusedError(f"{command[0]} has no sound server")
    if len(done.stdout) > MOST_BYTES:
        raise ValueError("too long")
    return done.stdout


def _table(of: dict[str, Any], name: str) -> dict[str, Any]:
    found = of.get(name) or {}
    if not isinstance(found, dict):
        raise ValueError(f"{name} is no table")
    return found


def _program(names: dict[str, Any]) -> str:
    """The program of a stream; "" if it does not say, such as a sound server's own."""
    for key in ("application.process.binary", "application.name"):
        value = names.get(key)
        if isinstance(value, str) and value:
            return program_name(value)
    return ""


def _is_set(value: object) -> bool:
    """A property of PipeWire: true as a boolean of JSON or as a text."""
    return value is True or value == "true"
