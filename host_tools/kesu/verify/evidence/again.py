"""again: repeats the structure audit on the image that a report names, and compares every rule."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from kesu.common.errors import Exit, KesuError
from kesu.emulator.scenario import NotReady
from kesu.images.toolchain.request import BuiltImage, built_files
from kesu.verify import structure
from kesu.verify.evidence.image import describe_image
from kesu.verify.outcome import Finding, Run
from kesu.verify.scenes import scenario


def repeated(run: Run, image: Path) -> list[str]:
    """Contradictions between the findings of a report and the same audit of `image`, a UF2 or its ELF.

    Raises KesuError when the image cannot be read, or is not the one that the report names by its hashes.
    """
    files = built_files(image.with_suffix(".uf2"))
    described = describe_image(files)
    for name, what in (("uf2_sha256", files.uf2.name), ("elf_sha256", files.elf.name)):
        if described[name] != run.image.get(name):
            raise KesuError(
                f"{what} is not the file that the report is about: its SHA-256 is {described[name]}, "
                f"the report's {str(run.image.get(name))[:64]}.",
                hint="Give the image that was verified; its SHA-256 is in report.json under `image`.",
                code=Exit.DATA,
            )
    if described["manifest"] != run.image.get("manifest"):
        return ["has another manifest than the one beside the image"]
    return list(compared(run.findings, _audited(files, run.seed)))


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
        return [Finding("pad says READY", False, error.message), *structure.audit(files)]
    return structure.audit(files, structure.Enumerated.of(pad.host) if pad.host.enumerated else None)


def _said(finding: Finding) -> str:
    return f"{'holds' if finding.holds else 'BROKEN'} ({finding.detail})"
