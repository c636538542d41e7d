"""test_cli_help: help of every command: imperative, plain, with examples and -h; and completion."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from kesu.cli import commands
from kesu.common.command_types import Command, Group

ROOT = Path(__file__).parents[2]
Found = tuple[tuple[str, ...], click.Command]
VERBS = {
    *(
        "Build",
        "Check",
        "Compare",
        "Copy",
        "Diagnose",
        "Draw",
        "Flash",
        "Inject",
        "List",
        "Measure",
        "Pass",
        "Place",
    ),
    *(
        "Find",
        "Print",
        "Put",
        "Read",
        "Regenerate",
        "Renew",
        "Report",
        "Run",
        "Show",
        "Test",
        "Try",
        "Verify",
        "Write",
    ),
}
"""Verbs that begin the help of a command. A new one is added here when it is an imperative."""
VAGUE = re.compile(r"\b(default|left out|say how|so often|only these|as it is)\b", re.IGNORECASE)
"""Words of help texts that said a default in words, or too little."""


def walk(
    command: click.Command, words: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command and group below one, with the words that call it."""
    yield words, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from walk(found, (*words, name))


EVERY = {" ".join(words): command for words, command in walk(commands.main)}


def avoided() -> list[str]:
    """The words that docs/style.md lists."""
    table = (ROOT / "docs" / "style.md").read_text(encoding="utf-8")
    part = table.split("<!-- words -->")[1].split("<!-- end of words -->")[0]
    return [row.split("|")[1].strip() for row in part.splitlines() if row.startswith("|")][2:]


def is_sentence(line: str) -> bool:
    """Whether a line is one imperative sentence."""
    return line.split(maxsplit=1)[0].rstrip(",") in VERBS and line.endswith(".")


def printed(*words: str) -> str:
    result = CliRunner().invoke(commands.main, list(words), prog_name="kesu")
    assert result.exit_code == 0, result.output
    return result.output


def test_all_commands_are_walked() -> None:
    assert {
        "",
        "flash",
        "dev",
        "dev build",
        "dev benchmark timing",
        "glass compare",
        "evidence check",
    } <= EVERY.keys()
    assert len(EVERY) > len(commands.SUBCOMMANDS) + len(commands.DEV_SUBCOMMANDS)


@pytest.mark.parametrize("words", EVERY)
def test_short_and_long_help_option_print_the_same(words: str) -> None:
    output = printed(*words.split(), "-h")
    assert output == printed(*words.split(), "--help")
    assert output.startswith(f"Usage: kesu {words}".rstrip())
    assert "-h, --help" in output


@pytest.mark.parametrize("words", EVERY)
def test_help_begins_with_an_imperative_sentence(words: str) -> None:
    text = " ".join((EVERY[words].help or "").split())
    assert is_sentence(text.split(". ")[0].rstrip(".") + "."), text
    if words:
        short = EVERY[words].get_short_help_str(66)
        assert is_sentence(short), short
        assert len(short) <= 66


@pytest.mark.parametrize(
    "line",
    [
        line
        for table in (commands.COMMANDS, commands.DEV_COMMANDS)
        for part in table.values()
        for _, line in part.values()
    ],
)
def test_the_line_in_the_list_is_one_short_imperative_sentence(line: str) -> None:
    assert is_sentence(line)
    assert len(line) <= 66


@pytest.mark.parametrize("line", ["Is it whole?", "What a softphone runs.", "Flash a pad", "flash a pad."])
def test_control_other_lines_are_found(line: str) -> None:
    assert not is_sentence(line)


@pytest.mark.parametrize("words", EVERY)
def test_help_ends_with_examples_that_the_command_line_accepts(words: str) -> None:
    command = EVERY[words]
    assert isinstance(command, Command | Group)
    assert 1 <= len(command.examples) <= 5
    assert printed(*words.split(), "-h").rstrip().splitlines()[-1] == f"  {command.examples[-1]}"
    for example in command.examples:
        given = shlex.split(example.split("   ")[0])
        assert given[0] == "kesu"
        if "COMMAND" in given:
            continue
        found: click.Command = commands.main
        rest = given[1:]
        while isinstance(found, click.Group):
            found = found.get_command(click.Context(found), rest.pop(0)) or pytest.fail(example)
        known = {
            option for parameter in found.params for option in (*parameter.opts, *parameter.secondary_opts)
        }
        assert {word for word in rest if word.startswith("-")} <= known, example
        assert words == "" or " ".join(given[1:]).startswith(words)


@pytest.mark.parametrize("words", EVERY)
def test_every_option_has_a_sentence_and_shows_its_default_in_one_way(words: str) -> None:
    for option in EVERY[words].params:
        if not isinstance(option, click.Option) or option.hidden:
            continue
        text = option.help or ""
        assert re.match(r"[A-Z].*\.$|(minisign|picotool)\b.*\.$", text), f"{option.name}: {text!r}"
        assert not VAGUE.search(text), f"{option.name}: {text!r}"
        assert "[" not in text, "click prints defaults and ranges"
    output = " ".join(printed(*words.split(), "-h").split())
    defaults = [part for part in re.findall(r"\[[^\]]*default[^\]]*\]", output)]
    assert all(part.startswith("[default: ") or "env var" in part for part in defaults), defaults


def test_defaults_are_shown() -> None:
    assert "[default: (dist)]" in " ".join(printed("release", "-h").split())
    assert "[default: 2; 1<=x<=64]" in " ".join(printed("verify", "-h").split())
    assert "[default: (random); 0<=x<=2147483647]" in " ".join(printed("faults", "-h").split())


@pytest.mark.parametrize("words", EVERY)
def test_help_has_no_word_of_the_list_in_the_style_page(words: str) -> None:
    output = " ".join(printed(*words.split(), "-h").split()).lower()
    found = [word for word in avoided() if re.search(rf"\b{re.escape(word)}\b", output)]
    assert found == []


def test_control_the_list_has_words() -> None:
    assert len(avoided()) > 10


def completed(*words: str) -> list[str]:
    """What `kesu` offers to a shell after these words, the last one incomplete."""
    line = " ".join(("kesu", *words))
    environment = os.environ | {
        "_KESU_COMPLETE": "bash_complete",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words)),
    }
    done = subprocess.run(
        [sys.executable, "-m", "kesu"], env=environment, capture_output=True, text=True, check=False
    )
    return [found.split(",", 1)[1] for found in done.stdout.splitlines()]


@pytest.mark.slow
def test_shells_complete_commands_groups_and_options() -> None:
    assert completed("ver") == ["verify"]
    assert completed("dev", "a") == ["agree", "assets"]
    assert completed("dev", "benchmark", "l") == ["legibility"]
    assert "--record" in completed("flash", "--r")
    assert completed("verify", "--profile", "q") == ["quick"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_for_each_shell_is_printed(shell: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "kesu"],
        env=os.environ | {"_KESU_COMPLETE": f"{shell}_source"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"_KESU_COMPLETE={shell}_complete" in done.stdout
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=done.stdout, text=True, check=True)
    page = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert f"_KESU_COMPLETE={shell}_source kesu" in page
