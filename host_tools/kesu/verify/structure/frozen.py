"""frozen: the Python modules inside an image, against the files that the manifest says went in."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import hashlib
from typing import Any

from kesu.verify.outcome import Finding
from kesu.verify.structure.code import Code
from kesu.verify.structure.symbols import listed

# Made by the build, so not among the hashed input files under these names.
GENERATED = frozenset({"_boot.py", "kesu/policy.py", "kesu/glyphs.py", "kesu/labels.py", "kesu/geometry.py"})


def module_names(code: Code) -> list[str]:
    """Names of the frozen modules, from the table that the importer reads (py/frozenmod.c)."""
    if "mp_frozen_names" not in code.symbols:
        return []
    return [name.decode("utf-8", "replace") for name in code.content("mp_frozen_names").split(b"\0") if name]


def module_hash(code: Code, name: str) -> str:
    """SHA-256 over the bytecode of one module: its functions in the order of their symbols' names."""
    # tools/mpy-tool.py names the functions of kesu/app.py fun_data_kesu_app_...
    prefix = f"fun_data_{name.removesuffix('.py').replace('/', '_')}_"
    others = [
        f"fun_data_{other.removesuffix('.py').replace('/', '_')}_"
        for other in module_names(code)
        if other != name
    ]
    longer = tuple(other for other in others if other.startswith(prefix))
    digest = hashlib.sha256()
    for symbol in sorted(code.symbols):
        if symbol.startswith(prefix) and not (longer and symbol.startswith(longer)):
            digest.update(code.content(symbol))
    return digest.hexdigest()


def findings(code: Code, manifest: dict[str, Any] | None) -> list[Finding]:
    """Whether the modules are the manifest's, no more and no fewer; their hashes."""
    rule = "frozen modules"
    names = module_names(code)
    if not names:
        return [Finding(rule, False, "No Python module is frozen into this image: it is not a Kesu pad's.")]
    if manifest is None or not isinstance(manifest.get("inputs"), dict):
        return [Finding(rule, False, f"There is no list to compare {len(names)} frozen modules with.")]
    expected = {path for path in manifest["inputs"] if path == "main.py" or _is_module(path)} | GENERATED
    extra, missing = sorted(set(names) - expected), sorted(expected - set(names))
    if extra:
        return [Finding(rule, False, f"Modules that do not belong to the pad: {listed(extra)}.")]
    if missing:
        return [Finding(rule, False, f"Modules of the pad that are missing: {listed(missing)}.")]
    total = hashlib.sha256()
    for name in sorted(names):
        total.update(f"{name} {module_hash(code, name)}\n".encode())
    detail = f"Exactly the manifest's {len(names)} modules; SHA-256 of their bytecode {total.hexdigest()}."
    return [Finding(rule, True, detail)]


def _is_module(path: str) -> bool:
    return path.startswith("kesu/") and path.endswith(".py")
