"""conftest: images are built once, pads boot once per worker; every test runs on a forked copy."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.core.fork import fork_run
from kesu.images import toolchain
from kesu.images.policy.copy import apply
from kesu.images.policy.document import read_policy
from kesu.images.toolchain.request import BuiltImage, built_files
from scenes import Written, ready_pad, write_note


@pytest.fixture(scope="session")
def sealed() -> BuiltImage:
    return toolchain.ensure("sealed")


@pytest.fixture(scope="session")
def blank_pad(sealed: BuiltImage) -> VirtualPad:
    return ready_pad(sealed)


@pytest.fixture(scope="session")
def written(sealed: BuiltImage) -> Written:
    return write_note(ready_pad(sealed))


@pytest.fixture
def on_blank(blank_pad: VirtualPad) -> Callable[..., Any]:
    """Run a scenario(pad) on a copy of the ready pad; returns what it returns."""
    return lambda scenario: fork_run(blank_pad, scenario)


@pytest.fixture
def on_written(written: Written) -> Callable[..., Any]:
    """Run a scenario(written) on a copy of the pad in mid-call; returns what it returns."""
    return lambda scenario: fork_run(written, scenario)


@pytest.fixture(scope="session")
def firmware() -> Path:
    """The firmware's source tree."""
    return Path(__file__).resolve().parents[2] / "firmware"


@pytest.fixture(scope="session")
def short_policy(sealed: BuiltImage, tmp_path_factory: pytest.TempPathFactory) -> BuiltImage:
    """A copy of the sealed image with the shortest idle time (20 s) and maximum age (60 s) of a policy, without
    extensions, and 10 s of after-call work, which the hook begins, too."""
    folder = tmp_path_factory.mktemp("short-policy")
    policy = folder / "policy.toml"
    times = "[timeouts]\nidle_s = 20\nmax_age_s = 60\nextension_s = 0\nwrap_up_s = 10\n"
    policy.write_text(f"{times}[call]\nwrap_up_by_hook = 1\n", encoding="utf-8")
    apply(sealed.uf2, read_policy(policy), folder / sealed.uf2.name)
    return built_files(folder / sealed.uf2.name)


@pytest.fixture(scope="session")
def written_briefly(short_policy: BuiltImage) -> Written:
    """A note on a pad with that image."""
    return write_note(ready_pad(short_policy))
