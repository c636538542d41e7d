"""dependencies: third-party software in a release: version, hashes, licence and path of the licence's text."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import re
import subprocess
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

from kesu.common.checkout import repository
from kesu.common.errors import Exit, KesuError
from kesu.images.toolchain import toolchain
from kesu.images.toolchain.inputs import file_hash
from kesu.images.toolchain.sources import Sources, pinned

COMPONENTS = Path(__file__).with_name("components.toml")
_CLASSIFIED = {
    "License :: OSI Approved :: Apache Software License": "Apache-2.0",
    "License :: OSI Approved :: BSD License": "BSD-3-Clause",
    "License :: OSI Approved :: MIT License": "MIT",
    "License :: Public Domain": "LicenseRef-public-domain",
}
# Licences that are in the package's COPYING, not in its metadata.
_LICENCES = {"kanjivg": "CC-BY-SA-3.0"}
_LICENCE_FILE = re.compile(r"(licen[cs]e|copying|notice)[^/]*$", re.IGNORECASE)


@dataclass(frozen=True)
class Dependency:
    """Third-party software that a release contains or needs.

    scope: required (in an image), excluded (left out of it on purpose) or optional (on the host only).
    licence: an SPDX expression. sha256: by file name. texts: files that hold the licence. url: a package URL.
    """

    name: str
    version: str
    scope: str
    licence: str
    says: str
    url: str
    sha256: Mapping[str, str] = field(default_factory=dict)
    texts: tuple[Path, ...] = ()


def firmware_dependencies() -> list[Dependency]:
    """Parts of the images, from components.toml. Raises KesuError if a licence's text is missing."""
    document = tomllib.loads(COMPONENTS.read_text(encoding="utf-8"))
    return [_firmware_dependency(name, entry) for name, entry in document.items()]


def _firmware_dependency(name: str, entry: Mapping[str, str | list[str]]) -> Dependency:
    version, url = "", ""
    hashes: dict[str, str] = {}
    texts: tuple[Path, ...] = ()
    if "source" in entry:
        source = pinned()[str(entry["source"])]
        version, hashes = source.version, dict(source.sha256)
        url = f"pkg:deb/debian/{source.package}@{source.version.replace('+', '%2B')}"
        texts = ((Sources().tree(source) / str(entry["notice"])).resolve(),)
    elif "package" in entry:
        version = _debian_version(str(entry["package"]))
        url = f"pkg:deb/debian/{entry['package']}@{version.replace('+', '%2B').replace(':', '%3A')}"
        texts = (Path(str(entry["notice"])),)
        linked = toolchain.pinned()["libraries"]
        hashes = {
            path: digest for path, digest in linked.items() if path.startswith(f"{entry['libraries']}/")
        }
    elif "files" in entry:
        hashes = {str(path): file_hash(repository() / path) for path in entry["files"]}
        texts = (repository() / str(entry["notice"]),) if "notice" in entry else ()
    for text in texts:
        if not text.is_file():
            raise KesuError(
                f"the licence of {name} is not at {text}",
                hint="install the package again, or fix release/components.toml",
                code=Exit.UNAVAILABLE,
            )
    return Dependency(
        name, version, str(entry["scope"]), str(entry["licence"]), str(entry["says"]), url, hashes, texts
    )


def _debian_version(package: str) -> str:
    try:
        return subprocess.run(
            ["dpkg-query", "-W", "-f=${Version}", package], check=True, capture_output=True, text=True
        ).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise KesuError(
            f"the version of {package} is not known to dpkg",
            hint="a release is made on Debian, with the packages that ./dev setup installs",
            code=Exit.UNAVAILABLE,
        ) from error


def python_dependencies() -> list[Dependency]:
    """The Python packages of `kesu` and all its extras, with their own dependencies, as installed here."""
    root = distribution("kesu")
    extras = frozenset(root.metadata.get_all("Provides-Extra") or ())
    found = {_normal(d.metadata["Name"]): d for d in _closure(root, extras, set())}
    found.pop("kesu", None)  # an extra may name others of its own
    return [_python_dependency(found[name]) for name in sorted(found)]


def _closure(
    root: Distribution, extras: frozenset[str], seen: set[tuple[str, frozenset[str]]]
) -> Iterator[Distribution]:
    """What a package needs when it is installed with these extras."""
    for text in root.requires or []:
        requirement = Requirement(text)
        wanted = requirement.marker is None or any(
            requirement.marker.evaluate({"extra": extra}) for extra in {"", *extras}
        )
        key = _normal(requirement.name), frozenset(requirement.extras)
        if not wanted or key in seen:
            continue
        seen.add(key)
        try:
            found = distribution(requirement.name)
        except PackageNotFoundError:
            continue  # for another system
        yield found
        yield from _closure(found, frozenset(requirement.extras), seen)


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _python_dependency(found: Distribution) -> Dependency:
    metadata = found.metadata
    name = _normal(metadata["Name"])
    texts = sorted(
        Path(str(found.locate_file(path))).resolve()
        for path in found.files or []
        if _LICENCE_FILE.search(path.name) and ".dist-info" in str(path)
    )
    return Dependency(
        name,
        found.version,
        "optional",
        _licence(found),
        metadata["Summary"] or "",
        f"pkg:pypi/{name}@{found.version}",
        texts=tuple(texts),
    )


def _licence(found: Distribution) -> str:
    """The package's licence as an SPDX expression, as far as its metadata gives one."""
    metadata = found.metadata
    if _normal(metadata["Name"]) in _LICENCES:
        return _LICENCES[_normal(metadata["Name"])]
    if "License-Expression" in metadata:
        return metadata["License-Expression"]
    for classifier in metadata.get_all("Classifier") or []:
        if classifier in _CLASSIFIED:
            return _CLASSIFIED[classifier]
    short = " ".join(metadata["License"].split()) if "License" in metadata else ""
    return f"LicenseRef-{re.sub('[^A-Za-z0-9.]+', '-', short).strip('-')[:40]}" if short else "NOASSERTION"
