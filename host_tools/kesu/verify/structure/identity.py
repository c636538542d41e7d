"""identity: checks that UF2, ELF, manifest and policy belong to the same image."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import hashlib
from typing import Any

from kesu.common.documents import from_json, read_plain
from kesu.common.errors import KesuError
from kesu.common.uf2 import PAYLOAD_SIZE, load, parse
from kesu.images.policy.block import PLACE, InvalidBlock, parsed
from kesu.images.toolchain import BuiltImage
from kesu.verify.outcome import Finding
from kesu.verify.structure.code import Code

POLICY_CODE = "fun_data_kesu_pad_policy__lt_module_gt_"
# MicroPython bytecode (py/bc0.h): the store to a global, False.
_STORE, _FALSE = 0x16, 0x50


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
    """Whether the policy block is valid and the manifest's, and the image is no service image."""
    rule = "policy"
    try:
        block = parsed(code.read(PLACE.start, len(PLACE)))
    except InvalidBlock as error:
        return [Finding(rule, False, f"A pad would use the strictest values: {error}.")]
    if manifest is None or manifest.get("policy") != block.in_firmware_units:
        return [Finding(rule, False, "The policy of the manifest is not the one in the image.")]
    if POLICY_CODE not in code.symbols:
        return [Finding(rule, False, "The image has no policy module.")]
    if bytes([_FALSE, _STORE]) not in code.content(POLICY_CODE):
        return [Finding(rule, False, "The image is built as a service image (SERVICE is not False).")]
    idle, age = block.values["timeouts.idle_s"], block.values["timeouts.max_age_s"]
    detail = f"Valid, checksum {block.checksum}: outside of a call, wipe after {idle} s of silence, {age} s at most."
    return [Finding(rule, True, detail)]


def _hash(path: Any) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""
