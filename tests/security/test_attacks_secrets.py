"""test_attacks_secrets: links, pipes, permissions and swapped files in place of tokens and credentials."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import os
from pathlib import Path

import pytest
from agent_runs import running
from attacks import attack, kesu, one_line
from kesu.agent.private import read_private
from kesu.agent.secret import token, write_private
from kesu.common.errors import KesuError
from traps import TRAPS, pipe

SECRET = b"a-token-of-more-than-twenty-letters\n"


def secret_at(path: Path, mode: int = 0o600) -> Path:
    path.write_bytes(SECRET)
    path.chmod(mode)
    return path


@attack(
    "token, credentials",
    "pipe, folder, device or dangling link in its place",
    "refused",
    66,
)
@pytest.mark.parametrize("trap", ["dangling", "pipe", "device", "folder"])
def test_a_secret_must_be_a_plain_file(tmp_path: Path, code: int, trap: str) -> None:
    TRAPS[trap](tmp_path / "token")
    with pytest.raises(KesuError) as refused:
        token(tmp_path / "token")
    assert refused.value.code == code
    assert not (tmp_path / "not-there").exists(), "no file is made at the link's target"
    assert read_private(secret_at(tmp_path / "plain")) == SECRET


@attack("token, credentials", "others may read or write it, or the target of a link", "refused", 77)
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602])
def test_a_secret_open_to_others_is_refused(tmp_path: Path, code: int, mode: int) -> None:
    secret_at(tmp_path / "target", mode)
    (tmp_path / "link").symlink_to("target")
    for name in ("target", "link"):
        with pytest.raises(KesuError) as refused:
            read_private(tmp_path / name)
        assert refused.value.code == code
    (tmp_path / "target").chmod(0o600)
    assert read_private(tmp_path / "link") == SECRET


@attack(
    "token, credentials", "a folder above it, or above the target of a link, is open to all", "refused", 77
)
def test_a_secret_that_others_can_replace_is_refused(tmp_path: Path, code: int) -> None:
    (tmp_path / "open" / "mine").mkdir(parents=True, mode=0o700)
    path = secret_at(tmp_path / "open" / "mine" / "token")
    (tmp_path / "link").symlink_to(path)
    for mode, accepted in ((0o777, False), (0o1777, True), (0o755, True)):
        (tmp_path / "open").chmod(mode)
        for name in (path, tmp_path / "link"):
            if accepted:
                assert read_private(name) == SECRET
                continue
            with pytest.raises(KesuError) as refused:
                read_private(name)
            assert refused.value.code == code


@attack("token, credentials", "swapped between check and read", "the checked file is read")
def test_a_secret_swapped_after_the_check_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = secret_at(tmp_path / "token")
    checked = os.fstat

    def swap() -> None:
        write_private(path, b"the-token-of-an-attacker-who-swaps\n")

    def check_then_swap(handle: int) -> os.stat_result:
        found = checked(handle)
        if os.path.samestat(found, path.stat()):
            swap()
        return found

    monkeypatch.setattr("kesu.agent.private.os.fstat", check_then_swap)
    assert read_private(path) == SECRET
    monkeypatch.undo()
    # The control: check by name, swap, read by name.
    secret_at(path)
    assert path.stat().st_mode & 0o077 == 0
    swap()
    assert path.read_bytes() != SECRET


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
@attack("token, credentials", "belongs to another user", "refused", 77)
def test_a_secret_of_another_user_is_refused(tmp_path: Path, code: int) -> None:
    path = secret_at(tmp_path / "token")
    assert read_private(path) == SECRET
    os.chown(path, 65534, 65534)
    with pytest.raises(KesuError) as refused:
        read_private(path)
    assert refused.value.code == code


@attack("`kesu relay`", "a pipe as its credentials", "refused at once", 66)
def test_a_relay_does_not_wait_for_a_pipe(tmp_path: Path, code: int) -> None:
    (tmp_path / "relay.toml").write_text(f'credentials = "{tmp_path}/credentials"\n[pbx]\n')
    pipe(tmp_path / "credentials")
    done = kesu("relay", "--config", tmp_path / "relay.toml")
    assert done.returncode == code
    assert "not a plain file" in one_line(done)


@pytest.mark.slow
@attack("`kesu agent`", "its token in a folder open to all", "that source is lost (local), DTR stays low", 3)
def test_a_replaceable_token_keeps_dtr_low(tmp_path: Path, code: int) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    with running(tmp_path / "open", runtime=tmp_path / "run", ready=False) as agent:
        lost = agent.wait_for_check(lambda found: found["sources"][1]["loss"] == "local")
        assert lost == code
        assert agent.pad.is_silent()
