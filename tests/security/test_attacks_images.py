"""test_attacks_images: generated UF2 files, manifests, signatures and keys: accepted or refused, no crash."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest
from attacks import attack, kesu, one_line
from hypothesis import example, given
from hypothesis import strategies as st
from kesu.common import minisign
from kesu.common.errors import Exit, KesuError
from kesu.common.uf2 import load, parse
from kesu.devices.flash.image import load_image
from kesu.devices.listing.listing import images_in, policy_of
from made_up import GOOD_UF2, JSON, NASTY_JSON, Tally, changed, refused_by


@attack(
    "`kesu flash`, `kesu seal`",
    "made-up and damaged UF2 files (hypothesis)",
    "taken whole or refused",
    Exit.DATA,
)
def test_hostile_uf2(code: int) -> None:
    tally = Tally()

    @given(
        changed(GOOD_UF2)
        | st.binary(max_size=1100)
        | st.builds(lambda n: GOOD_UF2[: 512 * n], st.integers(0, 40))
    )
    @example(GOOD_UF2)
    @example(GOOD_UF2[:8])
    @example(GOOD_UF2[512:])
    def run(data: bytes) -> None:
        tally(lambda: parse(data), code)

    run()
    assert tally.taken
    assert tally.refused > 60


@attack(
    "`kesu flash`, `kesu seal`",
    "an endless device, or a file larger than any image",
    "refused at once",
    Exit.DATA,
)
def test_an_endless_image_is_refused(tmp_path: Path, code: int) -> None:
    with (tmp_path / "kesu.uf2").open("wb") as file:
        file.truncate(40 * 1024 * 1024)
    for path, reason, expected in (
        (Path("/dev/zero"), "not a plain file", Exit.NO_INPUT),
        (tmp_path / "kesu.uf2", "larger than", code),
    ):
        done = kesu("flash", path)
        assert done.returncode == expected
        assert reason in one_line(done)
    (tmp_path / "small.uf2").write_bytes(GOOD_UF2)
    assert load(tmp_path / "small.uf2") == GOOD_UF2, "the control"


def manifest_of(path: Path, data: bytes) -> bytes:
    outputs = {path.name: hashlib.sha256(path.read_bytes()).hexdigest()}
    known = {
        "board": "pico",
        "profile": "sealed",
        "outputs": outputs,
        "policy": {"IDLE_MS": 1},
    }
    return data or json.dumps(known).encode()


@pytest.mark.slow
@attack("`kesu flash`, `kesu devices`", "made-up manifests (hypothesis)", "taken or refused", Exit.DATA)
def test_hostile_manifests(tmp_path: Path, code: int) -> None:
    tally = Tally()
    path = tmp_path / "kesu-x.uf2"
    path.write_bytes(GOOD_UF2)
    good = manifest_of(path, b"")

    @given(changed(good) | JSON.map(lambda value: json.dumps(value).encode()) | st.sampled_from(NASTY_JSON))
    @example(good)
    def run(data: bytes) -> None:
        path.with_suffix(".json").write_bytes(data)
        tally(lambda: load_image(path), code)
        assert isinstance(policy_of(path), str)

    run()
    assert tally.taken
    assert tally.refused > 60


@pytest.mark.slow
@attack("`kesu flash --public-key`", "made-up signatures (hypothesis)", "refused", Exit.DATA)
def test_hostile_signatures(tmp_path: Path, code: int) -> None:
    path, key = tmp_path / "kesu-x.uf2", tmp_path / "kesu.pub"
    path.write_bytes(GOOD_UF2)
    path.with_suffix(".json").write_bytes(manifest_of(path, b""))
    key.write_text("untrusted comment: x\nRWS4DdA5ZpEMsm+f79TWj17x3Nk4yfAwbUP5eOHd1D1pQAjrYiaVzaOH\n")
    assert load_image(path).signed is None, "the control: without a key it is accepted"
    lines = st.lists(st.text(max_size=120) | st.just("trusted comment: x") | st.just("RWS4" * 25), max_size=5)

    @given(lines.map(lambda parts: "\n".join(parts).encode("utf-8", "replace")) | st.binary(max_size=300))
    @example("a\n署名\nb\nc".encode())  # base64 raises its own ValueError for text that is not ASCII
    def run(data: bytes) -> None:
        path.with_name(f"{path.name}.minisig").write_bytes(data)
        with pytest.raises(KesuError) as refused:
            load_image(path, key)
        assert refused.value.code == code

    run()


@attack("`kesu flash --public-key`", "made-up key files (hypothesis)", "refused", Exit.DATA)
def test_hostile_keys(tmp_path: Path, code: int) -> None:
    key = tmp_path / "kesu.pub"

    @given(changed(b"untrusted comment: x\nRWS4DdA5ZpEMsm+f79TWj17x3Nk4yfAwbUP5eOHd1D1pQAjrYiaVzaOH\n"))
    def run(data: bytes) -> None:
        key.write_bytes(data)
        refusal = refused_by(lambda: minisign.read_public(key))
        assert refusal is None or refusal.code == code

    run()
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(KesuError):
        minisign.read_public(tmp_path / "pipe")


@attack("`kesu devices`", "pipes and huge files among the images", "skipped")
def test_files_that_are_not_images_are_skipped(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "kesu-pipe.uf2")
    (tmp_path / "kesu-good.uf2").write_bytes(GOOD_UF2)
    with (tmp_path / "kesu-huge.uf2").open("wb") as file:
        file.truncate(2**40)
    assert [path.name for path in images_in(tmp_path)] == ["kesu-good.uf2"]
