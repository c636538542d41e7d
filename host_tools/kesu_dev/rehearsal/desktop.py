"""desktop: a private D-Bus with a fake logind of one session, whose screen can be locked.

Run as a program: prints the bus's address, then locks the session for each line it reads.
Names: org.freedesktop.login1(5).
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

from dbus_fast import Message, MessageType, Variant
from dbus_fast.aio import MessageBus

SESSION_PATH = "/org/freedesktop/login1/session/seat"
SERVICE = "org.freedesktop.login1"
SESSION = "org.freedesktop.login1.Session"
_BUS = """<busconfig><type>system</type><listen>unix:path={path}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*"/><allow own="*"/><allow receive_sender="*"/></policy>
</busconfig>"""


def answer(message: Message) -> Message | None:
    """The answer of this logind; None for an unknown message."""
    if message.message_type is not MessageType.METHOD_CALL:
        return None
    if message.member == "GetSession":
        return Message.new_method_return(message, "o", [SESSION_PATH])
    if message.member == "Get":
        return Message.new_method_return(message, "v", [Variant("b", message.body[1] == "Active")])
    if message.member == "Inhibit":
        return Message.new_error(message, "org.freedesktop.DBus.Error.AccessDenied", "not here")
    return None


async def serve(address: str) -> None:
    """Answer, and send Lock for every line on standard input, until that ends."""
    bus = await MessageBus(bus_address=address).connect()
    bus.add_message_handler(answer)
    await bus.request_name(SERVICE)
    print(address, flush=True)
    while await asyncio.to_thread(sys.stdin.readline):
        await bus.send(Message.new_signal(SESSION_PATH, SESSION, "Lock"))
    bus.disconnect()


def main(folder: Path) -> None:
    """Start the bus in `folder` and serve."""
    path = folder / "bus"
    configuration = folder / "bus.conf"
    configuration.write_text(_BUS.format(path=path), encoding="utf-8")
    daemon = subprocess.Popen(
        ["dbus-daemon", f"--config-file={configuration}", "--nofork", "--print-address"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # it prints that it may not raise its limit of open files
        env=os.environ | {"LC_ALL": "C"},
    )
    assert daemon.stdout is not None
    try:
        asyncio.run(serve(daemon.stdout.readline().decode().strip()))
    finally:
        daemon.kill()
        daemon.wait()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
