"""make: the steps of a release, in order."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import hashlib
import json
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kesu.common import minisign
from kesu.common.errors import Exit, KesuError
from kesu.images.policy.block import packed, parsed
from kesu.images.policy.document import PRESETS, read_policy
from kesu.images.release_names import FORMAT, INDEX
from kesu.images.toolchain import BuiltImage, toolchain
from kesu.images.toolchain.inputs import file_hash
from kesu.release import dependencies, folder, notices, proof, sbom
from kesu.release.images import Which, build_all, rebuild_and_compare
from kesu.verify.structure import audit

SBOM = "kesu.cdx.json"
EVIDENCE = "evidence"
PRESETS_FOLDER = "presets"
NOTICES = "third-party-notices.txt"


@dataclass(frozen=True)
class Plan:
    """What to release.

    verify: full, quick or none. evidence: given folders. public_key: key that must have signed them. once: no
    second build. sign: a minisign secret key. other_toolchain: accept images of a toolchain that is not
    pinned. windows: folder of the agent's Windows programs, for the installer.
    """

    version: str
    images: tuple[Which, ...]
    verify: str
    evidence: tuple[Path, ...]
    public_key: Path | None
    once: bool
    sign: Path | None
    other_toolchain: bool = False
    windows: Path | None = None


def make(plan: Plan, target: Path) -> str:
    """Make the folder `target`; returns the message for the user.

    Cheap checks that may fail run first. If it raises KesuError, it leaves only the evidence made until then, in
    `target`-evidence.
    """
    known = proof.given(plan.evidence, plan.verify, plan.public_key)
    with (
        folder.new_folder(target) as part,
        nullcontext() if plan.sign is None else minisign.opened(plan.sign) as key,
        proof.kept_if_stopped(part / EVIDENCE, target.with_name(f"{target.name}-evidence")),
    ):
        built = build_all(plan.images, part)
        proof.refuse_strangers(known, list(built.values()))
        for image in built.values():
            _refuse_other(image, plan)
        audits = {which: _audited(image) for which, image in built.items()}
        second = [] if plan.once else rebuild_and_compare(built)
        proofs = {
            which: proof.make(image, plan.verify, known, part / EVIDENCE) for which, image in built.items()
        }
        others = [*dependencies.firmware_dependencies(), *dependencies.python_dependencies()]
        digests = [(image.uf2, file_hash(image.uf2)) for image in built.values()]
        (part / SBOM).write_text(sbom.document(plan.version, digests, others), encoding="utf-8")
        (part / NOTICES).write_text(notices.document(plan.version, others), encoding="utf-8")
        entries = [_entry(which, built[which], audits[which], proofs[which], bool(second)) for which in built]
        presets = _presets(part / PRESETS_FOLDER)
        packages = _packages(part, plan.windows)
        index = {
            "format": FORMAT,
            "version": plan.version,
            "images": entries,
            "presets": presets,
            "packages": packages,
        }
        folder.write_json(part / INDEX, index)
        folder.list_sums(part)
        names = [str(package["file"]) for package in packages]
        signed = folder.sign(part, key, plan.version, names) if key is not None else []
        files = sum(path.is_file() for path in part.rglob("*"))
    return _summary(plan, target, proofs, len(second), len(signed), files)


def _refuse_other(image: BuiltImage, plan: Plan) -> None:
    """Raise KesuError for an image of another version, or one that cannot be rebuilt from the pins."""
    manifest = json.loads(image.manifest.read_text(encoding="utf-8"))
    if manifest.get("version") != plan.version:
        raise KesuError(
            f"{image.uf2.name} is of version {manifest.get('version')}, this release is {plan.version}",
            hint="run `./dev setup`, which installs the version of pyproject.toml",
            code=Exit.DATA,
        )
    differs = toolchain.in_words(manifest)
    if differs and not plan.other_toolchain:
        raise KesuError(
            f"{image.uf2.name}: {differs}",
            hint="release on Debian 13 with the packages of images/toolchain/toolchain.toml, renew that file, or say "
            "--other-toolchain: the index then says so, too",
            code=Exit.DATA,
        )


def _audited(image: BuiltImage) -> int:
    """Number of structure rules that hold. Raises KesuError if one does not."""
    findings = audit(image)
    broken = [finding for finding in findings if not finding.holds]
    if broken:
        raise KesuError(
            f"{image.uf2.name}: {broken[0].rule}: {broken[0].detail}",
            hint=f"`kesu audit` lists every rule; {len(broken)} of {len(findings)} do not hold",
            code=Exit.NO,
        )
    return len(findings)


def _entry(which: Which, image: BuiltImage, rules: int, proven: proof.Proof, twice: bool) -> dict[str, Any]:
    manifest = json.loads(image.manifest.read_text(encoding="utf-8"))
    return {
        "file": image.uf2.name,
        "sha256": file_hash(image.uf2),
        "bytes": image.uf2.stat().st_size,
        "files": {path.name: file_hash(path) for path in (image.uf2, image.elf, image.manifest)},
        "board": which.board,
        "panel": which.panel,
        "profile": manifest["profile"],
        "image_id": manifest["input_hash"][:8],
        "policy": manifest["policy"],
        "policy_crc": manifest["policy_crc"],
        "toolchain": toolchain.in_words(manifest) or "pinned",
        "structure": f"{rules} of {rules} rules hold",
        "evidence": proven.says,
        "evidence_folder": f"{EVIDENCE}/{image.uf2.stem}" if proven.has_folder else None,
        "evidence_taken_over": proven.taken_over,
        "built_twice": twice,
    }


def _presets(place: Path) -> list[dict[str, str]]:
    """Put the presets, as policy files, into a folder; returns what the index says of them."""
    place.mkdir()
    entries = []
    for name, path in PRESETS.items():
        content = path.read_bytes()
        (place / path.name).write_bytes(content)
        checksum = parsed(packed(read_policy(path))).checksum
        digest = hashlib.sha256(content).hexdigest()
        entries.append(
            {"name": name, "file": f"{place.name}/{path.name}", "sha256": digest, "policy_crc": checksum}
        )
    return entries


def _packages(part: Path, windows: Path | None) -> list[dict[str, str | int]]:
    """Put in what a site installs beside the pads; returns what the index says of the packages."""
    from kesu_dev.distribution import carried  # here: it is in a checkout only, as is a release

    return [
        {"file": path.name, "sha256": file_hash(path), "bytes": path.stat().st_size}
        for path in carried.make_carried(part, windows)
    ]


def _summary(
    plan: Plan, target: Path, proofs: dict[Which, proof.Proof], twice: int, signed: int, files: int
) -> str:
    builds = f"built twice, {twice} of {twice} the same bytes" if twice else "built once, not compared"
    signing = f"{signed} files signed" if signed else "NOT signed: give --sign KEY"
    lines = [f"{target}: {len(plan.images)} images, {files} files, {builds}, {signing}"]
    for which, one in proofs.items():
        source = ", taken over" if one.taken_over else ""
        lines.append(f"  {which}: {one.says}{source}")
    return "\n".join(lines)
