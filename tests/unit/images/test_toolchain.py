"""test_toolchain: an image of another toolchain than the pinned one records it, and its release needs an option."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from kesu.common.errors import Exit, KesuError
from kesu.images.toolchain import command, toolchain
from kesu.images.toolchain.image import up_to_date
from kesu.images.toolchain.pin_toolchain import document
from kesu.images.toolchain.request import BuiltImage
from kesu.images.toolchain.toolchain import Toolchain, in_words, linked_in, pinned
from kesu.release.make import Plan, _refuse_other

LIBC = "newlib/thumb/v6-m/nofp/libc.a"


@pytest.fixture
def amd64(monkeypatch: pytest.MonkeyPatch) -> Toolchain:
    """The pinned toolchain, as it is measured for the Pico."""
    monkeypatch.setattr(toolchain, "processor", lambda: "amd64")
    pins = pinned()
    libraries = {name: value for name, value in pins["libraries"].items() if "v8-m" not in name}
    return Toolchain(pins["packages"], pins["programs"]["amd64"], pins["headers"], libraries)


def manifest(found: Toolchain, *linked: str) -> dict[str, object]:
    return {"version": "0.1.0", "toolchain": {**found.described(), "linked": [*(linked or [LIBC])]}}


def changed(found: Toolchain, part: str, name: str, value: str = "0" * 64) -> Toolchain:
    return replace(found, **{part: {**getattr(found, part), name: value}})


def test_the_pinned_toolchain_has_no_differences(amd64: Toolchain) -> None:
    assert amd64.differs() == []
    assert in_words(manifest(amd64)) == ""


@pytest.mark.parametrize(
    ("part", "name"),
    [
        ("programs", "cc1"),
        ("programs", "ld"),
        ("programs", "a second compiler"),
        ("headers", "newlib"),
        ("libraries", LIBC),
        ("libraries", "gcc/thumb/v6-m/nofp/libgcc.a"),
    ],
)
def test_any_changed_file_is_named(amd64: Toolchain, part: str, name: str) -> None:
    other = changed(amd64, part, name)
    assert other.differs() == [name]
    assert in_words(manifest(other)) == f"not the pinned toolchain: {name}"
    assert in_words(manifest(changed(amd64, part, name, toolchain.MISSING))).endswith(name)


def test_a_version_alone_is_not_compared(amd64: Toolchain) -> None:
    assert changed(amd64, "packages", "gcc-arm-none-eabi", "15:14.2.rel1-1+deb13u1").differs() == []


def test_a_library_from_elsewhere_is_named(amd64: Toolchain) -> None:
    assert in_words(manifest(amd64, LIBC, "newlib/libother.a")).endswith(": newlib/libother.a")


def test_without_pins_for_the_processor_the_toolchain_differs(
    amd64: Toolchain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(toolchain, "processor", lambda: "arm64")
    assert amd64.differs() == [], "an image built on amd64 is compared with amd64's pins on every machine"
    other = replace(amd64, programs=dict.fromkeys(amd64.programs, "1" * 64))
    assert "cc1" in other.differs()
    assert in_words(manifest(other)).endswith("more")


@pytest.mark.parametrize("record", [None, {}, [], {"pinned": True}, {"programs": 3}, "pinned"])
def test_a_manifest_without_a_toolchain_is_reported(record: object) -> None:
    assert in_words({"toolchain": record}) == "its toolchain is not recorded"
    assert in_words({}) == "its toolchain is not recorded"


def test_an_empty_record_is_not_the_pinned_toolchain(amd64: Toolchain) -> None:
    empty = Toolchain({}, {}, pinned()["headers"], {})
    assert in_words(manifest(empty)) != ""


def image(folder: Path, content: dict[str, object]) -> BuiltImage:
    files = BuiltImage(folder / "x.uf2", folder / "x.elf", folder / "x.json")
    files.manifest.write_text(json.dumps(content))
    return files


def plan(**what: Any) -> Plan:
    base = Plan("0.1.0", (), "none", (), None, True, None)
    return replace(base, **what)


def test_a_release_refuses_another_toolchain_unless_asked(amd64: Toolchain, tmp_path: Path) -> None:
    _refuse_other(image(tmp_path, manifest(amd64)), plan())
    other = image(tmp_path, manifest(changed(amd64, "libraries", LIBC)))
    with pytest.raises(KesuError, match="not the pinned toolchain: newlib") as error:
        _refuse_other(other, plan())
    assert error.value.code == Exit.DATA
    assert "--other-toolchain" in error.value.hint
    _refuse_other(other, plan(other_toolchain=True))


def test_a_release_refuses_an_image_of_another_version(amd64: Toolchain, tmp_path: Path) -> None:
    with pytest.raises(KesuError, match=r"is of version 0.1.0, this release is 0.2.0"):
        _refuse_other(image(tmp_path, manifest(amd64)), plan(version="0.2.0"))


def test_a_build_prints_a_warning(amd64: Toolchain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = image(tmp_path, manifest(amd64))
    files.uf2.touch()
    monkeypatch.setattr(command, "build", lambda _: files)
    assert "WARNING" not in CliRunner().invoke(command.command, []).output
    image(tmp_path, manifest(changed(amd64, "programs", "cc1")))
    assert "WARNING: x.uf2: not the pinned toolchain: cc1." in CliRunner().invoke(command.command, []).output


def test_an_image_of_another_toolchain_is_rebuilt(amd64: Toolchain, tmp_path: Path) -> None:
    files = image(tmp_path, {})
    for path in (files.uf2, files.elf):
        path.write_bytes(b"")
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    content = manifest(amd64) | {"input_hash": "1", "outputs": {"x.uf2": empty, "x.elf": empty}}
    image(tmp_path, content)
    assert up_to_date(files, "1", amd64.described())
    assert not up_to_date(files, "1", changed(amd64, "programs", "cc1").described())
    assert not up_to_date(files, "2", amd64.described())


def test_printed_pins_are_read_back_unchanged(amd64: Toolchain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kesu.images.toolchain.pin_toolchain.processor", lambda: "riscv64")
    printed = tomllib.loads(document({"pico": amd64}, {"amd64": {"cc1": "2" * 64}}))
    assert printed["libraries"] == amd64.libraries
    assert printed["programs"] == {"amd64": {"cc1": "2" * 64}, "riscv64": amd64.programs}


def test_this_machines_toolchain_is_measured() -> None:
    found = toolchain.measured("pico")
    assert len(found.programs["cc1"]) == 64
    gcc, newlib = toolchain._folders()
    names = [
        f"LOAD {gcc}/thumb/v6-m/nofp/libgcc.a",
        f"LOAD {gcc}/../../../arm-none-eabi/lib/thumb/v6-m/nofp/libc.a",
    ]
    names += ["LOAD CMakeFiles/x.obj", "LOAD linker stubs", f" {newlib}/lib/nosys.specs", "LOAD /etc/passwd"]
    assert linked_in("\n".join(names)) == ["gcc/thumb/v6-m/nofp/libgcc.a", LIBC]
    assert set(linked_in("\n".join(names))) <= found.libraries.keys()
