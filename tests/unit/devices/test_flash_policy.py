"""test_flash_policy: a copy with another policy is written if its base is signed and nothing else differs."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import shutil
import struct
from pathlib import Path

import pytest
from kesu.common.errors import KesuError
from kesu.common.uf2 import BLOCK_SIZE, parse
from kesu.devices.flash.image import load_image
from kesu.images.policy.block import PLACE, packed
from kesu.images.policy.copy import apply
from kesu.images.policy.stamp import block_of, stamped
from kesu.spec.policy import DEFAULTS, LAYOUT, SETTINGS
from release_folders import release

STRICT = DEFAULTS | {"timeouts.idle_s": 60, "timeouts.wrap_up_s": 0}


@pytest.fixture
def base(tmp_path: Path, secret: Path) -> Path:
    """The sealed image of a signed release."""
    return release(tmp_path / "release", secret)


@pytest.fixture
def copy(base: Path) -> Path:
    """A copy with the strict policy, beside its base."""
    path = base.with_name("desk.uf2")
    path.write_bytes(stamped(base.read_bytes(), STRICT, base))
    return path


def refused(*arguments: object, **options: object) -> str:
    with pytest.raises(KesuError) as error:
        load_image(*arguments, **options)  # type: ignore[arg-type]  # paths
    assert error.value.code == 65
    assert error.value.hint
    return error.value.message


def payload_at(data: bytes, address: int) -> int:
    """Where the bytes for an address are in a UF2."""
    for start in range(0, len(data), BLOCK_SIZE):
        (first,) = struct.unpack_from("<I", data, start + 12)
        if first <= address < first + 256:
            return start + 32 + address - first
    raise AssertionError(address)


def test_a_policy_is_put_into_a_signed_image_after_its_signature_is_checked(base: Path, public: Path) -> None:
    image = load_image(base, public, policy=STRICT)
    plain = load_image(base, public)
    assert image.signed == plain.signed
    assert image.sealed
    assert image.data == stamped(base.read_bytes(), STRICT, base)
    assert block_of(image.uf2, base).values == STRICT
    assert image.policy == block_of(image.uf2, base).checksum != plain.policy
    assert image.sha256 != plain.sha256


def test_a_copy_beside_its_signed_base_is_taken(copy: Path, base: Path, public: Path) -> None:
    image = load_image(copy, public)
    assert (image.signed, image.name) == (load_image(base, public).signed, "desk.uf2")
    assert image.data == copy.read_bytes()
    assert image.whole_sectors()[PLACE.start - 0x1000_0000 :].startswith(packed(STRICT))


def test_a_copy_elsewhere_is_taken_with_the_base_given(
    copy: Path, base: Path, public: Path, tmp_path: Path
) -> None:
    other = tmp_path / "elsewhere" / "desk.uf2"
    other.parent.mkdir()
    shutil.copyfile(copy, other)
    assert "desk.json is not there" in refused(other, public)
    assert load_image(other, public, base=base).signed == load_image(base, public).signed
    assert load_image(other, base=base).signed is None, "without a key no signature is required"


def test_a_copy_that_differs_in_any_other_byte_is_refused(copy: Path, base: Path, public: Path) -> None:
    data = copy.read_bytes()
    for address in (0x1000_0000, PLACE.start - 1, PLACE.stop, 0x1000_13FF):
        at = payload_at(data, address)
        copy.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        assert "differs from kesu-pico-4in2-sealed.uf2 in more than its policy" in refused(copy, public)
        assert "in more than its policy" in refused(copy, public, base=base)
    copy.write_bytes(data)
    assert load_image(copy, public).sealed, "the control"


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_a_copy_with_an_invalid_block_is_refused(copy: Path, public: Path, setting: object) -> None:
    data = copy.read_bytes()
    at = payload_at(data, PLACE.start) + setting.offset  # type: ignore[attr-defined]  # a Setting
    copy.write_bytes(data[:at] + b"\xff\xff" + data[at + 2 :])
    assert "the checksum of its policy block is wrong" in refused(copy, public)


def test_a_base_that_is_not_signed_or_changed_is_refused(copy: Path, base: Path, public: Path) -> None:
    signature = base.with_name(f"{base.name}.minisig")
    kept = signature.read_text()
    signature.unlink()
    assert "desk.json is not there" in refused(copy, public)
    assert "it is not signed" in refused(copy, public, base=base)
    signature.write_text(kept)
    assert load_image(copy, public).sealed, "the control"
    data = base.read_bytes()
    at = payload_at(data, 0x1000_0010)
    for path in (base, copy):
        whole = path.read_bytes()
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
    assert "its signature is not good" in refused(copy, public)


def test_a_signed_copy_of_another_image_is_no_base(base: Path, public: Path) -> None:
    other = base.with_name("kesu-pico2-4in2-sealed.uf2")
    copy = base.with_name("desk.uf2")
    copy.write_bytes(stamped(other.read_bytes(), STRICT, other))
    assert "in more than its policy" in refused(copy, public, base=base)
    assert load_image(copy, public).chip.board == "pico2"


def test_a_service_image_gets_no_policy(base: Path, public: Path) -> None:
    assert "only sealed images" in refused(
        base.with_name("kesu-pico-4in2-service.uf2"), public, policy=STRICT
    )


def test_an_image_of_an_invalid_policy_is_not_written(base: Path, tmp_path: Path) -> None:
    data = base.read_bytes()
    at = payload_at(data, PLACE.start) + LAYOUT.bytes - 1
    path = tmp_path / base.name
    path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
    manifest = base.with_suffix(".json").read_text()
    digests = [__import__("hashlib").sha256(content).hexdigest() for content in (data, path.read_bytes())]
    path.with_suffix(".json").write_text(manifest.replace(*digests))
    assert "a pad would mark every page" in refused(path)


def test_a_copy_has_the_name_that_its_owner_gives_it(base: Path, tmp_path: Path) -> None:
    base.with_suffix(".elf").unlink()
    written = apply(base, STRICT, tmp_path / "desk.uf2")
    assert [path.name for path in written] == ["desk.uf2"]
    assert parse(written[0].read_bytes()).size == parse(base.read_bytes()).size
