"""stage: lays out the firmware for the build and touches only changed files."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from kesu.images.assets import text_modules
from kesu.images.toolchain.inputs import tree_files
from kesu.images.toolchain.panel_modules import identity_header, panel_files
from kesu.images.toolchain.policy_modules import policy_module
from kesu.images.toolchain.request import STOCK, BuildRequest
from kesu.spec.panels import left_out

BOOT = '"""_boot: the port runs this first; the sealed pad has nothing to mount."""\n'


def wanted_files(
    request: BuildRequest, image_id: str, policy: Mapping[str, int] | None = None
) -> dict[str, bytes]:
    """Every file of the stage by its path there: app/, boot/, native/ and the list of frozen modules.

    image_id: 8 characters that the pad shows. policy: of a service image, instead of its policy block. A stock image
    contains none of our files.
    """
    if request.profile == STOCK:
        return {}
    tree = request.tree
    service = request.profile == "service"
    modules = {"main.py": (tree / "main.py").read_bytes()}
    for path in tree_files(tree / "kesu_pad"):
        name = path.relative_to(tree).as_posix()
        if path.suffix == ".py" and name not in left_out(request.panel):
            modules[name] = path.read_bytes()
    if service:
        modules["kesu_pad/policy.py"] = policy_module(service=True, values=policy).encode()
    generated = {name: text.encode() for name, text in panel_files(request.panel).items()}
    modules |= {name: text for name, text in generated.items() if name.startswith("kesu_pad/")}
    for name, text in text_modules(tree / "assets", image_id, request.version).items():
        modules[f"kesu_pad/{name}.py"] = text.encode()
    files = {f"app/{name}": content for name, content in modules.items()}
    optimise = "" if service else ", opt=3"
    lines = [f'freeze("$(KESU_STAGE)/app", {tuple(sorted(modules))!r}{optimise})\n']
    if not service:
        files["boot/_boot.py"] = BOOT.encode()
        lines.insert(0, 'freeze("$(KESU_STAGE)/boot", ("_boot.py",), opt=3)\n')
    files["manifest.py"] = "".join(lines).encode()
    for path in tree_files(tree / "native"):
        files[f"native/{path.relative_to(tree / 'native').as_posix()}"] = path.read_bytes()
    files["native/identity.h"] = identity_header(request.name, request.version, image_id).encode()
    files |= {name: text for name, text in generated.items() if name.startswith("native/")}
    return files


def lay_out(request: BuildRequest, stage: Path, image_id: str) -> bool:
    """Make `stage` hold exactly the wanted files. Returns whether anything changed."""
    wanted = wanted_files(request, image_id)
    changed = False
    for path in tree_files(stage) if stage.is_dir() else []:
        if path.relative_to(stage).as_posix() not in wanted:
            path.unlink()
            changed = True
    for name, content in wanted.items():
        path = stage / name
        if not path.is_file() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            changed = True
    return changed
