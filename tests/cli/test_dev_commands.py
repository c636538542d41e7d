"""test_dev_commands: `kesu dev`; some of its commands are in a checkout only."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import subprocess
import sys

import pytest
from click.testing import CliRunner
from kesu.cli import commands


@pytest.mark.parametrize("name", sorted(commands.DEV_SUBCOMMANDS))
def test_every_dev_command_has_help(name: str) -> None:
    result = CliRunner().invoke(commands.main, ["dev", name, "--help"])
    assert result.exit_code == 0
    assert f"dev {name}" in result.output


IN_WHEEL = {"assets", "build", "sync"}


def run_as_installed(*arguments: str) -> subprocess.CompletedProcess[str]:
    """`kesu` as where the wheel is installed: there is no package kesu_dev."""
    script = (
        "import importlib.util as util, sys\nfind = util.find_spec\n"
        "util.find_spec = lambda name, package=None: None if name == 'kesu_dev' else find(name, package)\n"
        "from kesu.cli.commands import main\nmain(sys.argv[1:], prog_name='kesu')"
    )
    command = [sys.executable, "-c", script, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def listed(output: str) -> set[str]:
    """Names in the list of commands of `kesu dev --help`."""
    lines = output.partition("\nCommands:\n")[2].partition("\n\n")[0].splitlines()
    return {line.split()[0] for line in lines}


def test_dev_lists_commands_of_kesu_dev_only_where_that_package_is() -> None:
    result = CliRunner().invoke(commands.main, ["dev", "--help"])
    assert listed(result.output) == IN_WHEEL | set(commands.CHECKOUT_COMMANDS)
    installed = run_as_installed("dev", "--help")
    assert installed.returncode == 0
    assert listed(installed.stdout) == IN_WHEEL


@pytest.mark.parametrize("name", sorted(commands.CHECKOUT_COMMANDS))
def test_a_command_that_the_wheel_lacks_is_explained(name: str) -> None:
    result = run_as_installed("dev", name)
    assert result.returncode == 2
    assert f"'kesu dev {name}' needs a checkout" in result.stderr


@pytest.mark.parametrize("name", sorted(IN_WHEEL))
def test_other_commands_of_dev_work_from_the_wheel(name: str) -> None:
    assert run_as_installed("dev", name, "--help").returncode == 0
