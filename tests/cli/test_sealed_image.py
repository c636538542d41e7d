"""test_sealed_image: structure of the sealed image, read from the ELF. test_release.py builds it twice."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection
from kesu.common.errors import KesuError
from kesu.images.policy.copy import apply
from kesu.images.policy.document import read_policy
from kesu.images.toolchain import BuildRequest, BuiltImage, build, ensure
from kesu.images.toolchain.inputs import file_hash

pytestmark = pytest.mark.slow

FIRMWARE = Path(__file__).parents[2] / "firmware"

# What must not be in the sealed image: symbol, and what it would allow. Each of these is in the
# service image, which shows that the reader and the names are right.
FORBIDDEN = {
    "flash_range_erase": "erase flash",
    "flash_range_program": "write flash",
    "flash_do_cmd": "send the flash chip any command",
    "rp2_flash_type": "reach flash from Python",
    "mp_parse": "compile source text",
    "mp_compile": "compile source text",
    "mp_builtin_compile_obj": "compile source text",
    "mp_builtin_exec_obj": "run source text",
    "mp_builtin_input_obj": "read a console",
    "mp_raw_code_load_file": "load foreign bytecode",
    "readline": "edit a line on a console",
    "mp_vfs_mount": "mount a filesystem",
    "mp_type_vfs_lfs2": "keep files",
    "mp_fat_vfs_type": "keep files",
    "mp_vfs_open_obj": "open a file",
    "mp_usbd_cdc_tx_strn": "print to the PC",
    "cdcd_init": "be a USB console",
    "tud_cdc_n_write": "print to the PC",
    "mp_os_dupterm_obj": "copy the console elsewhere",
    "machine_bootloader_obj": "enter the boot loader",
    "machine_mem8_obj": "read any byte of memory",
    "machine_mem32_obj": "read any word of memory",
    "mp_sys_stdout_obj": "print to the PC",
    "machine_uart_type": "send on a serial line",
    "machine_pwm_type": "signal on a pin",
    "rp2_dma_type": "copy memory behind the CPU's back",
    "mp_module_rp2": "reach DMA, PIO and flash from Python",
}


def symbols(elf: Path) -> set[str]:
    """Names of all symbols of an ELF."""
    with elf.open("rb") as file:
        table = ELFFile(file).get_section_by_name(".symtab")
        assert isinstance(table, SymbolTableSection)
        return {symbol.name for symbol in table.iter_symbols()}


@pytest.fixture(scope="module")
def sealed() -> BuiltImage:
    return ensure("sealed")


@pytest.fixture(scope="module")
def sealed_symbols(sealed: BuiltImage) -> set[str]:
    return symbols(sealed.elf)


@pytest.fixture(scope="module")
def service_symbols() -> set[str]:
    return symbols(ensure("service").elf)


@pytest.mark.parametrize("name", sorted(FORBIDDEN))
def test_the_sealed_image_lacks(sealed_symbols: set[str], service_symbols: set[str], name: str) -> None:
    assert name in service_symbols, "the service image shows that the name is right"
    assert name not in sealed_symbols, f"the sealed image could {FORBIDDEN[name]}"


@pytest.mark.parametrize(
    "prefix", ["mscd_", "tud_msc_", "cyw43_", "lfs2_", "f_open", "mp_lexer_new_from_str"]
)
def test_the_sealed_image_has_no_symbol_of_a_kind(sealed_symbols: set[str], prefix: str) -> None:
    assert not {name for name in sealed_symbols if name.startswith(prefix)}


def test_the_sealed_image_has_what_the_guarantee_needs(sealed_symbols: set[str]) -> None:
    wanted = {
        "kesu_boot_scrub",
        "kesu_owner_table",
        "kesu_owner_count",
        "kesu_scrub_obj",
        "usbd_control_xfer_cb",
    }
    assert wanted - {"usbd_control_xfer_cb"} <= sealed_symbols


def test_the_manifest_has_the_hashes_of_the_image(sealed: BuiltImage) -> None:
    manifest = json.loads(sealed.manifest.read_text(encoding="utf-8"))
    assert manifest["profile"] == "sealed"
    assert manifest["panel"] == "4in2"
    assert manifest["policy"]["IDLE_MS"] == 180_000
    assert manifest["outputs"] == {path.name: file_hash(path) for path in (sealed.uf2, sealed.elf)}
    assert manifest["inputs"]["main.py"] == file_hash(FIRMWARE / "main.py")
    assert str(FIRMWARE.parent) not in sealed.manifest.read_text(encoding="utf-8")


def test_the_image_does_not_contain_its_build_path(sealed: BuiltImage) -> None:
    assert str(FIRMWARE.parent).encode() not in sealed.uf2.read_bytes()


def test_an_up_to_date_image_is_not_built_again(sealed: BuiltImage) -> None:
    before = sealed.uf2.stat().st_mtime_ns
    assert ensure("sealed") == sealed
    assert sealed.uf2.stat().st_mtime_ns == before


def test_a_build_with_a_policy_gives_the_copy_with_that_policy(sealed: BuiltImage, tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text("[timeouts]\nidle_s = 20\nmax_age_s = 60\n", encoding="utf-8")
    built = build(BuildRequest(policy=policy, out=tmp_path / "built"))
    (tmp_path / "copied").mkdir()
    copied = apply(sealed.uf2, read_policy(policy), tmp_path / "copied" / sealed.uf2.name)
    assert built.uf2.read_bytes() != sealed.uf2.read_bytes()
    assert [path.name for path in copied] == [built.uf2.name, built.elf.name, built.manifest.name]
    for one, other in zip((built.uf2, built.elf), copied, strict=False):
        assert one.read_bytes() == other.read_bytes()


def test_a_changed_module_changes_the_image_and_a_broken_one_is_reported(
    sealed: BuiltImage, tmp_path: Path
) -> None:
    firmware = tmp_path / "firmware"
    shutil.copytree(FIRMWARE, firmware)
    with (firmware / "kesu_pad" / "screens.py").open("a", encoding="utf-8") as file:
        file.write("\n\ndef extra():\n    return 12345\n")
    changed = build(BuildRequest(firmware=firmware, out=tmp_path / "out"))
    assert changed.uf2.read_bytes() != sealed.uf2.read_bytes()
    with (firmware / "kesu_pad" / "screens.py").open("a", encoding="utf-8") as file:
        file.write("def broken(:\n")
    with pytest.raises(KesuError, match=r"(?s)does not compile.*screens\.py.*SyntaxError"):
        build(BuildRequest(firmware=firmware, out=tmp_path / "out"))


def test_a_warning_in_our_c_ends_the_build(sealed: BuiltImage, tmp_path: Path) -> None:
    firmware = tmp_path / "firmware"
    shutil.copytree(FIRMWARE, firmware)
    with (firmware / "native" / "bus.c").open("a", encoding="utf-8") as file:
        file.write("\nbool kesu_less(int a, unsigned b);\n\nbool kesu_less(int a, unsigned b) {\n")
        file.write("    return a < b;\n}\n")
    with pytest.raises(KesuError, match=r"(?s)does not compile.*bus\.c.*sign-compare"):
        build(BuildRequest(firmware=firmware, out=tmp_path / "out"))
