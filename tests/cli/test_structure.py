"""test_structure: the audit accepts the sealed image and rejects the service image and every tampered one."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from elftools.elf.elffile import ELFFile
from kesu.images.policy.block import packed
from kesu.images.toolchain import BuiltImage, ensure
from kesu.spec.policy import DEFAULTS
from kesu.verify.outcome import Finding
from kesu.verify.structure import Enumerated, audit
from kesu.verify.structure.chips import RP2040
from kesu.verify.structure.code import Code
from kesu.verify.structure.frozen import module_hash, module_names
from kesu.verify.structure.symbols import FORBIDDEN

pytestmark = pytest.mark.slow

DEVICE = bytes.fromhex("120100 02ef020140 0912 0100 0001 01020001".replace(" ", ""))
CONFIGURATION = bytes.fromhex(
    "09024b00020100807d080b000202020000090400000102020000052400200105240100010424020605240600"
    "010705810310001009040100020a0000000705020240000007058202400000"
)


@pytest.fixture(scope="module")
def sealed() -> BuiltImage:
    return ensure("sealed")


@pytest.fixture(scope="module")
def service_findings() -> dict[str, Finding]:
    return by_rule(audit(ensure("service")))


@pytest.fixture(scope="module")
def stock_findings() -> dict[str, Finding]:
    return by_rule(audit(ensure("stock")))


@pytest.fixture
def copy(sealed: BuiltImage, tmp_path: Path) -> BuiltImage:
    """A copy of the sealed image to tamper with."""
    paths = [
        Path(shutil.copy(path, tmp_path / path.name)) for path in (sealed.uf2, sealed.elf, sealed.manifest)
    ]
    return BuiltImage(*paths)


def by_rule(findings: list[Finding]) -> dict[str, Finding]:
    assert len({finding.rule for finding in findings}) == len(findings), "each rule is reported once"
    return {finding.rule: finding for finding in findings}


def broken(image: BuiltImage, enumerated: Enumerated | None = None) -> set[str]:
    return {finding.rule for finding in audit(image, enumerated) if not finding.holds}


def edit_manifest(image: BuiltImage, change: Callable[[dict[str, Any]], object]) -> None:
    manifest = json.loads(image.manifest.read_text(encoding="utf-8"))
    change(manifest)
    image.manifest.write_text(json.dumps(manifest), encoding="utf-8")


def vouch_again(image: BuiltImage) -> None:
    """Put the hashes of the changed files into the manifest, as a careful forger would."""
    sums = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (image.uf2, image.elf)}
    edit_manifest(image, lambda manifest: manifest.update(outputs=sums))


def test_the_sealed_image_passes(sealed: BuiltImage) -> None:
    assert [finding for finding in audit(sealed) if not finding.holds] == []
    assert broken(sealed, Enumerated(DEVICE, CONFIGURATION)) == set()


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ("profile", "service image"),
        ("policy", "SERVICE"),
        ("no compiler", "mp_compile"),
        ("no console", "readline"),
        ("no REPL", "prompt"),
        ("no USB console", "tud_cdc|cdcd"),
        ("no flash writing", "flash_range_erase"),
        ("no file system", "keep files"),
        ("no way to the boot loader", "machine_bootloader_obj"),
        ("no copied console", "dupterm"),
        ("no serial port", "machine_uart_type"),
        ("no raw memory access", "machine_mem32_obj"),
        ("no DMA or PIO from Python", "mp_module_rp2"),
        ("no flash routine of the boot ROM", "erase flash|connect the flash chip"),
        ("no direct way to the flash chip", "flash_cs_force"),
        ("no writable storage", "1,441,792 bytes"),
        ("frozen modules", "asyncio"),
    ],
)
def test_the_service_image_fails_with_a_reason(
    service_findings: dict[str, Finding], rule: str, reason: str
) -> None:
    assert not service_findings[rule].holds
    assert any(word in service_findings[rule].detail for word in reason.split("|")), service_findings[rule]


@pytest.mark.deep
@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ("profile", "stock image"),
        ("policy", "it has no policy block"),
        ("no compiler", "mp_compile"),
        ("no REPL", "prompt"),
        ("no USB console", "cdcd"),
        ("one core, one thread", "multicore_launch_core1"),
        ("no flash writing", "flash_range_erase"),
        ("no file system", "keep files"),
        ("no writable storage", "1,441,792 bytes"),
        ("scrub before start", "kesu_boot_scrub"),
        ("frozen modules", "_boot_fat.py"),
        ("USB descriptors in the image", "1209:0001"),
    ],
)
def test_a_stock_image_from_the_same_sources_fails_with_a_reason(
    stock_findings: dict[str, Finding], rule: str, reason: str
) -> None:
    assert not stock_findings[rule].holds
    assert any(word in stock_findings[rule].detail for word in reason.split("|")), stock_findings[rule]


def test_every_rule_about_symbols_is_reported_for_both_images(
    sealed: BuiltImage, service_findings: dict[str, Finding]
) -> None:
    wanted = {ability.rule for ability in FORBIDDEN} | {"no REPL", "scrub before start"}
    assert wanted <= by_rule(audit(sealed)).keys()
    assert wanted <= service_findings.keys()


def test_a_changed_byte_of_the_uf2_is_found_by_hash_and_by_content(copy: BuiltImage) -> None:
    content = bytearray(copy.uf2.read_bytes())
    content[512 * 100 + 32 + 7] ^= 1
    copy.uf2.write_bytes(content)
    assert broken(copy) == {"image = manifest", "UF2 = ELF"}
    vouch_again(copy)
    assert broken(copy) == {"UF2 = ELF"}


def test_a_rom_lookup_is_found_without_its_symbol(copy: BuiltImage) -> None:
    for code, meaning in RP2040.routines.items():
        poison_a_constant(copy, code)
        finding = by_rule(audit(copy))["no flash routine of the boot ROM"]
        assert not finding.holds
        assert meaning in finding.detail


def poison_a_constant(image: BuiltImage, code: str) -> None:
    """Overwrite a constant that machine code loads with a boot ROM code, in the ELF file."""
    place = 0
    known = Code(image.elf)
    name, start, size = next(entry for entry in known.functions if entry[0] == "mp_init")
    for address in range(start, start + size, 2):
        half = int.from_bytes(known.read(address, 2), "little")
        if half & 0xF800 == 0x4800:
            place = (address + 4 & ~3) + (half & 0xFF) * 4
            break
    assert place, name
    with image.elf.open("r+b") as stream:
        offset = next(
            part["p_offset"] + place - part["p_vaddr"]
            for part in ELFFile(stream).iter_segments()
            if part["p_vaddr"] <= place < part["p_vaddr"] + part["p_filesz"]
        )
        stream.seek(offset)
        stream.write(code.encode().ljust(4, b"\0"))


@pytest.mark.parametrize(
    ("change", "rule", "reason"),
    [
        (lambda m: m["policy"].update(IDLE_MS=9_999_999), "policy", "not the one in the image"),
        (lambda m: m["policy"].update(IDLE_MS=60_000), "policy", "not the one in the image"),
        (lambda m: m.pop("policy"), "policy", "not the one in the image"),
        (lambda m: m.update(profile="service"), "profile", "service image"),
        (lambda m: m["inputs"].pop("kesu_pad/wipe.py"), "frozen modules", "kesu_pad/wipe.py"),
        (lambda m: m["inputs"].update({"kesu_pad/more.py": "0"}), "frozen modules", "kesu_pad/more.py"),
    ],
)
def test_a_manifest_that_does_not_fit_is_refused(
    copy: BuiltImage, change: Callable[[dict[str, Any]], object], rule: str, reason: str
) -> None:
    edit_manifest(copy, change)
    found = by_rule(audit(copy))
    assert {name for name, finding in found.items() if not finding.holds} == {rule}
    assert reason in found[rule].detail


@pytest.mark.parametrize(
    ("symbol", "rule"),
    [
        ("mscd_init", "no other USB class"),
        ("tud_hid_n_report", "no other USB class"),
        ("tud_vendor_n_write", "no other USB class"),
        ("cyw43_init", "no radio or network"),
        ("btstack_run_loop_execute", "no radio or network"),
    ],
)
def test_code_that_neither_image_has_is_found(copy: BuiltImage, symbol: str, rule: str) -> None:
    adding = f"--add-symbol={symbol}=.text:0x40,function,global"
    subprocess.run(["arm-none-eabi-objcopy", adding, str(copy.elf)], check=True)
    vouch_again(copy)
    found = by_rule(audit(copy))
    assert {name for name, finding in found.items() if not finding.holds} == {rule}
    assert symbol in found[rule].detail


def test_an_unreadable_image_does_not_hold(copy: BuiltImage) -> None:
    copy.manifest.write_text("not JSON")
    assert {"manifest", "policy", "frozen modules"} == broken(copy)
    subprocess.run(["arm-none-eabi-strip", str(copy.elf)], check=True)
    assert "no symbols" in by_rule(audit(copy))["ELF readable"].detail
    copy.elf.write_bytes(b"not an ELF")
    assert "cannot be read" in by_rule(audit(copy))["ELF readable"].detail
    copy.elf.unlink()
    assert "ELF readable" in broken(copy)


def test_the_enumerated_device_is_checked(sealed: BuiltImage) -> None:
    other = bytearray(DEVICE)
    other[8:12] = bytes.fromhex("8a2e0500")  # 2E8A:0005, MicroPython's number
    assert broken(sealed, Enumerated(bytes(other), CONFIGURATION)) == {"USB number"}
    drive = bytearray(CONFIGURATION)
    at = drive.index(bytes.fromhex("0904010002")) + 5
    drive[at] = 0x08
    found = by_rule(audit(sealed, Enumerated(DEVICE, bytes(drive))))
    assert "mass storage" in found["USB functions"].detail
    assert not found["USB functions"].holds
    assert broken(sealed, Enumerated(DEVICE, CONFIGURATION, 1)) == {"USB sends no data"}
    assert broken(sealed, Enumerated(b"", b"")) == {"USB number", "USB functions"}


def test_calls_are_decoded_as_the_disassembler_does(sealed: BuiltImage) -> None:
    code = Code(sealed.elf)
    listing = subprocess.run(
        ["arm-none-eabi-objdump", "-d", "--no-show-raw-insn", str(sealed.elf)],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    callers, function = set(), ""
    for line in listing.splitlines():
        if line.endswith(">:"):
            function = line.split("<")[1][:-2]
        if "\tbl\t" in line and "<kesu_boot_scrub>" in line:
            callers.add(function)
    assert code.callers("kesu_boot_scrub") == sorted(callers)
    assert callers


def test_each_module_has_its_own_hash(sealed: BuiltImage) -> None:
    code = Code(sealed.elf)
    names = module_names(code)
    assert {"main.py", "kesu_pad/wipe.py", "kesu_pad/touch/sampler.py"} <= set(names)
    hashes = {module_hash(code, name) for name in names}
    # The two package files are empty: their bytecode is the same.
    assert len(hashes) >= len(names) - 2


def test_an_invalid_policy_block_is_reported(copy: BuiltImage) -> None:
    """The same bit is flipped in UF2 and ELF, and the manifest has the new hashes."""
    block = packed(DEFAULTS)
    for path in (copy.uf2, copy.elf):
        whole = path.read_bytes()
        assert whole.count(block) == 1
        at = whole.index(block) + 20
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :])
    vouch_again(copy)
    found = by_rule(audit(copy))
    assert {name for name, finding in found.items() if not finding.holds} == {"policy"}
    assert "strictest values: the checksum of its policy block is wrong" in found["policy"].detail
