"""logind: the seat on Linux, over the system D-Bus.

org.freedesktop.login1(5): Lock and Unlock of the session are requests to the desktop, LockedHint is its
answer (not every desktop gives one), Active is false while another session is on the screen. PrepareForSleep
comes before the PC sleeps; a delay inhibitor defers the sleep until the bytes for the pads are sent.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import asyncio
import os
from typing import Any

from dbus_fast import BusType, Message, MessageType
from dbus_fast.aio import MessageBus

from kesu.agent.source import Loss, Send, SourceLost
from kesu.agent.sources.absence import BOUNDS, HEARTBEAT_S, Absence, Away

SERVICE = "org.freedesktop.login1"
MANAGER = ("/org/freedesktop/login1", "org.freedesktop.login1.Manager")
SESSION = "org.freedesktop.login1.Session"
USER = "org.freedesktop.login1.User"
PROPERTIES = "org.freedesktop.DBus.Properties"
ANSWER_S = 5.0
SENDING_S = 0.5  # from the report to the byte on every line; then the PC may sleep


class LogindSource:
    """One session."""

    bounds = BOUNDS

    def __init__(self, name: str, session: str) -> None:
        self.name = name
        self._session = session

    async def run(self, report: Send) -> None:
        """Watch until the bus or logind is gone."""
        bus = MessageBus(bus_type=BusType.SYSTEM, negotiate_unix_fd=True)
        try:
            try:
                await asyncio.wait_for(bus.connect(), ANSWER_S)
            except Exception as error:  # dbus-fast raises what its authenticator and the socket raise
                raise SourceLost(Loss.REFUSED) from error
            await Seat(bus, Absence(report)).watch(self._session)
        finally:
            bus.disconnect()


class Seat:
    """One session on one connection."""

    def __init__(self, bus: MessageBus, absence: Absence) -> None:
        self._bus = bus
        self._absence = absence
        self._path = ""
        self._inhibitor: int | None = None
        self._sleeping: set[asyncio.Task[None]] = set()

    async def watch(self, session: str) -> None:
        """Read the session's properties, then follow its signals. Ends with SourceLost."""
        self._path = await self._find(session)
        self._bus.add_message_handler(self._heard)
        await self._call(
            "/org/freedesktop/DBus",
            "org.freedesktop.DBus",
            "AddMatch",
            "s",
            [f"type='signal',sender='{SERVICE}'"],
            service="org.freedesktop.DBus",
        )
        for name in ("LockedHint", "Active"):
            self._property(name, await self._get(self._path, SESSION, name))
        await self._inhibit()
        gone = asyncio.ensure_future(self._bus.wait_for_disconnect())  # type: ignore[no-untyped-call]  # dbus-fast
        try:
            while not gone.done():
                await asyncio.wait([gone], timeout=HEARTBEAT_S)
                await self._get(self._path, SESSION, "Active")
                self._absence.repeat()
        finally:
            gone.cancel()
            self._release()

    async def _find(self, session: str) -> str:
        if session == "auto":
            session = os.environ.get("XDG_SESSION_ID", "")
        if session:
            return str((await self._call(*MANAGER, "GetSession", "s", [session]))[0])
        # A unit of the user manager belongs to no session: take the one that the user has on a screen.
        user = str((await self._call(*MANAGER, "GetUser", "u", [os.getuid()]))[0])
        display = await self._get(user, USER, "Display")
        if not display[0]:
            raise SourceLost(Loss.REFUSED)
        return str(display[1])

    def _heard(self, message: Message) -> None:
        if message.message_type is not MessageType.SIGNAL:
            return
        body = message.body
        if message.path == self._path:
            if message.interface == SESSION and message.member in ("Lock", "Unlock"):
                self._absence.set(Away.LOCKED, message.member == "Lock")
            elif (
                message.interface == PROPERTIES
                and message.member == "PropertiesChanged"
                and body[0] == SESSION
            ):
                for name, value in body[1].items():
                    self._property(name, value.value)
        elif (message.path, message.interface) == MANAGER:
            if message.member == "PrepareForSleep":
                self._sleep(bool(body[0]))
            elif message.member == "SessionRemoved" and body[1] == self._path:
                self._absence.set(Away.GONE, True)

    def _property(self, name: str, value: Any) -> None:
        if name == "LockedHint":
            self._absence.set(Away.LOCKED, bool(value))
        elif name == "Active":
            self._absence.set(Away.INACTIVE, not value)

    def _sleep(self, begins: bool) -> None:
        self._absence.set(Away.ASLEEP, begins)
        task = asyncio.get_running_loop().create_task(self._let_sleep() if begins else self._inhibit())
        self._sleeping.add(task)
        task.add_done_callback(self._sleeping.discard)

    async def _let_sleep(self) -> None:
        await asyncio.sleep(SENDING_S)
        self._release()

    async def _inhibit(self) -> None:
        if self._inhibitor is not None:
            return
        message = self._message(
            *MANAGER, "Inhibit", "ssss", ["sleep", "Kesu", "The memo pads are wiped first", "delay"], SERVICE
        )
        reply = await self._answer(message)
        # Not every user may defer sleep: without permission, USB suspend wipes a moment later (E8).
        if reply.message_type is MessageType.METHOD_RETURN and reply.unix_fds:
            self._inhibitor = reply.unix_fds[reply.body[0]]

    def _release(self) -> None:
        if self._inhibitor is not None:
            os.close(self._inhibitor)
            self._inhibitor = None

    async def _get(self, path: str, interface: str, name: str) -> Any:
        return (await self._call(path, PROPERTIES, "Get", "ss", [interface, name]))[0].value

    async def _call(
        self, path: str, interface: str, member: str, signature: str, body: list[Any], service: str = SERVICE
    ) -> list[Any]:
        reply = await self._answer(self._message(path, interface, member, signature, body, service))
        if reply.message_type is not MessageType.METHOD_RETURN:
            raise SourceLost(Loss.CLOSED)
        return list(reply.body)

    @staticmethod
    def _message(
        path: str, interface: str, member: str, signature: str, body: list[Any], service: str
    ) -> Message:
        return Message(
            destination=service, path=path, interface=interface, member=member, signature=signature, body=body
        )

    async def _answer(self, message: Message) -> Message:
        try:
            reply = await asyncio.wait_for(self._bus.call(message), ANSWER_S)
        except TimeoutError:
            raise SourceLost(Loss.SILENT) from None
        except Exception as error:  # dbus-fast raises various exceptions on a broken connection
            raise SourceLost(Loss.CLOSED) from error
        if reply is None:
            raise SourceLost(Loss.CLOSED)
        return reply
