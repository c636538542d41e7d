"""test_minisign: signatures of evidence, against the minisign program where it is installed."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import subprocess
from pathlib import Path

import evidence_runs
import pytest
from click.testing import CliRunner
from kesu.cli.commands import main
from kesu.common.errors import Exit, KesuError
from kesu.common.minisign import BadSignature, opened, verify
from kesu.emulator.core.fork import ForkError, fork_run
from kesu.verify.evidence import check, write
from kesu.verify.evidence.folder import SIGNATURE, SUMS
from minisign_keys import PUBLIC, SECRET, locked, needs_minisign, no_password, signed

SIGNED = (
    "untrusted comment: signature from minisign secret key\n"
    "RUS4DdA5ZpEMsiCkQ5tvNwfeR2ldT10KVfG5zsxbBfIYw2aGe5V8zSWjsuN0qrPR+EDTJvLCXY6sEzkxdQa+/82jtfTZcMIHzgM=\n"
    "trusted comment: trusted words\n"
    "nMHTBHqq1AcGsV0TQwZ/KoiBwMSV3TmH8EupyPDD6KpWkSPyn6v2wSvWdv52RwpfQ0NhuLXeD/XD4i/2DZCkBg==\n"
)


def test_a_signature_of_minisign_is_good(public: Path) -> None:
    assert verify(b"hi\n", SIGNED, public) == "trusted words"


def test_ed25519_signatures_are_deterministic(public: Path, secret: Path) -> None:
    ours = signed(b"hi\n", secret, "trusted words")
    assert ours.splitlines()[1:] == SIGNED.splitlines()[1:], "except for the untrusted comment"
    assert verify(b"hi\n", ours, public) == "trusted words"


@pytest.mark.parametrize(
    ("content", "text", "why"),
    [
        (b"ho\n", SIGNED, "does not fit"),
        (b"hi\n", SIGNED.replace("trusted words", "other words"), "does not fit"),
        (b"hi\n", SIGNED.replace("RUS4DdA5", "RUS5DdA5"), "another key"),
        (b"hi\n", "nothing", "format"),
        (b"hi\n", SIGNED.replace("RUS4", "!!!!"), "format"),
    ],
)
def test_a_bad_signature_is_refused(public: Path, content: bytes, text: str, why: str) -> None:
    with pytest.raises(BadSignature, match=why):
        verify(content, text, public)


def test_unusable_keys_are_explained(public: Path, secret: Path, tmp_path: Path) -> None:
    for key, content, code in (
        (public, SECRET, Exit.DATA),
        (public, "x", Exit.DATA),
        (tmp_path / "none", None, Exit.NO_INPUT),
    ):
        if content is not None:
            key.write_text(content)
        with pytest.raises(KesuError, match="public key") as caught:
            verify(b"", SIGNED, key)
        assert caught.value.code == code
    secret.write_text(PUBLIC)
    with pytest.raises(KesuError, match="secret key"):
        opened(secret, no_password)


@pytest.mark.slow
def test_a_signed_folder_is_checked_with_its_key(public: Path, secret: Path, tmp_path: Path) -> None:
    place = tmp_path / "evidence"
    with opened(secret) as key:
        write(evidence_runs.holding(), place, key)
    assert check(place).signed is None, "without a key, no signer is named"
    assert check(place).has_signature
    checked = check(place, public)
    assert checked.problems == ()
    assert "EMULATED, HOLDS, kesu-pico-4in2-sealed" in (checked.signed or "")
    arguments = ["evidence", "check", str(place), "--public-key", str(public)]
    assert CliRunner().invoke(main, arguments).exit_code == 0
    (place / SUMS).write_bytes((place / SUMS).read_bytes() + b"\n")
    assert SIGNATURE in {problem.file for problem in check(place, public).problems}
    assert CliRunner().invoke(main, arguments).exit_code == 1
    (place / SIGNATURE).unlink()
    assert any("none" in problem.what for problem in check(place, public).problems)
    public.write_text("no key")
    assert CliRunner().invoke(main, arguments).exit_code == Exit.DATA


def test_a_key_is_erased_at_the_end_and_in_every_forked_process(secret: Path, public: Path) -> None:
    with opened(secret) as key:
        with pytest.raises(ForkError, match="the key was forgotten"):
            fork_run(key, lambda inherited: inherited.sign(b"content", "words"))
        assert verify(b"content", key.sign(b"content", "words"), public) == "words", (
            "the signing process keeps it"
        )
    with pytest.raises(ValueError, match="the key was forgotten"):
        key.sign(b"content", "words")


@needs_minisign
def test_minisign_accepts_what_is_signed_here(public: Path, secret: Path, tmp_path: Path) -> None:
    place = tmp_path / "evidence"
    with opened(secret) as key:
        write(evidence_runs.holding(), place, key)
    command = ["minisign", "-V", "-m", SUMS, "-p", str(public)]
    assert subprocess.run(command, cwd=place, capture_output=True, check=False).returncode == 0
    (place / SUMS).write_bytes(b"other")
    assert subprocess.run(command, cwd=place, capture_output=True, check=False).returncode != 0


@pytest.mark.slow
@needs_minisign
def test_a_key_with_a_password_is_opened_as_minisign_does(tmp_path: Path) -> None:
    key, public = tmp_path / "locked.key", tmp_path / "locked.pub"
    made = subprocess.run(
        ["minisign", "-G", "-p", str(public), "-s", str(key)],
        input="open sesame\nopen sesame\n",
        text=True,
        capture_output=True,
        check=False,
    )
    if made.returncode:
        pytest.skip(f"minisign makes no locked key without a terminal: {made.stderr.strip()}")
    text = signed(b"content", key, "words", lambda: "open sesame")
    assert verify(b"content", text, public) == "words"


def test_a_wrong_password_is_reported(public: Path, tmp_path: Path) -> None:
    key = locked(tmp_path / "locked.key", "open sesame")
    assert verify(b"content", signed(b"content", key, "words", lambda: "open sesame"), public) == "words"
    with pytest.raises(KesuError, match="does not open") as caught:
        opened(key, lambda: "wrong")
    assert caught.value.code == Exit.NO_PERMISSION
