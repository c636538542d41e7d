"""replay: servers that speak the framing of AMI, the event socket and ctrl_tcp, and play a recorded session.

Written from the documentation that kesu.relay.ami, kesu.relay.esl and kesu.agent.sources.baresip name.
Blocking sockets in a thread: nothing is shared with the code under test.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import hashlib
import re
import socket
import threading
import time
from collections.abc import Callable, Iterable, Sequence

PATIENCE_S = 60.0
NUMBER = "0398765432"
"""The caller's number. No program of ours may keep it."""

Act = Callable[["Talk"], None]


class Talk:
    """One client, for use in a script."""

    def __init__(self, client: socket.socket, chunk: int, pause_s: float) -> None:
        self.client = client
        self._chunk = chunk
        self._pause_s = pause_s
        self._received = b""

    def send(self, data: bytes) -> None:
        """Send in chunks with pauses, if asked to."""
        for start in range(0, len(data), self._chunk):
            self.client.sendall(data[start : start + self._chunk])
            if self._pause_s:
                time.sleep(self._pause_s)

    def until(self, end: bytes) -> bytes:
        """What the client sends, up to and including `end`."""
        while end not in self._received:
            more = self.client.recv(4096)
            if not more:
                raise EOFError
            self._received += more
        found, _, self._received = self._received.partition(end)
        return found + end


class Replay:
    """Plays one script to each client in turn; repeats the last script for later clients."""

    def __init__(self, scripts: Sequence[Act], *, chunk: int = 4096, pause_s: float = 0.0) -> None:
        self._scripts = scripts
        self._chunk = chunk
        self._pause_s = pause_s
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.clients = 0
        self.failures: list[BaseException] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Replay:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        # Closing alone does not wake a thread in accept().
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(PATIENCE_S)

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            client.settimeout(PATIENCE_S)
            script = self._scripts[min(self.clients, len(self._scripts) - 1)]
            self.clients += 1
            with client:
                try:
                    talk = Talk(client, self._chunk, self._pause_s)
                    script(talk)
                    # A connection closed with unread data is reset, and the last bytes sent are lost.
                    client.shutdown(socket.SHUT_WR)
                    stay(talk)
                except (OSError, EOFError):
                    pass
                except BaseException as error:  # raised again in the test's thread
                    self.failures.append(error)


def sends(data: bytes) -> Act:
    """A script that sends, and then waits until the client goes."""

    def script(talk: Talk) -> None:
        talk.send(data)
        stay(talk)

    return script


def stay(talk: Talk) -> None:
    """Read until the client goes."""
    while talk.client.recv(4096):
        pass


# Asterisk ------------------------------------------------------------------------------------------

BANNER = b"Asterisk Call Manager/9.0.0\r\n"
CHALLENGE = b"156472839"


def block(**keys: object) -> bytes:
    """One block of AMI."""
    return "".join(f"{key}: {value}\r\n" for key, value in keys.items()).encode() + b"\r\n"


def member(interface: str, status: int, event: str = "QueueMemberStatus", **more: object) -> bytes:
    """A queue member's event with all its documented keys."""
    keys: dict[str, object] = {
        "Event": event, "Privilege": "agent,all", "Queue": "support", "MemberName": "Seat", "Interface":
        interface, "StateInterface": interface, "Membership": "static", "Penalty": 0, "CallsTaken": 3,
        "LastCall": 0, "LastPause": 0, "LoginTime": 1790000000, "InCall": int(status in (2, 3)), "Status":
        status, "Paused": 0, "PausedReason": "", "Ringinuse": 1, "Wrapuptime": 0,
    }  # fmt: skip
    return block(**(keys | more))


def complete(interface: str) -> bytes:
    """AgentComplete, the one queue event that carries the caller's number."""
    return block(
        Event="AgentComplete", Privilege="agent,all", Channel="PJSIP/trunk-00000001", CallerIDNum=NUMBER,
        CallerIDName=f"Caller {NUMBER}", ConnectedLineNum="1001", Uniqueid="1790000000.1",
        DestCallerIDNum="1001", DestConnectedLineNum=NUMBER, Queue="support", Interface=interface,
        MemberName="Seat", HoldTime=4, TalkTime=9, Reason="caller",
    )  # fmt: skip


def channel(event: str, name: str, unique: str, state: int = 6) -> bytes:
    """An event of a channel."""
    return block(
        Event=event, Privilege="call,all", Channel=name, ChannelState=state, ChannelStateDesc="Up",
        CallerIDNum="1001", ConnectedLineNum=NUMBER, ConnectedLineName=NUMBER, Uniqueid=unique,
        Linkedid=unique, Cause=16,
    )  # fmt: skip


def asterisk(
    events: Iterable[bytes], *, user: str = "kesu", secret: str = "s3cret", then: Act = stay, pings: int = 0
) -> Act:
    """A script: banner, challenge, login (checked), the state of the queues, then events and `pings`
    answers."""

    def script(talk: Talk) -> None:
        talk.send(BANNER)
        asked = talk.until(b"\r\n\r\n")
        assert b"Action: Challenge\r\n" in asked
        talk.send(block(Response="Success", ActionID=1, Challenge=CHALLENGE.decode()))
        login = talk.until(b"\r\n\r\n")
        assert secret.encode() not in login, "the client proves the secret without sending it"
        key = hashlib.md5(CHALLENGE + secret.encode()).hexdigest().encode()
        if b"Username: " + user.encode() + b"\r\n" not in login or b"Key: " + key + b"\r\n" not in login:
            talk.send(block(Response="Error", ActionID=2, Message="Authentication failed"))
            return
        talk.send(block(Response="Success", ActionID=2, Message="Authentication accepted"))
        for event in events:
            talk.send(event)
        for _ in range(pings):
            asked = talk.until(b"Action: Ping\r\n")
            talk.until(b"\r\n\r\n")
            talk.send(block(Response="Success", ActionID=4, Ping="Pong"))
        then(talk)

    return script


# FreeSWITCH ----------------------------------------------------------------------------------------


def message(kind: str, body: bytes = b"", **keys: object) -> bytes:
    """One message of the event socket."""
    lines = [f"Content-Type: {kind}", *(f"{key.replace('_', '-')}: {value}" for key, value in keys.items())]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\n".join(lines).encode() + b"\n\n" + body


def event(**keys: str) -> bytes:
    """One event as text/event-plain, its values percent-encoded."""
    lines = (f"{key.replace('_', '-')}: {_encoded(value)}\n" for key, value in keys.items())
    return message("text/event-plain", "".join(lines).encode() + b"\n")


def _encoded(value: str) -> str:
    return re.sub(
        r"[^A-Za-z0-9_.-]", lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), value
    )


def callcenter(action: str, agent: str, member: str = "3c9b1a52-aaaa", **more: str) -> bytes:
    """An event of mod_callcenter."""
    return event(
        Event_Name="CUSTOM", Core_UUID="6d2375b0", Event_Subclass="callcenter::info",
        CC_Queue="support@default", CC_Action=action, CC_Agent=agent, CC_Member_UUID=member,
        CC_Member_CID_Name=f"Caller {NUMBER}", CC_Member_CID_Number=NUMBER, **more,
    )  # fmt: skip


def switch_channel(name: str, presence: str, unique: str) -> bytes:
    """An event of a channel."""
    return event(
        Event_Name=name, Channel_State="CS_EXECUTE", Channel_Name=f"sofia/internal/{presence}",
        Unique_ID=unique, Channel_Presence_ID=presence, Caller_Caller_ID_Number=NUMBER,
        variable_sip_from_user=NUMBER,
    )  # fmt: skip


def freeswitch(events: Iterable[bytes], *, secret: str = "s3cret", then: Act = stay) -> Act:
    """A script: authentication (checked), subscription, then events."""

    def script(talk: Talk) -> None:
        talk.send(message("auth/request"))
        if talk.until(b"\n\n") != f"auth {secret}\n\n".encode():
            talk.send(message("command/reply", Reply_Text="-ERR invalid"))
            talk.send(message("text/disconnect-notice", b"Disconnected, goodbye.\n"))
            return
        talk.send(message("command/reply", Reply_Text="+OK accepted"))
        assert talk.until(b"\n\n").startswith(b"event plain ")
        talk.send(message("command/reply", Reply_Text="+OK event listener enabled plain"))
        for one in events:
            talk.send(one)
        then(talk)

    return script


# baresip -------------------------------------------------------------------------------------------


def netstring(text: str) -> bytes:
    """One message of ctrl_tcp."""
    return b"%d:%s," % (len(text.encode()), text.encode())


def call_event(kind: str, call: str = "abc") -> bytes:
    """A call's event as baresip 1.1.0 sends it."""
    return netstring(
        f'{{"event":true,"type":"{kind}","class":"call","accountaor":"sip:seat@127.0.0.1","direction":"incoming",'
        f'"peeruri":"sip:{NUMBER}@127.0.0.1","peerdisplayname":"{NUMBER}","id":"{call}","param":"sip:{NUMBER}"}}'
    )


def call_list(count: int) -> bytes:
    """The answer to listcalls."""
    line = f"> [line 1, id abc]  0:00:01  ESTABLISHED  sip:{NUMBER}@127.0.0.1\\n" * count
    return netstring(
        '{"response":true,"ok":true,"data":"\\nUser-Agent: seat@127.0.0.1\\n'
        f'--- Active calls ({count}) ---\\n{line}\\n"}}'
    )


def baresip(events: Iterable[bytes], *, answers: Sequence[int] = (0,), then: Act = stay) -> Act:
    """A script that answers each query for the list of calls, repeating the last count, and sends the events
    after the first answer."""

    def script(talk: Talk) -> None:
        for number in range(1_000):
            assert talk.until(b",") == netstring('{"command":"listcalls"}')
            talk.send(call_list(answers[min(number, len(answers) - 1)]))
            if number == 0:
                for one in events:
                    talk.send(one)
                if then is not stay:
                    then(talk)
                    return

    return script
