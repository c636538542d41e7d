"""test_policy_command: kesu policy, audit --base and card, run outside of the checkout; every refusal has a control."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import hashlib
import json
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from kesu.common.errors import Exit
from kesu.common.uf2 import BLOCK_SIZE, FAMILY_RP2350_ARM, FLASH, parse
from kesu.images.policy.block import PLACE, packed
from kesu.images.policy.copy import apply
from kesu.images.policy.stamp import base_of, block_of
from kesu.spec.policy import DEFAULTS, LAYOUT
from pad_images import uf2_bytes
from release_folders import code_with

NAME = "kesu-pico-4in2-sealed"
POLICY = '[page]\nlanguage = "en"\n[timeouts]\nidle_s = 45\n'


def kesu(folder: Path, *words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "kesu", *map(str, words)],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def image(folder: Path, name: str = NAME, **what: object) -> Path:
    path = folder / f"{name}.uf2"
    path.write_bytes(uf2_bytes(code_with(f"{name} 0.1.0 0badcafe"), **what))  # type: ignore[arg-type]  # a family
    return path


def refused(folder: Path, code: Exit, *words: object) -> str:
    done = kesu(folder, *words)
    assert done.returncode == code, done.stderr
    assert "  -> " in done.stderr or code == Exit.USAGE, "what to do next"
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    return done.stderr


def elf_with(code: bytes) -> bytes:
    """An ELF with one loaded segment at the start of flash: header (52 bytes), one program header (32)."""
    head = struct.pack(
        "<4s5B7x2H5I6H", b"\x7fELF", 1, 1, 1, 0, 0, 2, 40, 1, FLASH.start, 52, 0, 0, 52, 32, 1, 0, 0, 0
    )
    return head + struct.pack("<8I", 1, 84, FLASH.start, FLASH.start, len(code), len(code), 5, 4) + code


@pytest.mark.slow
def test_a_policy_is_applied_and_shown(tmp_path: Path) -> None:
    base = image(tmp_path)
    before = base.read_bytes()
    (tmp_path / "policy.toml").write_text(POLICY)
    done = kesu(tmp_path, "policy", "apply", base, "policy.toml", "-o", "desk.uf2")
    assert done.returncode == 0, done.stderr
    assert 'timeouts.idle_s = 45, page.language = "en"' in done.stdout
    desk = tmp_path / "desk.uf2"
    data = desk.read_bytes()
    wanted = DEFAULTS | {"page.language": 1, "timeouts.idle_s": 45}
    assert block_of(parse(data), desk).values == wanted
    assert base.read_bytes() == before
    assert base_of(data, desk) == base_of(before, base)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["desk.uf2", f"{NAME}.uf2", "policy.toml"]

    shown = kesu(tmp_path, "policy", "show", "desk.uf2").stdout
    assert shown.startswith(f"{NAME} 0.1.0, image 0badcafe, policy {block_of(parse(data), desk).checksum}")
    assert "timeouts.idle_s          45  (default 180)" in shown
    content = json.loads(kesu(tmp_path, "policy", "show", "desk.uf2", "--json").stdout)
    assert (content["image_id"], content["preset"]) == ("0badcafe", None)
    assert content["policy"]["page.language"] == "en"
    assert content["policy_crc"] == block_of(parse(data), desk).checksum
    (tmp_path / "again.toml").write_text(kesu(tmp_path, "policy", "show", "desk.uf2", "--toml").stdout)
    assert kesu(tmp_path, "policy", "apply", base, "again.toml", "-o", "again.uf2").returncode == 0
    assert (tmp_path / "again.uf2").read_bytes() == data, "show and apply are inverse"


def test_the_pico_2_is_stamped_as_well(tmp_path: Path) -> None:
    base = image(tmp_path, "kesu-pico2-4in2-sealed", family=FAMILY_RP2350_ARM)
    assert kesu(tmp_path, "policy", "apply", base, "--preset", "strict", "-o", "s.uf2").returncode == 0
    assert json.loads(kesu(tmp_path, "policy", "show", "s.uf2", "--json").stdout)["preset"] == "strict"


def test_presets_are_listed_and_printed(tmp_path: Path) -> None:
    listed = kesu(tmp_path, "policy", "presets").stdout.splitlines()
    assert [line.partition(":")[0] for line in listed] == ["desk-without-pc", "standard", "strict"]
    assert kesu(tmp_path, "policy", "presets", "standard").stdout.startswith("# standard.toml")


def test_elf_and_manifest_beside_the_image_are_stamped_too(tmp_path: Path) -> None:
    base = image(tmp_path)
    code = code_with(f"{NAME} 0.1.0 0badcafe")
    base.with_suffix(".elf").write_bytes(elf_with(code))
    outputs = {f"{NAME}.uf2": "of the base", f"{NAME}.elf": "of the base"}
    base.with_suffix(".json").write_text(json.dumps({"name": NAME, "outputs": outputs, "policy": {}}))
    done = kesu(tmp_path, "policy", "apply", base, "--preset", "strict", "-o", "strict.uf2")
    assert done.returncode == 0, done.stderr
    new = {ending: (tmp_path / f"strict.{ending}").read_bytes() for ending in ("uf2", "elf")}
    manifest = json.loads((tmp_path / "strict.json").read_text())
    assert manifest["outputs"] == {
        f"strict.{ending}": hashlib.sha256(data).hexdigest() for ending, data in new.items()
    }
    assert manifest["base_uf2_sha256"] == hashlib.sha256(base.read_bytes()).hexdigest()
    assert manifest["policy"]["WRAP_UP_MS"] == 0
    at = 84 + PLACE.start - FLASH.start
    assert new["elf"] == elf_with(code)[:at] + new["elf"][at : at + 256] + elf_with(code)[at + 256 :]
    assert parse(new["uf2"]).flash(5120)[PLACE.start - FLASH.start :][:256] == new["elf"][at : at + 256]

    base.with_suffix(".elf").write_bytes(b"\x7fELF of another program")
    assert "not of this image" in refused(
        tmp_path, Exit.DATA, "policy", "apply", base, "--preset", "strict", "-o", "other.uf2"
    )
    assert not (tmp_path / "other.uf2").exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[timeouts]\nidle_s = 19\n", "line 2: timeouts.idle_s is 19"),
        ("[timeouts]\nidel_s = 90\n", "Did you mean 'timeouts.idle_s'"),
        ("[page]\nhand = 'both'\n", "line 2: page.hand is both"),
        ("[timeouts\n", "is not TOML"),
    ],
)
def test_a_wrong_policy_writes_nothing(tmp_path: Path, text: str, said: str) -> None:
    base = image(tmp_path)
    (tmp_path / "policy.toml").write_text(text)
    (tmp_path / "desk.uf2").write_bytes(b"kept")
    assert said in refused(tmp_path, Exit.CONFIG, "policy", "apply", base, "policy.toml", "-o", "desk.uf2")
    assert (tmp_path / "desk.uf2").read_bytes() == b"kept"


@pytest.mark.slow
def test_only_sealed_images_with_a_block_are_stamped(tmp_path: Path) -> None:
    def said(path: Path, code: Exit = Exit.DATA) -> str:
        return refused(tmp_path, code, "policy", "apply", path, "--preset", "strict", "-o", "out.uf2")

    assert "only sealed images get a policy" in said(image(tmp_path, "kesu-pico-4in2-service"))
    stock = tmp_path / "stock.uf2"
    stock.write_bytes(uf2_bytes(code_with(None)))
    assert "no image of a Kesu pad" in said(stock)
    old = tmp_path / "old.uf2"
    old.write_bytes(image(tmp_path).read_bytes().replace(packed(DEFAULTS), bytes(LAYOUT.bytes)))
    assert "it has no policy block" in said(old)
    later = bytearray(packed(DEFAULTS))
    later[4] = LAYOUT.layout + 1
    old.write_bytes(image(tmp_path).read_bytes().replace(packed(DEFAULTS), bytes(later)))
    assert f"has layout {LAYOUT.layout + 1}" in said(old)
    old.write_bytes(image(tmp_path).read_bytes()[:-1])
    assert "truncated" in said(old)
    assert "does not exist" in said(tmp_path / "gone.uf2", Exit.NO_INPUT)
    assert not (tmp_path / "out.uf2").exists()
    assert (
        kesu(tmp_path, "policy", "apply", image(tmp_path), "--preset", "strict", "-o", "out.uf2").returncode
        == 0
    )


def test_the_output_is_a_new_file_with_the_right_name(tmp_path: Path) -> None:
    base = image(tmp_path)
    before = base.read_bytes()
    words = ("policy", "apply", base, "--preset", "strict", "-o")
    assert "is the image itself" in refused(tmp_path, Exit.USAGE, *words, base)
    assert "does not end with .uf2" in refused(tmp_path, Exit.USAGE, *words, "desk.bin")
    assert "cannot be written" in refused(tmp_path, Exit.CANNOT_CREATE, *words, "no/such/folder/desk.uf2")
    assert "Give a POLICY file or --preset" in refused(
        tmp_path, Exit.USAGE, "policy", "apply", base, "-o", "desk.uf2"
    )
    assert base.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == [base.name]


def test_show_refuses_an_image_without_a_valid_block(tmp_path: Path) -> None:
    base = image(tmp_path)
    data = bytearray(base.read_bytes())
    at = data.index(packed(DEFAULTS))
    data[at + 8] ^= 1
    base.write_bytes(data)
    assert "checksum" in refused(tmp_path, Exit.DATA, "policy", "show", base)
    data[at + 8] ^= 1
    base.write_bytes(data)
    assert kesu(tmp_path, "policy", "show", base).returncode == 0, "the control"


def test_the_card_is_that_of_an_image(tmp_path: Path) -> None:
    base = image(tmp_path)
    desk, *_ = apply(base, DEFAULTS | {"page.language": 1}, tmp_path / "desk.uf2")
    assert kesu(tmp_path, "card", desk, "--out", "card.html").returncode == 0
    assert "operator's card" in (tmp_path / "card.html").read_text(encoding="utf-8")
    assert "exclude each other" in refused(
        tmp_path, Exit.USAGE, "card", desk, "--preset", "strict", "--out", "card.html"
    )


def test_base_comparison_finds_every_other_changed_block(tmp_path: Path) -> None:
    from kesu.verify.structure.base import stamp_finding

    base = image(tmp_path)
    desk, *_ = apply(base, DEFAULTS | {"timeouts.idle_s": 20}, tmp_path / "desk.uf2")
    assert stamp_finding(desk, base).holds
    data = desk.read_bytes()
    for start in range(0, len(data), BLOCK_SIZE):
        here = int.from_bytes(data[start + 12 : start + 16], "little")
        desk.write_bytes(data[: start + 40] + bytes([data[start + 40] ^ 1]) + data[start + 41 :])
        found = stamp_finding(desk, base)
        assert not found.holds
        expected = "checksum" if here == PLACE.start else f"0x{here:08x}"
        assert expected in found.detail
    desk.write_bytes(data[:-BLOCK_SIZE])
    assert not stamp_finding(desk, base).holds
