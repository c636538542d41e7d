"""The static folder: its files, and which folders are not changed."""

# SPDX-License-Identifier: MIT
import hashlib
import json
import struct
from pathlib import Path

import pytest
from kesu.common.errors import Exit, KesuError
from kesu.demo.page import bundle, image_files, site
from kesu.images import toolchain
from kesu.spec.policy import LANGUAGES


def test_the_boot_rom_is_complete_and_in_the_chips_byte_order(tmp_path: Path) -> None:
    image_files.write_bootrom(tmp_path)
    rom = (tmp_path / "bootrom.bin").read_bytes()
    assert len(rom) == 16 * 1024
    # Datasheet 2.8.3: initial stack pointer, reset vector, then "Mu" and the version at 10h.
    assert rom[0x10:0x13] == b"Mu\x01"
    stack, reset = struct.unpack_from("<II", rom)
    assert stack % 4 == 0
    assert reset < len(rom)
    assert reset & 1


def test_a_folder_with_other_files_is_not_changed(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(KesuError, match="is not the page") as caught:
        site.build_site(tmp_path, images=[])
    assert caught.value.code == Exit.CANNOT_CREATE
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_without_node_the_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(KesuError, match="Missing to build the page: node, npm") as caught:
        site.build_site(tmp_path / "pad", images=[])
    assert caught.value.code == Exit.UNAVAILABLE
    assert "nodejs" in caught.value.hint
    assert list(tmp_path.iterdir()) == []


def test_an_old_node_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, prints in (("node", "v18.19.0"), ("npm", "9")):
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\necho {prints}\n", encoding="ascii")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(KesuError, match=r"v18\.19\.0 is too old"):
        bundle.require_node()


def test_an_elf_of_another_program_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.elf").write_bytes(b"not an ELF")
    with pytest.raises(KesuError, match=r"other\.elf"):
        image_files.memory_names(tmp_path / "other.elf")


def test_a_language_is_the_shared_file_with_its_changes() -> None:
    old, new = bytes(range(64)), bytearray(range(64))
    new[3], new[10:12], new[63] = 0xFF, b"\xaa\xbb", 1
    found = image_files.changes(old, bytes(new))
    assert found == [(3, "ff"), (10, "aabb"), (63, "01")]
    assert image_files.changes(old, old) == []
    with pytest.raises(ValueError, match="shorter"):
        image_files.changes(old, old[:-1])


def test_each_version_in_the_list_has_the_checksum_of_what_runs(tmp_path: Path) -> None:
    built = toolchain.ensure("sealed", board="pico2", panel="2in9")
    image_files.write_images(tmp_path, [image_files.PadImage("pico2", "2in9", built)])
    entries = json.loads((tmp_path / "images" / "index.json").read_text(encoding="utf-8"))["images"]
    assert [entry["lang"] for entry in entries] == list(LANGUAGES)
    assert entries[0]["changes"] == []
    assert entries[1]["changes"]
    for entry, whole in zip(entries, image_files.in_languages(built).values(), strict=True):
        content = bytearray((tmp_path / entry["uf2"]).read_bytes())
        for at, new in entry["changes"]:
            content[at : at + len(new) // 2] = bytes.fromhex(new)
        assert content == whole
        assert hashlib.sha256(content).hexdigest() == entry["sha256"]
    stretches = json.loads((tmp_path / entries[0]["map"]).read_text(encoding="utf-8"))["regions"]
    assert max(one["address"] + one["length"] for one in stretches) > 0x2004_2000, "beyond an RP2040's memory"
