"""identity: checks that UF2, ELF, manifest and policy belong to the same image."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import hashlib
import re
from typing import Any

from kesu.common.documents import from_json, read_plain
from kesu.common.errors import KesuError
from kesu.common.uf2 import PAYLOAD_SIZE, load, parse
from kesu.images.toolchain import BuiltImage
from kesu.images.toolchain.policy import SETTINGS
from kesu.verify.outcome import Finding
from kesu.verify.structure.code import Code

POLICY_CODE = "fun_data_kesu_pad_policy__lt_module_gt_"
# MicroPython bytecode (py/bc0.h): a small number, any number, the store to a global, False.
_SMALL, _SMALL_RANGE, _NUMBER, _STORE, _FALSE = 0x80, range(-16, 48), 0x22, 0x16, 0x50


def read_manifest(image: BuiltImage) -> dict[str, Any] | None:
    """The image's manifest; None if it is missing or unreadable."""
    try:
        content = from_json(read_plain(image.manifest))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def manifest_findings(image: BuiltImage, manifest: dict[str, Any] | None) -> list[Finding]:
    """Whether the files match the manifest, and the profile is sealed."""
    if manifest is None:
        return [Finding("manifest", False, f"{image.manifest.name} is not there or cannot be read.")]
    profile = str(manifest.get("profile"))
    sealed = profile == "sealed"
    found = [
        Finding(
            "profile",
            sealed,
            "The manifest says: sealed."
            if sealed
            else f"This is a {profile} image; operators get sealed ones.",
        )
    ]
    outputs = manifest.get("outputs")
    outputs = outputs if isinstance(outputs, dict) else {}
    wrong = [path.name for path in (image.uf2, image.elf) if outputs.get(path.name) != _hash(path)]
    detail = (
        f"{' and '.join(wrong)}: not the bytes that the manifest was written for."
        if wrong
        else f"UF2 SHA-256 {outputs[image.uf2.name]}."
    )
    return [*found, Finding("image = manifest", not wrong, detail)]


def uf2_findings(image: BuiltImage, code: Code) -> list[Finding]:
    """Whether the UF2 contains exactly the loadable bytes of the ELF, padded with zeros to whole blocks."""
    rule = "UF2 = ELF"
    try:
        uf2 = parse(load(image.uf2), image.uf2)
    except KesuError as error:
        return [Finding(rule, False, f"{error.message}.")]
    if uf2.family != code.chip.family:
        return [Finding(rule, False, f"The ELF is for the {code.chip.name}, the UF2 for another chip.")]
    wanted: dict[int, bytearray] = {}
    for segment in code.segments:
        for index, value in enumerate(segment.content):
            address = segment.load_address + index
            block = wanted.setdefault(address & -PAYLOAD_SIZE, bytearray(PAYLOAD_SIZE))
            block[address % PAYLOAD_SIZE] = value
    got = dict(uf2.segments)
    different = sorted(
        address for address in wanted.keys() | got.keys() if wanted.get(address) != got.get(address)
    )
    if different:
        detail = f"{len(different)} blocks of {PAYLOAD_SIZE} bytes differ, the first at 0x{different[0]:08x}."
        return [Finding(rule, False, f"The audited code is not the flashed code: {detail}")]
    return [Finding(rule, True, f"All {len(got):,} blocks of the UF2 are the loadable bytes of the ELF.")]


def policy_findings(code: Code, manifest: dict[str, Any] | None) -> list[Finding]:
    """Whether every setting is within its range and the constants in the bytecode equal the manifest's."""
    rule = "policy"
    if manifest is None or not isinstance(manifest.get("policy"), dict) or not manifest["policy"]:
        return [Finding(rule, False, "There is no policy to check the image against.")]
    values = manifest["policy"]
    for setting in SETTINGS:
        value = values.get(setting.constant)
        lowest, highest = setting.lowest * setting.factor, setting.highest * setting.factor
        if not isinstance(value, int) or isinstance(value, bool) or not lowest <= value <= highest:
            return [
                Finding(rule, False, f"{setting.constant} is {value!r}; {lowest} to {highest} is allowed.")
            ]
    if POLICY_CODE not in code.symbols:
        return [Finding(rule, False, "The image has no policy module.")]
    stores = b"".join(
        re.escape(_load(values[setting.constant])) + bytes([_STORE]) + b"[\\x80-\\xff]*."
        for setting in SETTINGS
    )
    tail = b".+" + bytes([_FALSE, _STORE]) + b"[\\x80-\\xff]*."
    bytecode = code.content(POLICY_CODE)
    if not re.search(stores, bytecode, re.DOTALL):
        return [Finding(rule, False, "The constants in the image are not those of the manifest.")]
    if not re.search(stores + tail, bytecode, re.DOTALL):
        return [Finding(rule, False, "The image is built as a service image (SERVICE is not False).")]
    idle, age = values["IDLE_MS"] // 1000, values["MAX_AGE_MS"] // 1000
    detail = (
        f"Within its ranges and the same in the bytecode: wipe after {idle} s of silence, {age} s at most."
    )
    return [Finding(rule, True, detail)]


def _load(value: int) -> bytes:
    """Bytecode that loads a constant of at most 30 bits, encoded in groups of 7 bits, highest first."""
    if value in _SMALL_RANGE:
        return bytes([_SMALL + value])
    groups = [value & 0x7F]
    # The highest group's bit 6 is the sign, so a positive number may need one more group.
    while value > 0x3F:
        value >>= 7
        groups.append(value & 0x7F | 0x80)
    return bytes([_NUMBER, *reversed(groups)])


def _hash(path: Any) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""
