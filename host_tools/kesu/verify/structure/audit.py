"""audit: runs every rule of the structure audit on one image."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable

from kesu.common.errors import KesuError
from kesu.images.toolchain import BuiltImage
from kesu.verify.outcome import Finding
from kesu.verify.structure import flash, frozen, identity, place, symbols, usb
from kesu.verify.structure.code import Code
from kesu.verify.structure.usb import Enumerated

FROM_ELF: tuple[Callable[[Code], list[Finding]], ...] = (
    symbols.findings,
    flash.command_findings,
    flash.storage_findings,
)


def audit(image: BuiltImage, enumerated: Enumerated | None = None) -> list[Finding]:
    """One Finding per rule. A rule that cannot be decided does not hold, with the reason.

    enumerated: descriptors as read by a USB host; without them they are read from the image.
    """
    manifest = identity.read_manifest(image)
    found = identity.manifest_findings(image, manifest)
    try:
        code = Code(image.elf)
    except KesuError as error:
        return [*found, Finding("ELF readable", False, error.message)]
    found += identity.uf2_findings(image, code)
    found += identity.policy_findings(code, manifest)
    found += place.findings(code)
    for rule in FROM_ELF:
        found += rule(code)
    found += frozen.findings(code, manifest)
    found += usb.findings(code, enumerated)
    return found
