"""test_flash_image: an invalid image is refused before any pad is touched."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
import release_folders
from kesu.common.errors import KesuError
from kesu.common.uf2 import FAMILY_RP2350_ARM, parse
from kesu.devices.flash.image import load_image
from kesu.devices.flash.proof import prove
from minisign_keys import PUBLIC, SECRET, signed
from pad_images import uf2_bytes

CODE = bytes(range(256)) * 20


def release(folder: Path, data: bytes = uf2_bytes(CODE), **changes: object) -> Path:
    """An image with a manifest as `kesu dev build` writes it."""
    path = folder / "kesu-pico-4in2-sealed.uf2"
    path.write_bytes(data)
    manifest = {
        "board": "pico",
        "profile": "sealed",
        "outputs": {path.name: hashlib.sha256(data).hexdigest()},
    } | changes
    path.with_suffix(".json").write_text(json.dumps(manifest))
    return path


def keys(folder: Path) -> tuple[Path, Path]:
    public, secret = folder / "kesu.pub", folder / "kesu.key"
    public.write_text(PUBLIC)
    secret.write_text(SECRET)
    return public, secret


def refused(path: Path, key: Path | None = None) -> str:
    with pytest.raises(KesuError) as error:
        load_image(path, key)
    assert error.value.code == 65
    assert error.value.hint
    return error.value.message


def test_a_good_image_is_accepted(tmp_path: Path) -> None:
    image = load_image(release(tmp_path))
    assert (image.sealed, image.chip.name, image.signed) == (True, "RP2040", None)
    assert image.whole_sectors() == CODE + b"\xff" * (8192 - len(CODE))


def test_an_image_for_the_other_chip_is_recognised(tmp_path: Path) -> None:
    data = uf2_bytes(CODE, family=FAMILY_RP2350_ARM)
    assert load_image(release(tmp_path, data, board="pico2")).chip.name == "RP2350"
    assert "its manifest is for the board 'pico'" in refused(release(tmp_path, data))


def test_a_missing_or_wrong_manifest_or_changed_bytes_are_refused(tmp_path: Path) -> None:
    path = release(tmp_path)
    path.with_suffix(".json").unlink()
    assert "manifest kesu-pico-4in2-sealed.json is not there" in refused(path)
    path.with_suffix(".json").write_text("[]")
    assert "not a manifest" in refused(path)
    assert "not those of its manifest" in refused(release(tmp_path, outputs={path.name: "0" * 64}))
    path = release(tmp_path)
    changed = bytearray(path.read_bytes())
    changed[100] ^= 1
    path.write_bytes(changed)
    assert "not those of its manifest" in refused(path)


def test_a_truncated_image_is_reported_first(tmp_path: Path) -> None:
    path = release(tmp_path)
    path.write_bytes(path.read_bytes()[:-512])
    assert "truncated: 19 of 20 blocks" in refused(path)


def test_with_a_key_only_signed_images_are_accepted(tmp_path: Path) -> None:
    public, secret = keys(tmp_path)
    path = release_folders.release(tmp_path / "signed", secret, "1.0.0")
    signature = path.with_name(f"{path.name}.minisig")
    good = signature.read_text()
    assert load_image(path, public).signed == f"Kesu 1.0.0, {path.name}"
    signature.unlink()
    assert "it is not signed" in refused(path, public)
    signature.write_text(signed(b"another file", secret, f"Kesu 1.0.0, {path.name}"))
    assert "its signature is not good: it does not fit the content" in refused(path, public)
    assert load_image(path).signed is None, "without a key no signature is required"
    signature.write_text(good)
    assert load_image(path, public).sealed


def test_verification_accepts_only_the_image_and_erased_flash() -> None:
    image = parse(uf2_bytes(CODE))
    good = bytearray(image.flash(1 << 16))
    assert prove(bytes(good), image).holds
    for at, words in (
        (100, "The image is wrong in the sector at 0x10000000."),
        (len(CODE), "There is data outside the image, in the sector at 0x10001000."),
        (40_000, "There is data outside the image, in the sector at 0x10009000."),
    ):
        bad = bytearray(good)
        bad[at] ^= 0x10
        proof = prove(bytes(bad), image)
        assert (proof.holds, proof.detail) == (False, words)
    bad = bytearray(good)
    bad[0], bad[20_000], bad[40_000] = bad[0] ^ 1, 0, 0
    assert prove(bytes(bad), image).detail == (
        "The image is wrong in the sector at 0x10000000 and there is data outside the image, "
        "in 2 sectors, the first at 0x10004000."
    )
    assert "Only 1,000 bytes" in prove(bytes(good[:1000]), image).detail
