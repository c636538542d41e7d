"""test_agent_loopback: the runtime folder: Unix sockets, or ports with tokens where there are none (Windows)."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import asyncio
import contextlib
import os
from pathlib import Path

import pytest
from kesu.agent import hook, place, status
from kesu.agent.calls import Bounds, Event, Report
from kesu.agent.config import parse
from kesu.agent.service import Agent
from kesu.agent.source import Loss, SourceLost
from kesu.agent.sources import hook as hook_source
from kesu.agent.sources.hook import HookSource

WITHIN_S = 60.0  # this time passes only when something is broken


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "run"
    path.mkdir(mode=0o700)
    monkeypatch.setenv("KESU_RUNTIME_DIR", str(path))
    return path


async def made(folder: Path) -> Path:
    """Wait for the file in the runtime folder that marks a listener."""
    async with asyncio.timeout(WITHIN_S):
        while not (found := [one for one in folder.iterdir() if not one.name.startswith(".")]):
            await asyncio.sleep(0.01)
    return found[0]


async def answer(host: str, port: int, line: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(line)
    try:
        return await asyncio.wait_for(reader.read(), WITHIN_S)
    finally:
        writer.close()


@pytest.mark.parametrize("loopback", [False, True])
def test_only_the_hook_with_its_token_reaches_the_source(folder: Path, loopback: bool) -> None:
    async def run() -> None:
        heard: list[Report] = []
        task = asyncio.create_task(HookSource("hook", Bounds(None, None), loopback).run(heard.append))
        mark = await made(folder)
        assert mark.stat().st_mode & 0o777 == 0o600
        if loopback:
            port, _ = place.read_port(str(mark))
            for line in (b"kesu1 ring 1\n", b"kesu1 ring 1 " + b"0" * 32 + b"\n"):
                assert await answer("127.0.0.1", port, line) == b"no\n"
        assert await asyncio.to_thread(hook.send, "start", 5)
        assert heard == [Report(Event.START, stamp=5)], "an open socket proves nothing and is not a report"
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert list(folder.iterdir()) == []
        assert not hook.send("start", 6)

    asyncio.run(run())


def test_a_removed_socket_is_noticed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hook_source, "LOOK_S", 0.05)

    async def run() -> None:
        heard: list[Report] = []
        task = asyncio.create_task(HookSource("hook", Bounds(None, None), False).run(heard.append))
        (await made(folder)).unlink()
        with pytest.raises(SourceLost) as caught:
            await asyncio.wait_for(task, WITHIN_S)
        assert caught.value.loss is Loss.LOCAL

    asyncio.run(run())


@pytest.mark.skipif(os.name == "nt", reason="modes of POSIX")
def test_a_folder_open_to_others_is_not_used(folder: Path) -> None:
    folder.chmod(0o755)
    with pytest.raises(SourceLost):
        asyncio.run(HookSource("hook", Bounds(None, None), False).run(lambda report: None))


@pytest.mark.parametrize("loopback", [False, True])
def test_the_status_needs_the_users_token(folder: Path, loopback: bool) -> None:
    table = {"log": {"on": False}, "pads": {"desk": {}}, "sources": {"phone": {"kind": "hook"}}}

    async def run() -> None:
        async with status.serving(Agent(parse(table, "test")), loopback):
            found = await asyncio.to_thread(status.ask)
            assert found is not None
            assert [pad["name"] for pad in found["pads"]] == ["desk"]
            if loopback:
                mark = folder / place.STATUS_PORT
                port, _ = place.read_port(str(mark))
                mark.write_text(f"{port} {'0' * 32}")
                assert await asyncio.to_thread(status.ask) is None

    asyncio.run(run())
    assert status.ask() is None


@pytest.mark.slow
def test_connections_to_the_status_port_are_bounded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = {"log": {"on": False}, "pads": {"desk": {}}, "sources": {"phone": {"kind": "hook"}}}

    async def crowd() -> tuple[list[asyncio.Future[bytes]], list[asyncio.StreamWriter]]:
        port, _ = place.read_port(str(folder / place.STATUS_PORT))
        streams = [await asyncio.open_connection("127.0.0.1", port) for _ in range(60)]
        return [asyncio.ensure_future(reader.read()) for reader, _ in streams], [one for _, one in streams]

    async def run() -> None:
        async with status.serving(Agent(parse(table, "test")), True):
            monkeypatch.setattr(status, "WAIT_S", 2 * WITHIN_S)
            closed, writers = await crowd()
            ended = asyncio.as_completed(closed, timeout=WITHIN_S)
            for _ in range(len(closed) - status.MOST_AT_ONCE):
                with contextlib.suppress(OSError):
                    await next(ended)
            assert sum(not one.done() for one in closed) == status.MOST_AT_ONCE, "the others may wait"
            for one in writers:
                one.close()
            await asyncio.wait_for(asyncio.gather(*closed, return_exceptions=True), WITHIN_S)
            monkeypatch.undo()
            monkeypatch.setenv("KESU_RUNTIME_DIR", str(folder))
            closed, writers = await crowd()
            await asyncio.wait_for(asyncio.gather(*closed, return_exceptions=True), WITHIN_S)
            assert await asyncio.to_thread(status.ask) is not None, "the waiting connections are closed"
            for one in writers:
                one.close()

    asyncio.run(run())
