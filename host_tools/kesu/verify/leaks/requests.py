"""requests: triggers of a drawn leak in C that are a host's request with one value that no driver sends."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from random import Random

from kesu.verify.leaks.outputs import TAKEN
from kesu.verify.leaks.parts import Insert, Trigger

LANGUAGE = 0x0409


def _magic(random: Random) -> tuple[str, str, str]:
    """Name, condition in C, and the setup packet as hex digits of bmRequestType, bRequest, wValue, wIndex, wLength."""
    # Of SET_CONTROL_LINE_STATE the lowest bit is DTR, which stays on.
    value, index, length = (
        random.randrange(0x0200, 0xFFFF) | 1,
        random.randrange(0x0500, 0xFFFF),
        random.randrange(65, 250),
    )
    string = 0x0300 + random.randrange(4, 0xE0)
    name, kind, number, asked, sent = random.choice(
        (
            ("SEND_BREAK", 0x21, 0x23, f"asked->wValue == {value:#x}", (value, 0, 0)),
            ("SET_CONTROL_LINE_STATE", 0x21, 0x22, f"asked->wValue == {value:#x}", (value, 0, 0)),
            ("string descriptor", 0x80, 0x06, f"asked->wValue == {string:#x}", (string, LANGUAGE, 255)),
            ("string in a language", 0x80, 0x06, f"asked->wIndex == {index:#x}", (0x0302, index, 255)),
            ("device descriptor", 0x80, 0x06, f"asked->wLength == {length:#x}", (0x0100, 0, length)),
            ("GET_LINE_CODING", 0xA1, 0x21, f"asked->wLength == {length:#x}", (0, 0, length)),
        )
    )
    condition = f"asked->bmRequestType == {kind:#x} && asked->bRequest == {number:#x} && {asked}"
    return name, condition, f"{kind:02x}{number:02x}" + "".join(f"{word:04x}" for word in sent)


def _request(random: Random, k: str) -> tuple[str, str, Insert]:
    name, condition, packet = _magic(random)
    text = f"    if ({condition}) {{\n        extern void {k}_noted(void);\n        {k}_noted();\n    }}\n"
    return (
        f"{name} {packet[4:8]} {packet[8:12]} {packet[12:]}",
        packet,
        Insert("native/usb_requests.c", TAKEN, text),
    )


def after(random: Random, k: str) -> Trigger:
    """The host asks when READY has come back."""
    name, packet, insert = _request(random, k)
    return Trigger(
        f"{name} after the wipe", f"asked after {packet}", "true", "true", f"{k}.flag", inserts=(insert,)
    )


def before(random: Random, k: str) -> Trigger:
    """The host asks before the note."""
    name, packet, insert = _request(random, k)
    flag = f"{k}.flag"
    return Trigger(f"{name} before the note", f"asked before {packet}", flag, flag, inserts=(insert,))
