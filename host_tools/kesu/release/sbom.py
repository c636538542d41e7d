"""sbom: what a release consists of as a CycloneDX 1.6 document, checked against CycloneDX's own schema."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.exception import MissingOptionalDependencyException
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.model.license import License
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL

from kesu.common.errors import Exit, KesuError
from kesu.images.toolchain.compile import EPOCH
from kesu.release.dependencies import Dependency

# The serial number is derived from the content, so that two builds of a release give the same document.
NAMESPACE = uuid.UUID("8c1f0c8e-5d5b-5f53-9d06-3b6b64f0a3c9")
_SCOPES = {
    "required": ComponentScope.REQUIRED,
    "excluded": ComponentScope.EXCLUDED,
    "optional": ComponentScope.OPTIONAL,
}


def document(version: str, images: Sequence[tuple[Path, str]], dependencies: Sequence[Dependency]) -> str:
    """The JSON text. images: (path, SHA-256). Raises KesuError if it does not fit the schema."""
    bom = Bom()
    bom.metadata.timestamp = datetime.fromtimestamp(int(EPOCH), UTC)
    root = Component(
        name="kesu", version=version, type=ComponentType.FIRMWARE, bom_ref="kesu", licenses=[_licence("MIT")]
    )
    bom.metadata.component = root
    own = [_image(path, digest, version) for path, digest in images]
    others = [_component(dependency) for dependency in dependencies]
    for component in (*own, *others):
        bom.components.add(component)
    built_from = [
        component
        for component, dependency in zip(others, dependencies, strict=True)
        if dependency.scope == "required"
    ]
    bom.register_dependency(root, [*own, *others])
    for image in own:
        bom.register_dependency(image, built_from)
    content = "\n".join(
        f"{component.bom_ref} {sorted(map(str, component.hashes))}" for component in (*own, *others)
    )
    bom.serial_number = uuid.uuid5(NAMESPACE, f"{version}\n{content}")
    text = str(make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string(indent=1))
    fault = invalid(text)
    if fault:
        raise KesuError(
            f"the SBOM does not fit CycloneDX 1.6: {fault}", hint="fix release/sbom.py", code=Exit.INTERNAL
        )
    return f"{text}\n"


def invalid(text: str) -> str:
    """Why a JSON text is not valid CycloneDX 1.6; empty if it is. Raises KesuError without the schema library."""
    # Only here: it takes over a second, because it compiles the grammars of jsonschema.
    from cyclonedx.validation.json import JsonStrictValidator

    try:
        error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    except MissingOptionalDependencyException as missing:
        raise KesuError(
            "the SBOM cannot be checked: jsonschema is not installed",
            hint="run ./dev setup",
            code=Exit.UNAVAILABLE,
        ) from missing
    return "" if error is None else str(error)[:400]


def _image(path: Path, digest: str, version: str) -> Component:
    return Component(
        name=path.name,
        version=version,
        type=ComponentType.FIRMWARE,
        bom_ref=path.name,
        licenses=[_licence("MIT")],
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest)],
    )


def _component(dependency: Dependency) -> Component:
    """The component. The hash of a single file is its own; for several files each is a property with the name."""
    single = list(dependency.sha256.values()) if len(dependency.sha256) == 1 else []
    return Component(
        name=dependency.name,
        version=dependency.version or None,
        type=ComponentType.LIBRARY,
        bom_ref=f"{dependency.name}@{dependency.version}" if dependency.version else dependency.name,
        scope=_SCOPES[dependency.scope],
        description=dependency.says,
        licenses=[_licence(dependency.licence)],
        purl=PackageURL.from_string(dependency.url) if dependency.url else None,
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest) for digest in single],
        properties=[
            Property(name=f"kesu:sha256:{name}", value=digest)
            for name, digest in sorted(dependency.sha256.items())
            if not single
        ],
    )


def _licence(expression: str) -> License:
    if expression.startswith("LicenseRef-") or expression == "NOASSERTION":
        factory = LicenseFactory()
        return factory.make_with_name(expression.removeprefix("LicenseRef-").replace("-", " "))
    return LicenseFactory().make_from_string(expression)
