"""listing: finds image and policy of each pad, from the pad itself or from the record."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import contextlib
import hashlib
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kesu.common.documents import from_json, read_plain
from kesu.common.errors import KesuError
from kesu.common.uf2 import load, parse
from kesu.common.usb_ids import Mode
from kesu.devices.discovery.find import Pad
from kesu.devices.discovery.host import Host
from kesu.devices.flash.picotool import Picotool
from kesu.devices.flash.proof import prove
from kesu.devices.flash.record import Entry
from kesu.devices.flash.steps import DONE, Stopped
from kesu.spec.policy import LANGUAGES

POLICY = (
    "(lambda policy: (policy.IDLE_MS, policy.MAX_AGE_MS, policy.LANGUAGE))"
    "(__import__('kesu_pad.policy').policy)"
)


@dataclass(frozen=True)
class Known:
    """image, policy: readable texts, "" if unknown. source: "pad", "record" or "". problem: one sentence."""

    image: str = ""
    policy: str = ""
    source: str = ""
    problem: str = ""


def images_in(folder: Path) -> dict[Path, str]:
    """The images of a folder and their SHA-256."""
    found = sorted(folder.glob("kesu-*.uf2")) if folder.is_dir() else []
    images = {}
    for path in found:
        with contextlib.suppress(KesuError):  # a file that cannot be read as an image is skipped
            images[path] = hashlib.sha256(load(path)).hexdigest()
    return images


def last_done(record: Sequence[Entry], pad: Pad) -> Entry | None:
    """The last record entry of a pad, by serial, or by port for a sealed pad, which shows none."""
    for entry in reversed(record):
        same = entry.serial == pad.serial if pad.serial else entry.port == pad.port_path
        if same and entry.result == DONE.word:
            return entry
    return None


def by_record(pad: Pad, record: Sequence[Entry], images: dict[Path, str]) -> Known:
    """Image and policy from the record, without touching the pad."""
    entry = last_done(record, pad)
    if entry is None:
        return Known()
    present = next((path for path, sha256 in images.items() if sha256 == entry.sha256), None)
    return Known(entry.image, policy_of(present) if present else "", "record")


def ask(host: Host, pad: Pad, images: dict[Path, str]) -> Known:
    """Ask the pad itself: this stops the application of a service pad, and reads the flash of one in BOOTSEL."""
    try:
        if pad.mode is Mode.SERVICE and pad.tty is not None:
            from kesu.devices.sync.console import Console

            with Console.open(host.console(pad.tty)) as console:
                answer = console.evaluate(POLICY)
                console.restart()
            return Known("service image", _answered(answer), "pad")
        if pad.mode is Mode.BOOTSEL and pad.bus is not None and pad.address is not None:
            return _read_out(host, pad.bus, pad.address, images)
    except KesuError as error:
        return Known(problem=error.message)
    except Stopped as stop:
        return Known(problem=stop.note)
    return Known()


def _answered(answer: object) -> str:
    """A summary of the policy that a pad sent over its console; "" for any answer that is none."""
    if not isinstance(answer, tuple) or len(answer) != 3:
        return ""
    try:
        return _policy(*map(int, answer))
    except (TypeError, ValueError, LookupError):
        return ""


def policy_of(image: Path) -> str:
    """A summary of the policy in an image's manifest."""
    try:
        manifest = from_json(read_plain(image.with_suffix(".json")))
        values = manifest["policy"]
        return _policy(values["IDLE_MS"], values["MAX_AGE_MS"], values["LANGUAGE"])
    except (OSError, ValueError, LookupError, TypeError):
        return ""


def _read_out(host: Host, bus: int, address: int, images: dict[Path, str]) -> Known:
    with tempfile.TemporaryDirectory(prefix="kesu-") as folder:
        file = Path(folder) / "flash.bin"
        Picotool(host.picotool, bus, address, threading.Event()).save(file, lambda _: None)
        flash = file.read_bytes()
    if flash.count(0xFF) == len(flash):
        return Known("empty", "", "pad")
    left_over = ""
    for path in images:
        try:
            image = parse(load(path), path)
        except KesuError:
            continue
        if prove(flash, image).holds:
            return Known(path.name, policy_of(path), "pad")
        if flash.startswith(image.flash(image.end - 0x1000_0000)):
            left_over = path.name
    if left_over:
        return Known(left_over, "", "pad", "its flash holds data outside the image")
    return Known("unknown", "", "pad")


def _policy(idle_ms: int, age_ms: int, language: int) -> str:
    return f"idle {idle_ms // 1000} s, at most {age_ms // 1000} s, {LANGUAGES[language]}"
