"""targets: what `kesu verify --target` verifies on: the virtual pad, or a pad with a test rig around it."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from kesu.common.errors import Exit, KesuError

if TYPE_CHECKING:
    from kesu.images.toolchain.request import BuiltImage
    from kesu.verify.results import Run

VIRTUAL = "virtual"
RIG_VIRTUAL = "rig-virtual"
RIG = "rig:"
MODULES: dict[str, str] = {}
"""Module of a checkout whose `verify` plays a target that begins with "rig"; the table of commands enters it."""

Verify = Callable[["BuiltImage", str, int, Callable[[int, int, str], None]], "Run"]


class Target(click.ParamType[str]):
    """virtual, rig-virtual, or rig: and a name of tests/hil/pads.toml."""

    name = "target"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The target; fails for any other word."""
        text = str(value)
        if text not in (VIRTUAL, RIG_VIRTUAL) and not (text.startswith(RIG) and text.removeprefix(RIG)):
            self.fail(f"{text!r} is not {VIRTUAL}, {RIG_VIRTUAL} or {RIG}NAME.", param, ctx)
        return text


def with_rig() -> Verify:
    """What verifies on a pad with a rig. Raises KesuError outside of a checkout."""
    if "rig" not in MODULES:
        raise KesuError(
            "A test rig needs a checkout of the sources.",
            hint="Verify on the virtual pad, or clone the repository and run `./dev setup`.",
            code=Exit.UNAVAILABLE,
        )
    found: Verify = importlib.import_module(MODULES["rig"]).verify
    return found
