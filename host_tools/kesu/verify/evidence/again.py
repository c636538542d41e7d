"""again: repeats the structure audit on the image that a report names, and compares every rule."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kesu.common.errors import Exit, KesuError
from kesu.common.uf2 import load, parse
from kesu.emulator.scenario import NotReady
from kesu.images.policy.block import packed
from kesu.images.policy.stamp import NO_BLOCK, block_of, stamped, stamped_elf
from kesu.images.toolchain.request import BuiltImage, built_files
from kesu.spec.policy import SETTINGS
from kesu.verify import structure
from kesu.verify.evidence.image import describe_image, manifest_of
from kesu.verify.outcome import Finding
from kesu.verify.results import Run
from kesu.verify.scenes import invalid_policy, scenario

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,80}\.uf2", re.ASCII)


def repeated(run: Run, image: Path) -> list[str]:
    """Contradictions between the findings of a report and the same audit of `image`, a UF2 or its ELF.

    Raises KesuError when the image cannot be read, or is not the one that the report names by its hashes.
    """
    files = built_files(image.with_suffix(".uf2"))
    with proven(run, files) as base:
        return list(_repeated(run, base, files))


def _repeated(run: Run, files: BuiltImage, given: BuiltImage) -> Iterator[str]:
    """Compare with `files`, which have the policy of the report; `given` are named in errors."""
    described = describe_image(files)
    for name, what in (("uf2_sha256", given.uf2.name), ("elf_sha256", given.elf.name)):
        if described[name] != run.image.get(name):
            raise KesuError(
                f"{what} is not the file that the report is about: its SHA-256 is {described[name]}, "
                f"the report's {str(run.image.get(name))[:64]}.",
                hint="Give the image that was verified, or that image with another policy; its SHA-256 is in "
                "report.json under `image`.",
                code=Exit.DATA,
            )
    if described["manifest"] != run.image.get("manifest"):
        yield "has another manifest than the one beside the image"
    else:
        yield from compared(run.findings, _audited(files, run.seed))


def other_policy(run: Run, image: Path) -> str | None:
    """Checksum of the policy of `image` where that is the verified one with another policy; None for the verified one.

    Call it after `repeated`, which shows that nothing else differs.
    """
    uf2 = image.with_suffix(".uf2")
    data = load(uf2)
    if hashlib.sha256(data).hexdigest() == run.image.get("uf2_sha256"):
        return None
    return block_of(parse(data, uf2), uf2).checksum


@contextmanager
def proven(run: Run, files: BuiltImage) -> Iterator[BuiltImage]:
    """The verified image: `files`, or a copy of `files` with the policy of the verified one.

    Its hashes then show that nothing but the policy differs. It has the manifest of the report.
    """
    policy = proven_policy(run)
    if policy is None or describe_image(files)["uf2_sha256"] == run.image.get("uf2_sha256"):
        yield files
        return
    uf2, elf = load(files.uf2), files.elf.read_bytes()
    with tempfile.TemporaryDirectory(prefix="kesu-proven-") as place:
        # Under the name that the manifest lists, which may be anything in a forged report.
        name = Path(str(run.image.get("file"))).name
        stem = Path(place) / (name.removesuffix(".uf2") if NAME.fullmatch(name) else "image")
        copy = BuiltImage(*(stem.with_name(f"{stem.name}.{ending}") for ending in ("uf2", "elf", "json")))
        copy.uf2.write_bytes(stamped(uf2, policy, files.uf2))
        try:
            copy.elf.write_bytes(stamped_elf(elf, policy))
        except ValueError as error:
            raise KesuError(f"{files.elf.name}: {error}.", hint=NO_BLOCK, code=Exit.DATA) from error
        copy.manifest.write_text(json.dumps(run.image.get("manifest")), encoding="utf-8")
        yield copy


def proven_policy(run: Run) -> dict[str, int] | None:
    """The policy of the verified image, by its manifest; None for a manifest without one."""
    named = manifest_of(run.image).get("policy")
    if not isinstance(named, dict):
        return None
    try:
        values = {each.name: named[each.constant] // each.factor for each in SETTINGS}
        packed(values)
    except (ValueError, LookupError, TypeError):
        return None
    return values


def compared(reported: list[Finding], found: list[Finding]) -> Iterator[str]:
    """One sentence for each rule on which the report and the repeated audit differ."""
    mine = {finding.rule: finding for finding in found}
    theirs = {finding.rule: finding for finding in reported}
    for rule in dict.fromkeys((*mine, *theirs)):
        if rule not in theirs:
            yield f"structure, {rule}: is not in the report; the audit of the image finds: {mine[rule].detail}"
        elif rule not in mine:
            yield f"structure, {rule}: is in the report, but the audit of the image has no such rule"
        elif mine[rule] != theirs[rule]:
            yield (
                f"structure, {rule}: the report says {_said(theirs[rule])}, "
                f"the audit of the image {_said(mine[rule])}"
            )


def _audited(files: BuiltImage, seed: int) -> list[Finding]:
    """As the run did it: with the descriptors that a USB host reads from the virtual pad."""
    try:
        pad = scenario.boot(files, seed)
    except (NotReady, KesuError) as error:
        refused = Finding("pad says READY", False, error.message)
        return [refused, *structure.audit(files), invalid_policy.finding(files, seed)]
    found = structure.audit(files, structure.Enumerated.of(pad.host) if pad.host.enumerated else None)
    return [*found, invalid_policy.finding(files, seed)]


def _said(finding: Finding) -> str:
    return f"{'holds' if finding.holds else 'BROKEN'} ({finding.detail})"
