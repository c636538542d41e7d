"""test_relink: an image that was linked from a kit has the bytes of a whole build of the same sources."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from pathlib import Path

import pytest
from kesu.common.errors import KesuError
from kesu.images.toolchain.image import compiled
from kesu.images.toolchain.kit import Kit, kit
from kesu.images.toolchain.relink import can_relink, relink
from kesu.images.toolchain.request import BuildRequest
from kesu.verify import mutants

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def parts() -> Kit:
    return kit(BuildRequest())


def test_nothing_changed_gives_the_base_image(parts: Kit, tmp_path: Path) -> None:
    image = relink(parts, {}, tmp_path / "none")
    assert image.uf2.read_bytes() == parts.base.uf2.read_bytes()


def test_the_same_text_compiled_again_gives_the_base_image(parts: Kit, tmp_path: Path) -> None:
    again = {
        "native/memory.c": (parts.stage / "native" / "memory.c").read_text(encoding="utf-8"),
        "native/usb_gate.h": (parts.stage / "native" / "usb_gate.h").read_text(encoding="utf-8"),
        "kesu_pad/app.py": (parts.stage / "app" / "kesu_pad" / "app.py").read_text(encoding="utf-8"),
        "port/py/scheduler.c": (parts.port / "py" / "scheduler.c").read_text(encoding="utf-8"),
    }
    image = relink(parts, again, tmp_path / "again")
    assert image.uf2.read_bytes() == parts.base.uf2.read_bytes()


@pytest.mark.long
def test_a_leak_has_the_bytes_of_a_whole_build(parts: Kit, tmp_path: Path) -> None:
    chosen = next(one for one in mutants.load() if one.name == "zero-one-byte-short")
    other = next(one for one in mutants.load() if one.name == "pen-state-not-owned")
    request = BuildRequest()
    texts = chosen.changed(request.tree) | other.changed(request.tree)
    assert {Path(name).suffix for name in texts} == {".c", ".py"}
    linked = relink(parts, texts, tmp_path / "linked")
    tree = mutants.changed_tree(chosen, tmp_path / "firmware")
    for name, text in texts.items():
        (tree / name).write_text(text, encoding="utf-8")
    shown = parts.base.manifest.read_text(encoding="utf-8").partition('"input_hash": "')[2][:8]
    with compiled(BuildRequest(firmware=tree), shown) as folders:
        whole = (folders.out / "firmware.uf2").read_bytes()
    assert linked.uf2.read_bytes() == whole
    assert whole != parts.base.uf2.read_bytes(), "the change shows in the image"


def test_a_new_file_of_c_is_linked(parts: Kit, tmp_path: Path) -> None:
    memory = (parts.stage / "native" / "memory.c").read_text(encoding="utf-8")
    begin = "static mp_obj_t kesu_zero_owned(void) {\n"
    assert memory.count(begin) == 1
    changes = {
        "native/added.c": "int kesu_added;\nvoid kesu_add(void);\nvoid kesu_add(void) { ++kesu_added; }\n",
        "native/memory.c": memory.replace(begin, f"void kesu_add(void);\n{begin}    kesu_add();\n"),
    }
    assert b"kesu_added" in relink(parts, changes, tmp_path / "new").elf.read_bytes()
    assert b"kesu_added" not in parts.base.elf.read_bytes()


def test_what_does_not_compile_or_exist_is_an_error(parts: Kit, tmp_path: Path) -> None:
    with pytest.raises(KesuError, match="error"):
        relink(parts, {"native/memory.c": "no C"}, tmp_path / "wrong")
    with pytest.raises(KesuError, match="no module"):
        relink(parts, {"kesu_pad/nothing.py": ""}, tmp_path / "no-module")
    with pytest.raises(KesuError, match="not built from"):
        relink(parts, {"port/py/nothing.c": ""}, tmp_path / "no-file")


def test_only_sources_of_the_image_can_be_relinked() -> None:
    assert can_relink({"native/memory.c": "", "kesu_pad/app.py": "", "main.py": ""})
    assert not can_relink({"boards/common.h": ""})
    assert not can_relink({"patches/0001-rp2-mbedtls-optional.patch": ""})
