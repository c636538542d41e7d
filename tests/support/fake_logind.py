"""fake_logind: the part of org.freedesktop.login1 that the seat watcher uses, on a private dbus-daemon."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from dbus_fast import Message, MessageType, Variant
from dbus_fast.aio import MessageBus

MANAGER = "/org/freedesktop/login1"
SESSION = f"{MANAGER}/session/_32"
USER = f"{MANAGER}/user/_1000"
LOGIN1 = "org.freedesktop.login1"

CONFIGURATION = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path={path}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/><allow eavesdrop="true"/>
<allow send_destination="*" eavesdrop="true"/></policy>
</busconfig>
"""


class FakeLogind:
    """Answers the calls that the watcher makes, and sends what logind would send."""

    def __init__(self, bus: MessageBus, *, display: bool = True, inhibit: bool = True) -> None:
        self._bus = bus
        self._display = display
        self._may_inhibit = inhibit
        self.properties: dict[str, Any] = {"LockedHint": False, "Active": True}
        self.inhibitors: list[int] = []  # our ends of the pipes
        self._handed_over: list[int] = []  # the other ends, until they are sent
        bus.add_message_handler(self._called)

    def signal(self, path: str, interface: str, member: str, signature: str = "", *body: Any) -> None:
        """Send one."""
        self._bus.send(Message.new_signal(path, interface, member, signature, list(body)))

    def lock(self, member: str) -> None:
        """Lock or Unlock of the session."""
        self.signal(SESSION, f"{LOGIN1}.Session", member)

    def change(self, name: str, value: bool) -> None:
        """A property of the session changes."""
        self.properties[name] = value
        self.signal(
            SESSION,
            "org.freedesktop.DBus.Properties",
            "PropertiesChanged",
            "sa{sv}as",
            f"{LOGIN1}.Session",
            {name: Variant("b", value)},
            [],
        )

    def sleep(self, begins: bool) -> None:
        """PrepareForSleep."""
        self.signal(MANAGER, f"{LOGIN1}.Manager", "PrepareForSleep", "b", begins)

    def let_go(self) -> None:
        """Close our copies of the inhibitors' other ends, which the client now holds."""
        while self._handed_over:
            os.close(self._handed_over.pop())

    def remove(self, path: str) -> None:
        """SessionRemoved."""
        self.signal(MANAGER, f"{LOGIN1}.Manager", "SessionRemoved", "so", "2", path)

    def _called(self, message: Message) -> Message | None:
        if message.message_type is not MessageType.METHOD_CALL or message.destination != LOGIN1:
            return None
        match message.member:
            case "GetSession":
                return Message.new_method_return(message, "o", [SESSION])
            case "GetUser":
                return Message.new_method_return(message, "o", [USER])
            case "Inhibit" if not self._may_inhibit:
                return Message.new_error(message, "org.freedesktop.DBus.Error.AccessDenied", "no")
            case "Inhibit":
                assert message.body == ["sleep", "Kesu", message.body[2], "delay"]
                ours, theirs = os.pipe()
                self.inhibitors.append(ours)
                self._handed_over.append(theirs)
                return Message.new_method_return(message, "h", [0], [theirs])
            case "Get":
                return Message.new_method_return(message, "v", [self._property(message.body[1])])
        return None

    def _property(self, name: str) -> Variant:
        if name == "Display":
            return Variant("(so)", ["2", SESSION] if self._display else ["", "/"])
        return Variant("b", self.properties[name])


@contextlib.asynccontextmanager
async def logind(folder: Path, **options: bool) -> AsyncIterator[tuple[FakeLogind, subprocess.Popen[bytes]]]:
    """The fake on a private bus, whose address replaces that of the system bus."""
    path = folder / "bus"
    (folder / "bus.conf").write_text(CONFIGURATION.format(path=path))
    command = ["dbus-daemon", f"--config-file={folder / 'bus.conf'}", "--nofork", "--print-address"]
    before = os.environ.get("DBUS_SYSTEM_BUS_ADDRESS")
    with subprocess.Popen(command, stdout=subprocess.PIPE) as daemon:
        assert daemon.stdout is not None
        address = daemon.stdout.readline().decode().strip()
        os.environ["DBUS_SYSTEM_BUS_ADDRESS"] = address
        try:
            bus = await MessageBus(bus_address=address, negotiate_unix_fd=True).connect()
            fake = FakeLogind(bus, **options)
            await bus.request_name(LOGIN1)
            yield fake, daemon
            bus.disconnect()
        finally:
            daemon.kill()
            if before is None:
                del os.environ["DBUS_SYSTEM_BUS_ADDRESS"]
            else:
                os.environ["DBUS_SYSTEM_BUS_ADDRESS"] = before
