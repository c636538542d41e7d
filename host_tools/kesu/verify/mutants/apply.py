"""apply: makes a changed copy of the firmware's tree and builds its image."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path

from kesu.common.checkout import repository
from kesu.common.errors import KesuError
from kesu.images.toolchain import build as build_image
from kesu.images.toolchain.inputs import SKIPPED
from kesu.images.toolchain.kit import Kit
from kesu.images.toolchain.relink import can_relink, relink
from kesu.images.toolchain.request import BuildRequest, BuiltImage
from kesu.spec.panels import DEFAULT_PANEL
from kesu.verify.mutants.definition import Definition


def changed_tree(
    definition: Definition, target: Path, firmware: Path | None = None, panel: str = DEFAULT_PANEL
) -> Path:
    """Copy `firmware` (default: the checkout's) to `target` and make the definition's changes for that panel.

    Returns `target`. Raises KesuError, before anything is written, when a change does not fit.
    """
    source = firmware or repository() / "firmware"
    texts = definition.changed(source, panel)
    shutil.copytree(source, target, ignore=shutil.ignore_patterns(*SKIPPED))
    for path, text in texts.items():
        (target / path).write_text(text, encoding="utf-8")
    return target


def build(
    definition: Definition,
    out: Path,
    firmware: Path | None = None,
    panel: str = DEFAULT_PANEL,
    board: str = "pico",
    kit: Kit | None = None,
) -> BuiltImage:
    """Build the sealed image of a mutant for a panel and a board; tree and image go below `out`. Raises KesuError.

    With the kit of the true firmware's image, only the changed files are compiled. What needs more (see
    kesu.images.toolchain.relink) is built as a whole.
    """
    source = firmware or repository() / "firmware"
    texts = definition.changed(source, panel)
    if kit is not None and can_relink(texts):
        with suppress(KesuError):
            return relink(kit, texts, out / "image")
    tree = out / "firmware"
    if tree.exists():
        shutil.rmtree(tree)
    changed_tree(definition, tree, firmware, panel)
    return build_image(BuildRequest(firmware=tree, out=out, panel=panel, board=board))
