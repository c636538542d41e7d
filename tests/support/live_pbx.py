"""live_pbx: PBXs that answer requests until a test stops them, for tests of presence and liveness.

AMI: actions with their ActionID echoed, lists of events with EventList and ListItems (app_queue.c,
res_manager_devicestate.c, manager.c: a refused action is "Permission denied", an unknown one "Invalid/unknown
command"). Event socket: api commands answered in order with their text (mod_callcenter.c: "-ERR Agent not
found!", mod_sofia.c: "error/user_not_registered"). Blocking sockets in threads: nothing is shared with the
code under test.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import contextlib
import re
import socket
import threading
import time
from collections.abc import Callable
from typing import Self

import replay
from replay import block, member, message

STATES = ("UNKNOWN", "NOT_INUSE", "INUSE", "BUSY", "INVALID", "UNAVAILABLE", "RINGING", "RINGINUSE", "ONHOLD")
Stuff = Callable[[socket.socket], None]


class LivePbx:
    """Serves each connection in a separate thread."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.answers = True  # False: requests are no longer answered
        self.instead: Stuff | None = None  # what is sent repeatedly once nothing is answered
        self.logged_in = threading.Event()
        self._clients: list[socket.socket] = []
        self._over = False
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._over = True
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for client in self._clients:
            client.close()

    def stop_answering(self, instead: Stuff | None = None) -> None:
        self.answers, self.instead = False, instead
        if instead is not None:
            for client in self._clients:
                threading.Thread(target=self._pester, args=(client, instead), daemon=True).start()

    def tell(self, *events: bytes) -> None:
        """Send unsolicited events to every client that is logged in."""
        for client in self._clients:
            with contextlib.suppress(OSError):
                client.sendall(b"".join(events))

    def _pester(self, client: socket.socket, instead: Stuff) -> None:
        with contextlib.suppress(OSError):
            while not self._over:
                instead(client)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self._clients.append(client)
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError):
            client.sendall(self.greeting())
            received = b""
            while data := client.recv(4096):
                received += data
                while self.end in received:
                    asked, _, received = received.partition(self.end)
                    if self.answers:
                        client.sendall(self.answer(asked.decode()))
                    self.asked(asked.decode())

    end = b"\r\n\r\n"

    def greeting(self) -> bytes:
        raise NotImplementedError

    def answer(self, asked: str) -> bytes:
        raise NotImplementedError

    def asked(self, asked: str) -> None:
        """A request came, answered or not."""


class LiveAsterisk(LivePbx):
    """members: interface -> queue -> (status, paused). devices: name -> status. rights: may list devices."""

    def __init__(
        self,
        members: dict[str, dict[str, tuple[int, bool]]] | None = None,
        devices: dict[str, int] | None = None,
        rights: bool = True,
    ) -> None:
        super().__init__()
        self.members, self.devices, self.rights = members or {}, devices or {}, rights
        self.lists = 0

    def greeting(self) -> bytes:
        return replay.BANNER

    def asked(self, asked: str) -> None:
        if "Action: Login" in asked:
            self.logged_in.set()

    def answer(self, asked: str) -> bytes:
        keys = dict(line.split(": ", 1) for line in asked.split("\r\n"))
        action, number = keys["Action"], keys["ActionID"]
        if action == "Challenge":
            return block(Response="Success", ActionID=number, Challenge=replay.CHALLENGE.decode())
        if action == "Login":
            return block(Response="Success", ActionID=number, Message="Authentication accepted")
        if action == "Ping":
            return block(Response="Success", ActionID=number, Ping="Pong", Timestamp=f"{time.time():.6f}")
        if action == "QueueStatus":
            self.lists += 1
            rows = [
                self.row(interface, queue, number)
                for interface, queues in self.members.items()
                for queue in queues
            ]
            return self._list(number, "Queue status will follow", rows, "QueueStatusComplete")
        if action == "DeviceStateList" and self.rights:
            self.lists += 1
            rows = [device(name, status, ActionID=number) for name, status in self.devices.items()]
            return self._list(number, "Device State Changes will follow", rows, "DeviceStateListComplete")
        return block(Response="Error", ActionID=number, Message="Permission denied")

    def row(self, interface: str, queue: str, number: str) -> bytes:
        status, paused = self.members[interface][queue]
        more = {"ActionID": number, "Queue": queue, "Paused": int(paused)}
        return member(interface, status, "QueueMember", **more)

    def _list(self, number: str, text: str, rows: list[bytes], end: str) -> bytes:
        first = block(Response="Success", ActionID=number, EventList="start", Message=text)
        last = block(Event=end, ActionID=number, EventList="Complete", ListItems=len(rows))
        return first + b"".join(rows) + last


def device(name: str, status: int, **more: object) -> bytes:
    """DeviceStateChange."""
    return block(Event="DeviceStateChange", Privilege="call,all", Device=name, State=STATES[status], **more)


class LiveSwitch(LivePbx):
    """agents: name -> status of mod_callcenter. phones: user -> contact of sofia."""

    end = b"\n\n"

    def __init__(self, agents: dict[str, str] | None = None, phones: dict[str, str] | None = None) -> None:
        super().__init__()
        self.agents, self.phones = agents or {}, phones or {}

    def greeting(self) -> bytes:
        return message("auth/request")

    def asked(self, asked: str) -> None:
        if asked.startswith("event "):
            self.logged_in.set()

    def answer(self, asked: str) -> bytes:
        if asked.startswith("auth "):
            return message("command/reply", Reply_Text="+OK accepted")
        if asked.startswith("event "):
            return message("command/reply", Reply_Text="+OK event listener enabled plain")
        return message("api/response", self._api(asked.removeprefix("api ")).encode())

    def _api(self, asked: str) -> str:
        if asked == "hostname":
            return "pbx"
        if found := re.fullmatch(r"callcenter_config agent get status (\S+)", asked):
            return self.agents.get(found[1], "-ERR Agent not found!\n")
        if found := re.fullmatch(r"sofia_contact \*/(\S+)", asked):
            return self.phones.get(found[1], "error/user_not_registered")
        return "-ERR no such command\n"
