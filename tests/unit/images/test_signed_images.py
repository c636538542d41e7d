"""test_signed_images: a signature is valid for one file, under its name, in one release."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from kesu.common import minisign
from kesu.common.errors import KesuError
from kesu.common.uf2 import parse
from kesu.devices.flash.image import is_older, load_image
from kesu.images.identity import description_in, identity_of
from kesu.images.release_names import INDEX, trusted_comment
from minisign_keys import PUBLIC, needs_minisign
from release_folders import changed_json, code_with, image, release, sign_folder

SEALED, SERVICE = "kesu-pico-4in2-sealed", "kesu-pico-4in2-service"
STARTER, PICO2 = "kesu-pico-2in9-sealed", "kesu-pico2-4in2-sealed"
ENDINGS = (".uf2", ".json", ".elf", ".uf2.minisig")


@pytest.fixture
def folder(tmp_path: Path, secret: Path) -> Path:
    return release(tmp_path / "new", secret).parent


@pytest.fixture
def old(tmp_path: Path, secret: Path) -> Path:
    return release(tmp_path / "old", secret, "0.1.0").parent


def refused(folder: Path, public: Path, name: str = SEALED) -> str:
    with pytest.raises(KesuError) as error:
        load_image(folder / f"{name}.uf2", public)
    assert error.value.code == 65
    assert error.value.hint
    return error.value.message


def under_the_name(folder: Path, source: str, target: str, source_folder: Path | None = None) -> None:
    """Put an image in another's place, with its manifest edited to match."""
    for ending in ENDINGS:
        shutil.copyfile((source_folder or folder) / f"{source}{ending}", folder / f"{target}{ending}")
    manifest = folder / f"{target}.json"
    outputs = json.loads(manifest.read_text())["outputs"]
    outputs = {name.replace(source, target): digest for name, digest in outputs.items()}
    changed_json(manifest, name=target, board="pico", panel="4in2", profile="sealed", outputs=outputs)


def edited_index(folder: Path, secret: Path, edit: Callable[[dict[str, Any]], object], **kept: Any) -> None:
    """The index with a change, signed again by the owner of the key."""
    path = folder / INDEX
    content = json.loads(path.read_text())
    edit(content)
    text = kept.get("text") or json.dumps(content)
    path.write_text(text)
    with minisign.opened(secret) as key:
        signature = key.sign(path.read_bytes(), trusted_comment("0.2.0", INDEX))
    (folder / f"{INDEX}.minisig").write_text(signature)


def test_every_image_of_a_release_is_accepted_as_in_its_index(folder: Path, public: Path) -> None:
    found = {name: load_image(folder / f"{name}.uf2", public) for name in (SEALED, SERVICE, STARTER, PICO2)}
    assert {name: (one.profile, one.chip.name) for name, one in found.items()} == {
        SEALED: ("sealed", "RP2040"),
        SERVICE: ("service", "RP2040"),
        STARTER: ("sealed", "RP2040"),
        PICO2: ("sealed", "RP2350"),
    }
    assert {one.version for one in found.values()} == {"0.2.0"}
    assert found[SEALED].signed == f"Kesu 0.2.0, {SEALED}.uf2"
    assert found[SEALED].key_id == "B20C916639D00DB8", "as minisign prints it"
    (folder / f"{SEALED}.elf").unlink()
    assert load_image(folder / f"{SEALED}.uf2", public).sealed, "the ELF may be missing"


@pytest.mark.parametrize("source", [SERVICE, STARTER, PICO2])
@pytest.mark.parametrize("described", [True, False], ids=["named in its bytes", "not named"])
def test_a_signed_image_is_refused_under_another_name(
    tmp_path: Path, secret: Path, public: Path, source: str, described: bool
) -> None:
    place = release(tmp_path / "new", secret, described=described).parent
    under_the_name(place, source, SEALED)
    assert f"is of 'Kesu 0.2.0, {source}.uf2', not of 'Kesu 0.2.0, {SEALED}.uf2'" in refused(place, public)


@pytest.mark.parametrize("source", [SERVICE, STARTER, PICO2])
def test_an_edited_manifest_does_not_change_an_images_identity(folder: Path, source: str) -> None:
    under_the_name(folder, source, SEALED)
    with pytest.raises(KesuError) as error:
        load_image(folder / f"{SEALED}.uf2")
    assert error.value.code == 65, "the image's bytes identify it, without a key"
    assert f"it was built as {source} 0.2.0" in error.value.message or "RP2350" in error.value.message


def test_a_renamed_file_is_refused(folder: Path, public: Path) -> None:
    name = "kesu-pico-4in2-en-sealed"
    for ending in ENDINGS:
        (folder / f"{SEALED}{ending}").rename(folder / f"{name}{ending}")
    assert "does not list a file of this name" in refused(folder, public, name)


@pytest.mark.parametrize(
    "changes",
    [{"profile": "service"}, {"board": "pico2"}, {"policy": {}}, {"version": "9.0"}, {"extra": "field"}],
)
def test_an_unsigned_manifest_is_refused(folder: Path, public: Path, changes: dict[str, Any]) -> None:
    changed_json(folder / f"{SEALED}.json", **changes)
    assert f"{SEALED}.json is not the file that the signed index.json lists" in refused(folder, public)


def test_an_elf_of_another_image_is_refused(folder: Path, public: Path) -> None:
    shutil.copyfile(folder / f"{STARTER}.elf", folder / f"{SEALED}.elf")
    assert f"{SEALED}.elf is not the file" in refused(folder, public)


@pytest.mark.parametrize("name", [f"{SEALED}.uf2", INDEX])
def test_a_signature_that_is_missing_moved_or_edited_is_refused(
    folder: Path, public: Path, name: str
) -> None:
    signature = folder / f"{name}.minisig"
    good = signature.read_text()
    signature.unlink()
    assert f"there is no {name}.minisig" in refused(folder, public)
    shutil.copyfile(folder / f"{STARTER}.uf2.minisig", signature)
    assert "does not fit the content" in refused(folder, public)
    for edited in (
        good.replace("0.2.0", "0.3.0"),
        good.replace("trusted comment: ", "trusted comment:  "),
        good.replace("trusted comment: Kesu", "Kesu"),
        good.replace("untrusted comment: ", "comment: "),
        good + good,
        good.replace("Kesu 0.2.0", "Kesu\x0b0.2.0"),
    ):
        signature.write_text(edited)
        assert "is not good" in refused(folder, public)
    signature.write_text(good)
    assert load_image(folder / f"{SEALED}.uf2", public).sealed


def test_a_valid_signature_with_another_comment_is_refused(folder: Path, public: Path, secret: Path) -> None:
    """As `minisign -S` by the key's owner makes it."""
    path = folder / f"{SEALED}.uf2"
    for words in ("timestamp:1790000000 file:x.uf2", f"Kesu 0.1.0, {SEALED}.uf2", f"Kesu 0.2.0, {INDEX}", ""):
        with minisign.opened(secret) as key:
            path.with_name(f"{path.name}.minisig").write_text(key.sign(path.read_bytes(), words))
        assert f"is of '{words}', not of" in refused(folder, public)


def test_a_signature_of_the_older_kind_is_refused(folder: Path, public: Path, secret: Path) -> None:
    signature = folder / f"{SEALED}.uf2.minisig"
    signature.write_text(signature.read_text().replace("\nRUS4", "\nRWS4"))
    assert "not in minisign's format" in refused(folder, public)


@pytest.mark.parametrize("what", ["key id in the signature", "key id in the public key", "another key"])
def test_a_signature_of_another_key_is_refused(folder: Path, public: Path, what: str) -> None:
    signature = folder / f"{SEALED}.uf2.minisig"
    if what == "key id in the signature":
        signature.write_text(signature.read_text().replace("\nRUS4DdA5", "\nRUS5DdA5"))
    elif what == "key id in the public key":
        public.write_text(PUBLIC.replace("RWS4DdA5", "RWS5DdA5"))
    else:
        public.write_text(PUBLIC.replace("+f79TWj17x3", "+f79TWj18x3"))
    assert "another key" in refused(folder, public) or "does not fit" in refused(folder, public)


def test_the_index_of_an_older_release_is_refused(folder: Path, old: Path, public: Path) -> None:
    for name in (INDEX, f"{INDEX}.minisig"):
        shutil.copyfile(old / name, folder / name)
    assert f"is of 'Kesu 0.2.0, {SEALED}.uf2', not of 'Kesu 0.1.0" in refused(folder, public)


def test_an_image_of_an_older_release_is_refused(folder: Path, old: Path, public: Path) -> None:
    for ending in ENDINGS:
        shutil.copyfile(old / f"{SEALED}{ending}", folder / f"{SEALED}{ending}")
    assert f"is of 'Kesu 0.1.0, {SEALED}.uf2', not of 'Kesu 0.2.0" in refused(folder, public)


def test_an_index_is_refused_with_the_signature_of_another_release(
    folder: Path, old: Path, public: Path
) -> None:
    shutil.copyfile(old / f"{INDEX}.minisig", folder / f"{INDEX}.minisig")
    assert f"the signature of {INDEX} is not good: it does not fit the content" in refused(folder, public)
    (folder / INDEX).unlink()
    assert f"no {INDEX} that can be read" in refused(folder, public)


def test_an_ambiguous_or_incomplete_index_is_refused(folder: Path, public: Path, secret: Path) -> None:
    """Even with a valid signature, in case a release is wrong."""
    whole = (folder / INDEX).read_text()
    text = json.dumps(json.loads(whole))
    cases: list[tuple[str, Callable[[dict[str, Any]], object], str | None]] = [
        ("lists more than once", lambda index: index["images"].append(dict(index["images"][0])), None),
        ("does not list", lambda index: index["images"].pop(0), None),
        ("cannot be read", lambda index: None, text[:-1] + ', "images": []}'),
        ("cannot be read", lambda index: index.pop("images"), None),
        ("format that is not known", lambda index: index.update(format=1), None),
        ("format that is not known", lambda index: index.update(format=True), None),
        ("names no version", lambda index: index.update(version="newest"), None),
        ("does not say what", lambda index: index["images"][0].pop("profile"), None),
        ("does not say what", lambda index: index["images"][0].update(files=None), None),
        ("not the file", lambda index: index["images"][0]["files"].pop(f"{SEALED}.json"), None),
        ("contradicts itself", lambda index: index["images"][0].update(sha256="0" * 64), None),
        ("another folder", lambda index: index["images"][0]["files"].update({"../x": "0" * 64}), None),
        ("has it as kesu-pico-2in9", lambda index: index["images"][0].update(panel="2in9"), None),
        ("has it as", lambda index: index["images"][0].update(profile="service"), None),
        ("its index says 11111111", lambda index: index["images"][0].update(image_id="1" * 8), None),
    ]
    for words, edit, other in cases:
        (folder / INDEX).write_text(whole)
        edited_index(folder, secret, edit, text=other)
        assert words in refused(folder, public)
    (folder / INDEX).write_text(whole)
    edited_index(folder, secret, lambda index: index.update(note="an extra field is allowed"))
    assert load_image(folder / f"{SEALED}.uf2", public).sealed


def test_a_link_is_checked_by_its_target(folder: Path, public: Path) -> None:
    (folder.parent / "latest").symlink_to(folder)
    assert load_image(folder.parent / "latest" / f"{SEALED}.uf2", public).version == "0.2.0"
    for ending in ENDINGS:
        (folder / f"{SEALED}{ending}").unlink()
        (folder / f"{SEALED}{ending}").symlink_to(folder / f"{SERVICE}{ending}")
    assert f"is of 'Kesu 0.2.0, {SERVICE}.uf2'" in refused(folder, public)


def test_the_checked_bytes_are_the_bytes_used(folder: Path, public: Path) -> None:
    taken = load_image(folder / f"{SEALED}.uf2", public)
    before = taken.whole_sectors()
    shutil.copyfile(folder / f"{SERVICE}.uf2", folder / f"{SEALED}.uf2")
    assert taken.data != (folder / f"{SEALED}.uf2").read_bytes()
    assert taken.whole_sectors() == before == parse(taken.data).flash(8192)


@needs_minisign
def test_minisign_reads_the_same_comment_from_the_signatures(folder: Path, public: Path) -> None:
    for name in (f"{SEALED}.uf2", f"{STARTER}.uf2", INDEX):
        command = ["minisign", "-V", "-H", "-Q", "-p", str(public), "-m", str(folder / name)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert done.stdout.strip() == trusted_comment("0.2.0", name)


@needs_minisign
def test_a_release_signed_by_minisign_is_accepted(folder: Path, public: Path, secret: Path) -> None:
    for name in (f"{SEALED}.uf2", INDEX):
        (folder / f"{name}.minisig").unlink()
        words = ["-t", trusted_comment("0.2.0", name)]
        command = ["minisign", "-S", "-s", str(secret), "-m", str(folder / name), *words]
        subprocess.run(command, check=True, capture_output=True, input="\n", text=True)
    assert load_image(folder / f"{SEALED}.uf2", public).signed == f"Kesu 0.2.0, {SEALED}.uf2"


@pytest.mark.parametrize(
    ("older", "newer"),
    [("0.9.0", "0.10.0"), ("0.2.0", "0.2.1"), ("1.0.0rc1", "1.0.0"), ("1.0.0", "1.0.0.post1"), ("9", "10")],
)
def test_versions_are_ordered_as_releases(older: str, newer: str) -> None:
    assert is_older(older, newer)
    assert not is_older(newer, older)
    assert not is_older(older, older)


def test_an_unparsable_version_is_older_than_any(tmp_path: Path) -> None:
    assert is_older("", "0.0.1")
    assert is_older("newest", "0.0.1")
    assert not is_older("1.0", "")
    assert not is_older("1.0.0", "1.0"), "the same version in two spellings"


def test_an_identity_is_read_only_from_binary_info() -> None:
    good = code_with(f"{SEALED} 0.2.0 0badcafe")
    found = identity_of(good)
    assert found is not None
    assert (found.name, found.version, found.image_id, found.sealed) == (SEALED, "0.2.0", "0badcafe", True)
    for text in (f"{SEALED} 0.2.0", f"{SEALED} 0..2 0badcafe", f"{SEALED} 0.2.0 0badcafe more", "a program"):
        assert description_in(code_with(text)) == text
        assert identity_of(code_with(text)) is None
    assert description_in(code_with(None)) is None
    assert description_in(b"") is None
    for cut in range(0, len(good), 61):
        assert description_in(good[:cut]) in (None, f"{SEALED} 0.2.0 0badcafe") or cut < 0x460


def test_an_image_of_another_version_than_its_release_is_refused(
    tmp_path: Path, secret: Path, public: Path
) -> None:
    place = tmp_path / "mixed"
    place.mkdir()
    sign_folder(place, "0.3.0", [image(place, "0.2.0")], secret)
    assert "it was built as kesu-pico-4in2-sealed 0.2.0 0badcafe; its release is 0.3.0" in refused(
        place, public
    )
