"""test_cli: help, messages and exit codes of `kesu`."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from kesu.cli import commands
from kesu.common.command_types import Command
from kesu.common.errors import Exit, KesuError

POLICY = "[timeouts]\nidle_s = {idle}\n"


def run(*arguments: str) -> tuple[int, str]:
    """Exit code and output of `kesu ARGUMENTS`."""
    result = CliRunner().invoke(commands.main, list(arguments))
    return result.exit_code, result.output


def test_help_names_every_subcommand() -> None:
    code, output = run("--help")
    assert code == 0
    for heading, entries in commands.COMMANDS.items():
        assert f"{heading}:\n" in output
        for name, (_, line) in entries.items():
            assert re.search(rf"^  {name} +{re.escape(line)}$", output, re.MULTILINE)


def test_help_imports_no_subcommand() -> None:
    script = (
        "import sys; from click.testing import CliRunner; from kesu.cli import commands\n"
        "assert CliRunner().invoke(commands.main, ['--help']).exit_code == 0\n"
        "print([m for m in sys.modules if m.endswith('.command') or m.startswith(('numpy', 'PIL'))])\n"
        "CliRunner().invoke(commands.main, ['dev', 'build', '--help'])\n"
        "print('kesu.images.toolchain.command' in sys.modules)"
    )
    printed = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout
    assert printed.splitlines() == ["[]", "True"]


def test_an_unknown_subcommand_is_a_usage_error() -> None:
    code, output = run("frobnicate")
    assert code == Exit.USAGE
    assert "No such command 'frobnicate'." in output
    assert "Did you mean" not in output


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (["verfy"], "verify"),
        (["dev", "buidl"], "build"),
        (["evidence", "chek"], "check"),
        (["glass", "compar"], "compare"),
        (["dev", "benchmark", "legibilty"], "legibility"),
    ],
)
def test_a_mistyped_command_is_suggested(words: list[str], meant: str) -> None:
    code, output = run(*words)
    assert code == Exit.USAGE
    assert f"Did you mean '{meant}'?" in output


@pytest.mark.parametrize("words", [["verify", "--profil"], ["dev", "build", "--bord"], ["flash", "--recrod"]])
def test_a_mistyped_option_is_suggested(words: list[str]) -> None:
    code, output = run(*words)
    assert code == Exit.USAGE
    assert "Did you mean" in output


@pytest.mark.parametrize("name", sorted(commands.DEV_SUBCOMMANDS))
def test_a_command_that_moved_names_its_new_place(name: str) -> None:
    code, output = run(name, "--help")
    assert code == Exit.USAGE
    assert f"'kesu {name}' is now 'kesu dev {name}'." in output


def test_build_refuses_an_unknown_profile() -> None:
    code, output = run("dev", "build", "--profile", "open")
    assert code == Exit.USAGE
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
    code, output = run("dev", "build", "--policy", str(policy))
    assert code == (Exit.UNAVAILABLE if accepted else Exit.CONFIG)
    assert ("from 20 to 900" in output) is not accepted
    assert "Traceback" not in output


def test_build_refuses_a_folder_that_is_not_the_source_it_is_said_to_be(tmp_path: Path) -> None:
    code, output = run("dev", "build", "--pico-sdk", str(tmp_path))
    assert code == Exit.DATA
    assert "pico_sdk_init.cmake" in output


def test_build_refuses_a_folder_without_firmware(tmp_path: Path) -> None:
    code, output = run("dev", "build", "--firmware", str(tmp_path))
    assert code == Exit.DATA
    assert "has no main.py" in output


def test_build_names_the_missing_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    code, output = run("dev", "build")
    assert code == Exit.UNAVAILABLE
    assert "arm-none-eabi-gcc" in output
    assert "./dev setup" in output


def failing(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Every subcommand fails in the given way."""

    @click.command(cls=Command)
    def command() -> None:
        raise error

    monkeypatch.setattr(commands.LazyGroup, "get_command", lambda *_: command)


def test_a_known_failure_gives_message_hint_and_code(monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, KesuError("The pad is asleep.", hint="Wake it.", code=Exit.UNAVAILABLE))
    code, output = run("devices")
    assert (code, output) == (69, "kesu: The pad is asleep.\n  -> Wake it.\n")


def test_an_unexpected_failure_gives_its_kind_and_place_and_70(monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, ZeroDivisionError("by zero"))
    code, output = run("devices")
    assert code == 70
    assert re.match(
        r"kesu: internal error: ZeroDivisionError: by zero \(test_cli\.py, line \d+\)\.\n", output
    )
    assert "--debug" in output
    assert "Traceback" not in output


@pytest.mark.parametrize(
    ("words", "environment"),
    [(["--debug", "devices"], {}), (["devices", "--debug"], {}), (["devices"], {"KESU_DEBUG": "1"})],
)
@pytest.mark.parametrize("error", [ZeroDivisionError("by zero"), KesuError("Asleep.", code=Exit.DATA)])
def test_debug_prints_the_traceback_and_keeps_the_code(
    monkeypatch: pytest.MonkeyPatch, words: list[str], environment: dict[str, str], error: Exception
) -> None:
    failing(monkeypatch, error)
    result = CliRunner().invoke(commands.main, words, env=environment)
    assert result.exit_code == (Exit.DATA if isinstance(error, KesuError) else Exit.INTERNAL)
    assert "Traceback (most recent call last)" in result.output
    assert "in command\n" in result.output
    quiet = CliRunner().invoke(commands.main, ["devices"], env={"KESU_DEBUG": "0"})
    assert "Traceback" not in quiet.output


@pytest.mark.parametrize("name", ["agent", "relay", "hook", "devices"])
@pytest.mark.parametrize("words", [[], ["--debug"]])
def test_the_text_of_an_unexpected_failure_is_not_shown_where_calls_are_handled(
    monkeypatch: pytest.MonkeyPatch, name: str, words: list[str]
) -> None:
    cause = ValueError("09012345678")
    error = RuntimeError("to 09012345678")
    error.__cause__ = cause
    failing(monkeypatch, error)
    code, output = run(name, *words)
    assert code == Exit.INTERNAL
    assert "RuntimeError" in output
    assert ("0901234" in output) == (name == "devices"), "the control: elsewhere the text helps"
    if words and name != "devices":
        assert "ValueError" in output
        assert "test_cli.py" in output


@pytest.mark.parametrize("error", [KeyboardInterrupt(), click.Abort()])
def test_ctrl_c_is_not_the_code_of_a_failed_check(
    monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    failing(monkeypatch, error)
    assert run("devices") == (Exit.INTERRUPTED, "kesu: stopped.\n")
