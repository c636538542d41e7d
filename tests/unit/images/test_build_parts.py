"""test_build_parts: apt sources, checks of downloads, staging and compiler messages, without a compiler."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest
from kesu.common.errors import KesuError
from kesu.images.toolchain.compile import useful_lines
from kesu.images.toolchain.debian import mirror_entries
from kesu.images.toolchain.request import BuildRequest
from kesu.images.toolchain.sources import check_file, pinned, port_stamp
from kesu.images.toolchain.stage import lay_out

FIRMWARE = Path(__file__).parents[3] / "firmware"


def test_mirrors_are_read_in_both_formats_without_flat_repositories(tmp_path: Path) -> None:
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list").write_text(
        "# a comment\ndeb [arch=amd64 signed-by=/k.gpg] file:/mirror trixie main contrib\n"
        "deb-src file:/other trixie main\n",
        encoding="utf-8",
    )
    (tmp_path / "sources.list.d" / "a.sources").write_text(
        "Types: deb\nURIs: file:/second\nSuites: trixie trixie-updates\nComponents: main\n"
        "Signed-By:\n -----BEGIN-----\n .\n -----END-----\n\n"
        "Types: deb\nURIs: file:/flat\nSuites: ./\n\n"
        "Types: deb\nEnabled: no\nURIs: file:/off\nSuites: trixie\n",
        encoding="utf-8",
    )
    first, second = mirror_entries(tmp_path)
    assert first == {
        "URIs": "file:/mirror",
        "Suites": "trixie",
        "Components": "main contrib",
        "Signed-By": "/k.gpg",
    }
    assert second["URIs"] == "file:/second"
    assert second["Suites"] == "trixie trixie-updates"
    assert "-----BEGIN-----" in second["Signed-By"]


def test_every_pin_has_a_whole_hash() -> None:
    sources = pinned()
    assert set(sources) == {"micropython", "pico-sdk", "tinyusb"}
    for source in sources.values():
        assert source.sha256
        assert all(len(bytes.fromhex(digest)) == 32 for digest in source.sha256.values())


def test_a_download_with_another_hash_is_refused_and_removed(tmp_path: Path) -> None:
    path = tmp_path / "file.tar"
    path.write_bytes(b"as pinned")
    check_file(path, hashlib.sha256(b"as pinned").hexdigest())
    with pytest.raises(KesuError, match=r"file\.tar has SHA-256"):
        check_file(path, hashlib.sha256(b"another").hexdigest())
    assert not path.exists()


def test_only_changed_files_of_the_stage_are_written(tmp_path: Path) -> None:
    firmware = tmp_path / "firmware"
    shutil.copytree(FIRMWARE, firmware)
    request = BuildRequest(firmware=firmware, out=tmp_path)
    stage = tmp_path / "stage"
    assert lay_out(request, stage, "01234567")
    assert not lay_out(request, stage, "01234567")
    before = {path: path.stat().st_mtime_ns for path in stage.rglob("*") if path.is_file()}
    with (firmware / "main.py").open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    assert lay_out(request, stage, "01234567")
    touched = {path.name for path, moment in before.items() if path.stat().st_mtime_ns != moment}
    assert touched == {"main.py"}
    (firmware / "kesu_pad" / "timers.py").unlink()
    assert lay_out(request, stage, "01234567")
    assert not (stage / "app" / "kesu_pad" / "timers.py").exists()
    assert "timers.py" not in (stage / "manifest.py").read_text(encoding="utf-8")


def test_the_sealed_and_the_service_stage_differ_where_they_should(tmp_path: Path) -> None:
    for profile, service in (("sealed", "False"), ("service", "True")):
        lay_out(BuildRequest(profile=profile, out=tmp_path), tmp_path / profile, "01234567")
        policy = (tmp_path / profile / "app" / "kesu_pad" / "policy.py").read_text(encoding="utf-8")
        assert f"SERVICE = const({service})" in policy
        assert (tmp_path / profile / "boot" / "_boot.py").exists() is (profile == "sealed")


def test_compiler_lines_are_found_between_long_commands() -> None:
    log = (
        "[1/9] Building C object a.c.o\nFAILED: a.c.o\n/usr/bin/arm-none-eabi-gcc -DX=1 -c /a/error.c\n"
        "/a/b.c:7:3: error: 'x' undeclared\nninja: build stopped: subcommand failed.\n"
    )
    assert useful_lines(log) == ["/a/b.c:7:3: error: 'x' undeclared"]
    assert useful_lines("only this\n") == ["only this"]


def test_a_moved_cache_is_rebuilt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stamp(place: str) -> str:
        monkeypatch.setenv("KESU_CACHE", str(tmp_path / place))
        return port_stamp(FIRMWARE / "patches", {})

    assert stamp("here") == stamp("here")
    assert stamp("here") != stamp("there")
