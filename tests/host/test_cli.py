"""test_cli: help, messages and exit codes of `kesu`."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from kesu import cli
from kesu.errors import KesuError

POLICY = "[timeouts]\nidle_s = {idle}\n"


def run(*arguments: str) -> tuple[int, str]:
    """Exit code and output of `kesu ARGUMENTS`."""
    result = CliRunner().invoke(cli.main, list(arguments))
    return result.exit_code, result.output


def test_help_names_every_subcommand() -> None:
    code, output = run("--help")
    assert code == 0
    for name in cli.SUBCOMMANDS:
        assert name in output


def test_help_imports_no_subcommand() -> None:
    script = (
        "import sys; from click.testing import CliRunner; from kesu import cli\n"
        "assert CliRunner().invoke(cli.main, ['--help']).exit_code == 0\n"
        "print([m for m in sys.modules if m.endswith('.command') or m.startswith(('numpy', 'PIL'))])\n"
        "CliRunner().invoke(cli.main, ['build', '--help'])\n"
        "print('kesu.build.command' in sys.modules)"
    )
    printed = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout
    assert printed.splitlines() == ["[]", "True"]


@pytest.mark.parametrize("name", sorted(cli.SUBCOMMANDS))
def test_every_subcommand_has_help(name: str) -> None:
    code, output = run(name, "--help")
    assert code == 0
    assert "Usage:" in output


def test_an_unknown_subcommand_is_a_usage_error() -> None:
    code, output = run("erase")
    assert code == 2
    assert "No such command 'erase'" in output


def test_build_refuses_an_unknown_profile() -> None:
    code, output = run("build", "--profile", "open")
    assert code == 2
    assert "sealed" in output


@pytest.mark.parametrize(
    ("idle", "accepted"), [("19", False), ("901", False), ('"long"', False), ("true", False), ("20", True)]
)
def test_build_checks_the_policy_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, idle: str, accepted: bool
) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text(POLICY.format(idle=idle), encoding="utf-8")
    # This PATH has no compiler, so an accepted policy stops at the next check.
    monkeypatch.setenv("PATH", "/nowhere")
    code, output = run("build", "--policy", str(policy))
    assert code == (3 if accepted else 2)
    assert ("from 20 to 900" in output) is not accepted
    assert "Traceback" not in output


def test_build_refuses_a_folder_that_is_not_the_sdk(tmp_path: Path) -> None:
    code, output = run("build", "--pico-sdk", str(tmp_path))
    assert code == 2
    assert "pico_sdk_init.cmake" in output


def test_build_refuses_a_folder_without_firmware(tmp_path: Path) -> None:
    code, output = run("build", "--firmware", str(tmp_path))
    assert code == 2
    assert "has no main.py" in output


def test_build_names_the_missing_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    code, output = run("build")
    assert code == 3
    assert "arm-none-eabi-gcc" in output
    assert "./dev setup" in output


def failing(error: Exception) -> click.Command:
    """A subcommand that fails in the given way."""

    @click.command()
    def command() -> None:
        raise error

    return command


def test_a_known_failure_gives_message_hint_and_code(monkeypatch: pytest.MonkeyPatch) -> None:
    error = KesuError("The pad is asleep.", hint="Wake it.", code=9)
    monkeypatch.setattr(cli.LazyGroup, "get_command", lambda *_: failing(error))
    code, output = run("build")
    assert (code, output) == (9, "kesu: The pad is asleep.\n  -> Wake it.\n")


def test_an_unexpected_failure_gives_one_sentence_and_70(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli.LazyGroup, "get_command", lambda *_: failing(ZeroDivisionError("by zero")))
    code, output = run("build")
    assert code == 70
    assert "ZeroDivisionError: by zero" in output
    assert "Traceback" not in output
