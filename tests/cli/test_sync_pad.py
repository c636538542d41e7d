"""test_sync_pad: `kesu dev sync` with the emulated service image, and what remains of its files when it is
sealed."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from console_bridge import ConsoleServer
from kesu.cli.commands import main
from kesu.common.errors import Exit, KesuError
from kesu.devices.listing.listing import POLICY
from kesu.devices.sync import console as consoles
from kesu.devices.sync.console import Console
from kesu.devices.sync.folder import application
from kesu.emulator.board.pad import VirtualPad
from kesu.images.toolchain import ensure
from kesu.images.toolchain.request import BuildRequest
from made_up_sysfs import device
from pad_bench import Bench

SECRET = b"left on a development pad: 0123456789"
FILES = {"hello.py": b"print(1)\n", "lib/deep/table.bin": bytes(range(256)) * 5, "lib/note.txt": SECRET}
PICO_FLASH = 2 * 1024 * 1024


def powered(profile: str) -> VirtualPad:
    image = ensure(profile)
    pad = VirtualPad(image.uf2)
    pad.host.attach()
    pad.power_on()
    pad.run_until(lambda: pad.host.enumerated, 3000)
    return pad


@pytest.fixture(scope="module")
def service() -> VirtualPad:
    return powered("service")


@pytest.fixture
def served(service: VirtualPad) -> Iterator[str]:
    with ConsoleServer(service) as server:
        yield server.address


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "files"
    for name, content in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    (root / "__pycache__").mkdir()
    (root / "__pycache__" / "hello.pyc").write_bytes(b"never sent")
    return root


def sync(*arguments: object, obj: object = None) -> Result:
    result = CliRunner().invoke(main, ["dev", "sync", *map(str, arguments)], obj=obj)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def lists(*arguments: object) -> dict[str, Any]:
    result = sync(*arguments, "--json", "--no-restart")
    assert result.exit_code == 0, result.output
    document: dict[str, Any] = json.loads(result.stdout)
    return document


@pytest.mark.slow
def test_the_adapter_works_with_the_emulated_console(served: str) -> None:
    with Console.open(served) as console:
        assert console.evaluate("6 * 7") == 42
        assert console.evaluate("__import__('sys').platform") == "rp2"
        assert console.files() == {}
        console.make_folder("deep/")
        seen: list[tuple[int, int]] = []
        content = bytes(range(256)) * 3
        console.write("deep/a b'c.bin", content, lambda done, size: seen.append((done, size)))
        assert seen[-1] == (len(content), len(content))
        assert console.files() == {"deep/": 0, "deep/a b'c.bin": len(content)}
        assert console.read("deep/a b'c.bin") == content
        assert len(console.sha256("deep/a b'c.bin")) == 64
        for action in (
            lambda: console.read("absent"),
            lambda: console.remove("deep/"),
            lambda: console.make_folder("deep/"),
            lambda: console.run("1/0"),
        ):
            with pytest.raises(KesuError) as refused:
                action()
            assert refused.value.code == Exit.IO
        console.remove("deep/a b'c.bin")
        console.remove("deep/")
        assert console.files() == {}
        policy = console.evaluate(POLICY)
        assert isinstance(policy, tuple)
        idle_ms, _, language = policy
        assert (idle_ms, language) == (180_000, 0), "what `kesu devices --ask` asks"
        year = console.evaluate("__import__('time').gmtime()[0]")
        assert year == 2021, "the clock is not set: it starts where the chip starts it"
    with Console.open(served) as console:
        assert console.evaluate("1") == 1, "a second client gets a normal prompt"


@pytest.mark.slow
def test_round_trip_then_sealed(served: str, service: VirtualPad, folder: Path, tmp_path: Path) -> None:
    paths = sorted(FILES)
    assert lists(folder, "--port", served, "--dry-run")["written"] == paths
    first = lists(folder, "--port", served)
    assert (first["written"], first["folders"]) == (paths, ["lib/", "lib/deep/"])
    again = sync(folder, "--port", served, "--no-restart")
    assert "All 3 files are on the pad already, by SHA-256." in again.stdout
    (folder / "hello.py").write_bytes(b"print(2)\n")
    (folder / "lib" / "deep" / "table.bin").unlink()
    with Console.open(served) as console:
        console.write("keep.log", b"kept")
        console.write("gone.txt", b"gone")
    third = lists(folder, "--port", served, "--exclude", "*.log")
    assert (third["written"], third["same"]) == (["hello.py"], ["lib/note.txt"])
    assert third["removed"] == ["lib/deep/table.bin", "lib/deep/", "gone.txt"]
    with Console.open(served) as console:
        assert console.read("hello.py") == b"print(2)\n"
        assert sorted(console.files()) == ["hello.py", "keep.log", "lib/", "lib/note.txt"]
    assert_sealing_needs_the_erase(bytes(service.flash[:PICO_FLASH]), tmp_path)


def assert_sealing_needs_the_erase(flash: bytes, tmp_path: Path) -> None:
    """Check it on the pad's flash, with the filesystem that the service image made in it."""
    assert SECRET in flash
    sealed = ensure("sealed").uf2
    bench = Bench(tmp_path, sealed)
    try:
        pad = bench.add(2)
        pad.flash.content[:] = flash

        def run(*words: str) -> tuple[int, str]:
            result = CliRunner().invoke(main, [words[0], str(sealed), *words[1:]], obj=bench.host())
            return result.exit_code, result.stdout

        assert run("flash", "--via", "drive")[0] == 0
        bench.bootsel(pad)
        code, text = run("seal", "--check")
        assert (code, "There is data outside the image, in" in text) == (1, True)
        assert SECRET in pad.flash.content
        assert run("seal", "--record", str(tmp_path / "pads.csv"))[0] == 0
        assert SECRET not in pad.flash.content
        bench.bootsel(pad)
        assert run("seal", "--check")[0] == 0
    finally:
        bench.close()


def test_a_sealed_pad_is_refused_by_its_descriptors(tmp_path: Path, folder: Path) -> None:
    bench = Bench(tmp_path, ensure("sealed").uf2)
    try:
        (device(bench.root, "1-1.5", "1209", "0001", manufacturer="Kesu") / "1-1.5:1.0/tty/ttyACM0").mkdir(
            parents=True
        )
        refused = sync(folder, obj=bench.host())
        assert refused.exit_code == Exit.UNAVAILABLE
        assert "is sealed: no console, no filesystem, so no file can be written to it" in refused.stderr
        device(bench.root, "1-1.6", "2e8a", "0003")
        assert sync(folder, "--pad", "1-1.6", obj=bench.host()).exit_code == Exit.UNAVAILABLE
    finally:
        bench.close()


@pytest.mark.slow
def test_a_sealed_pad_is_refused_by_its_silence(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setattr(consoles, "_ANSWER_S", 1.5)
    pad = powered("sealed")
    with ConsoleServer(pad) as server:
        refused = sync(folder, "--port", server.address)
        assert refused.exit_code == Exit.UNAVAILABLE
        assert "A sealed pad has no console: that is what sealed means." in refused.stderr
    assert pad.host.bulk_in_bytes == 0


def test_ctrl_c_reports_the_state_of_the_pad(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    class Stopped:
        """A console whose user presses Ctrl-C at the first file."""

        @classmethod
        def open(cls, _device: str) -> Stopped:
            return cls()

        def __enter__(self) -> Stopped:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def files(self) -> dict[str, int]:
            return {}

        def make_folder(self, _path: str) -> None:
            pass

        def write(self, _path: str, _content: bytes, _progress: object) -> None:
            raise KeyboardInterrupt

    monkeypatch.setattr("kesu.devices.sync.console.Console", Stopped)
    stopped = sync(folder, "--port", "/dev/ttyACM0")
    assert stopped.exit_code == 130
    assert "some of the pad's files are new, some are old" in stopped.stderr
    assert "Run the same command again" in stopped.stderr


def test_a_missing_port_is_reported(folder: Path) -> None:
    refused = sync(folder, "--port", "/dev/no-such-tty")
    assert refused.exit_code == Exit.TRY_AGAIN
    assert "kesu doctor" in refused.stderr


def test_the_application_has_the_policy_and_no_main(tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text("[timeouts]\nidle_s = 77\n")
    modules = application(BuildRequest(policy=policy))
    assert b"IDLE_MS = 77 * 1000" in modules["kesu_pad/policy.py"]
    assert b"SERVICE = const(True)" in modules["kesu_pad/policy.py"]
    assert "main.py" not in modules
    assert "kesu_pad/app.py" in modules
    policy.write_text("[timeouts]\nidle_s = 1\n")
    refused = sync("--policy", policy, "--port", "socket://127.0.0.1:9")
    assert refused.exit_code == Exit.CONFIG
    assert "idle_s" in refused.stderr
