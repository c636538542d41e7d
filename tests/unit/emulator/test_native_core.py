"""test_native_core: the C core is found or compiled, and its absence is never silent."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from kesu.common import checkout
from kesu.emulator.chips.rp2040 import thumb
from kesu.emulator.core import native


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """As in an installed package: a folder with the core's files, and the user's home with an empty cache."""
    folder = tmp_path / "site-packages"
    folder.mkdir()
    for path in native.THUMB.all_files:
        shutil.copy(path, folder)
    monkeypatch.setattr(native, "THUMB", native.Source("thumb", folder))
    monkeypatch.setattr(checkout, "ROOT", tmp_path)
    for name in ("KESU_CACHE", "XDG_CACHE_HOME", thumb.REFERENCE):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    thumb._library.cache_clear()
    return tmp_path


@pytest.fixture(autouse=True)
def forget() -> object:
    yield
    thumb._library.cache_clear()


def no_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")


@pytest.mark.slow
def test_a_packaged_library_is_used_without_a_compiler(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packaged = native.THUMB.folder / native.THUMB.file_name()
    native.THUMB.compile_to(packaged)
    no_compiler(monkeypatch)
    assert native.load(native.THUMB)._name == str(packaged)
    assert hasattr(native.load(native.THUMB), "kesu_thumb_run")


@pytest.mark.slow
def test_the_library_of_another_source_is_not_used(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    native.THUMB.compile_to(native.THUMB.folder / native.THUMB.file_name())
    source = native.THUMB.folder / "thumb.c"
    source.write_text(source.read_text(encoding="utf-8") + "\n/* changed */\n", encoding="utf-8")
    no_compiler(monkeypatch)
    with pytest.raises(native.NotCompiled, match="no C compiler"):
        native.load(native.THUMB)


@pytest.mark.slow
def test_it_is_compiled_once_into_the_users_cache(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cached = place / "home" / ".cache" / "kesu" / "virtual" / native.THUMB.file_name()
    assert native.load(native.THUMB)._name == str(cached)
    no_compiler(monkeypatch)
    assert native.load(native.THUMB)._name == str(cached)


@pytest.mark.slow
def test_without_a_usable_cache_it_is_compiled_for_this_run(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/dev/null")
    assert hasattr(native.load(native.THUMB), "kesu_thumb_run")


@pytest.mark.slow
def test_a_library_that_others_may_change_is_not_loaded(place: Path) -> None:
    folder = place / "home" / ".cache" / "kesu" / "virtual"
    folder.mkdir(parents=True)
    folder.chmod(0o777)
    assert not native.load(native.THUMB)._name.startswith(str(folder))
    folder.chmod(0o700)
    assert native.load(native.THUMB)._name == str(folder / native.THUMB.file_name())


@pytest.mark.parametrize("why", ["no C compiler was found", "cc failed: some error of its own"])
def test_without_the_core_one_line_names_slowdown_and_remedy(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], why: str
) -> None:
    if why.startswith("cc"):
        tools = place / "tools"
        tools.mkdir()
        (tools / "cc").write_text("#!/bin/sh\necho 'some error of its own' >&2\nexit 1\n", encoding="utf-8")
        (tools / "cc").chmod(0o755)
        monkeypatch.setenv("PATH", f"{tools}{os.pathsep}/usr/bin:/bin")
    else:
        no_compiler(monkeypatch)
    assert thumb._library() is None
    assert thumb._library() is None
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert said.startswith("WARNING: the virtual pad runs up to 50 times slower")
    assert why in said
    assert "Install a C compiler" in said


@pytest.mark.slow
def test_with_the_core_nothing_is_said(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert thumb._library() is not None
    assert capsys.readouterr().err == ""
