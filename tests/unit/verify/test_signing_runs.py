"""test_signing_runs: verify and release ask for the signing key before the long work, not after it."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import getpass
import struct
from collections.abc import Callable
from pathlib import Path

import evidence_runs
import pytest
from click.testing import CliRunner, Result
from kesu.cli.commands import main
from kesu.common import minisign
from kesu.common.errors import Exit
from kesu.common.uf2 import MAGIC
from kesu.images.toolchain.request import BuiltImage
from kesu.release import make
from kesu.verify.evidence import check
from kesu.verify.results import Run
from kesu.verify.runner import runner
from minisign_keys import PUBLIC, SECRET, locked

Command = Callable[[Path], Result]


@pytest.fixture
def verify(tmp_path: Path) -> Command:
    """`kesu verify` of a dummy image, signed with a key."""
    image = tmp_path / "kesu-pico-4in2-sealed.uf2"
    image.write_bytes(struct.pack("<II", *MAGIC))
    image.with_suffix(".elf").touch()

    def command(key: Path) -> Result:
        out = str(tmp_path / "out")
        return CliRunner().invoke(main, ["verify", str(image), "--out", out, "--sign", str(key)])

    return command


@pytest.fixture
def release(tmp_path: Path) -> Command:
    """`kesu release`, signed with a key."""
    return lambda key: CliRunner().invoke(
        main, ["release", "--out", str(tmp_path / "out"), "--verify", "none", "--once", "--sign", str(key)]
    )


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Events in order; the password given is "open sesame"."""
    happened: list[str] = []

    def password(prompt: str) -> str:
        happened.append(prompt)
        return "open sesame"

    monkeypatch.setattr(getpass, "getpass", password)
    return happened


def working(happened: list[str], key: dict[str, minisign.SigningKey]) -> Callable[..., Run]:
    def work(*_: object) -> Run:
        happened.append("work")
        assert key["unlocked"].sign(b"", ""), "still unlocked while it runs"
        return evidence_runs.holding()

    return work


@pytest.fixture
def unlocked(monkeypatch: pytest.MonkeyPatch) -> dict[str, minisign.SigningKey]:
    """The key that a command unlocked."""
    found: dict[str, minisign.SigningKey] = {}
    unlock = minisign.opened

    def opened(path: Path) -> minisign.SigningKey:
        found["unlocked"] = unlock(path)
        return found["unlocked"]

    monkeypatch.setattr(minisign, "opened", opened)
    return found


@pytest.mark.slow
def test_the_password_is_asked_once_before_the_run_and_the_key_erased_after(
    tmp_path: Path,
    verify: Command,
    asked: list[str],
    unlocked: dict[str, minisign.SigningKey],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(runner, "verify", working(asked, unlocked))
    done = verify(locked(tmp_path / "locked.key", "open sesame"))
    assert done.exit_code == 0, done.output
    assert asked == ["Password of the signing key: ", "work"]
    (tmp_path / "kesu.pub").write_text(PUBLIC)
    assert "HOLDS" in (check(tmp_path / "out", tmp_path / "kesu.pub").signed or "")
    with pytest.raises(ValueError, match="forgotten"):
        unlocked["unlocked"].sign(b"", "")


def test_a_key_is_erased_when_the_run_is_interrupted(
    tmp_path: Path,
    verify: Command,
    unlocked: dict[str, minisign.SigningKey],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupted(*_: object) -> Run:
        raise KeyboardInterrupt

    monkeypatch.setattr(runner, "verify", interrupted)
    (tmp_path / "plain.key").write_text(SECRET)
    assert verify(tmp_path / "plain.key").exit_code == Exit.INTERRUPTED
    with pytest.raises(ValueError, match="forgotten"):
        unlocked["unlocked"].sign(b"", "")


def test_a_release_asks_before_it_builds(
    tmp_path: Path, release: Command, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def built(*_: object) -> dict[str, BuiltImage]:
        asked.append("work")
        raise KeyboardInterrupt

    monkeypatch.setattr(make, "build_all", built)
    assert release(locked(tmp_path / "locked.key", "open sesame")).exit_code == Exit.INTERRUPTED
    assert asked == ["Password of the signing key: ", "work"]


@pytest.mark.parametrize("name", ["verify", "release"])
@pytest.mark.parametrize(
    ("key", "answer", "message", "code"),
    [
        ("wrong", "shut sesame", "The password does not open the key wrong.", Exit.NO_PERMISSION),
        ("wrong", EOFError, "The signing key has a password, and none was given.", Exit.NO_PERMISSION),
        (
            "wrong",
            KeyboardInterrupt,
            "The signing key has a password, and none was given.",
            Exit.NO_PERMISSION,
        ),
        ("missing", "", "does not exist.", Exit.NO_INPUT),
        ("public", "", "is not a minisign secret key.", Exit.DATA),
    ],
)
def test_an_unusable_key_is_reported_before_any_work(
    tmp_path: Path,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    key: str,
    answer: str | type[BaseException],
    message: str,
    code: Exit,
) -> None:
    def password(_: str) -> str:
        if isinstance(answer, str):
            return answer
        raise answer

    command: Command = request.getfixturevalue(name)
    monkeypatch.setattr(getpass, "getpass", password)
    monkeypatch.setattr(runner, "verify", lambda *_: pytest.fail("it has begun"))
    monkeypatch.setattr(make, "build_all", lambda *_: pytest.fail("it has begun"))
    locked(tmp_path / "wrong", "open sesame")
    (tmp_path / "public").write_text(PUBLIC)
    refused = command(tmp_path / key)
    assert refused.exit_code == code
    assert refused.output.startswith("kesu: ")
    assert message in refused.output.splitlines()[0]
    left = list((tmp_path / "out").iterdir()) if (tmp_path / "out").exists() else []
    assert left == []
