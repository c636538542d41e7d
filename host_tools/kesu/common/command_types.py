"""command_types: what all commands of `kesu` share: examples, suggestions, --debug, kinds of paths."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import click

from kesu.common import packaged
from kesu.common.errors import Exit, KesuError

DEBUG = "kesu.debug"
"""Key in the context's meta, which all nested contexts share: whether to print tracebacks."""


def debug_option(*, hidden: bool = False) -> click.Option:
    """The option --debug. Every command takes it, so that it can be added at the end of the line."""

    def remember(context: click.Context, _option: click.Parameter, wanted: bool) -> None:
        context.meta[DEBUG] = wanted or context.meta.get(DEBUG, False)

    return click.Option(
        ["--debug"],
        is_flag=True,
        is_eager=True,
        expose_value=False,
        hidden=hidden,
        callback=remember,
        envvar=None if hidden else "KESU_DEBUG",
        help="Print the traceback of an error; KESU_DEBUG=1 does the same.",
    )


class Command(click.Command):
    """A command whose help ends with examples."""

    def __init__(self, *arguments: Any, examples: Sequence[str] = (), **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.examples = tuple(examples)
        self.params.append(debug_option(hidden=True))

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples, one a line."""
        write_examples(formatter, self.examples)


class Group(click.Group):
    """A group that suggests a name for a mistyped command, and whose help ends with examples."""

    command_class = Command

    def __init__(self, *arguments: Any, examples: Sequence[str] = (), **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.examples = tuple(examples)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples, one a line."""
        write_examples(formatter, self.examples)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command. click.UsageError with the nearest names for one that does not exist."""
        name = args[0]
        if not name.startswith("-") and not ctx.resilient_parsing and self.get_command(ctx, name) is None:
            raise click.UsageError(self.unknown(ctx, name), ctx)
        return super().resolve_command(ctx, args)

    def unknown(self, ctx: click.Context, name: str) -> str:
        """What to say about a command that does not exist."""
        return f"No such command '{name}'.{did_you_mean(name, self.list_commands(ctx))}"


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A question with the nearest known names, to be put after a sentence; empty when none is near."""
    near = difflib.get_close_matches(name, list(known), cutoff=0.6)
    return f" Did you mean {' or '.join(repr(one) for one in near)}?" if near else ""


def write_examples(formatter: click.HelpFormatter, examples: Sequence[str]) -> None:
    """Write a section of command lines, unwrapped."""
    if examples:
        with formatter.section("Examples"):
            for line in examples:
                formatter.write(f"{'':{formatter.current_indent}}{line}\n")


class _Path(click.Path):
    """A path on the command line whose faults have the exit codes of `kesu`, not the one of wrong use."""

    def __init__(self, *, folder: bool) -> None:
        super().__init__(file_okay=not folder, dir_okay=folder, path_type=Path)
        self._wanted = "folder" if folder else "file"

    def _is_other_kind(self, path: Path) -> bool:
        return path.is_dir() != (self._wanted == "folder") and path.exists()


class Input(_Path):
    """A file or folder to read: it exists, is of the kind, and may be read. hint: what to give instead."""

    def __init__(self, *, folder: bool, hint: str = "") -> None:
        super().__init__(folder=folder)
        self._hint = hint or f"Check the path of the {self._wanted}."

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """The path. KesuError for one that cannot be read."""
        path = Path(value)
        if not path.exists():
            raise KesuError(f"{path} does not exist.", hint=self._hint, code=Exit.NO_INPUT)
        if self._is_other_kind(path):
            raise KesuError(f"{path} is not a {self._wanted}.", hint=self._hint, code=Exit.NO_INPUT)
        if not os.access(path, os.R_OK):
            raise KesuError(f"{path} may not be read by this user.", code=Exit.NO_PERMISSION)
        return path


class Output(_Path):
    """A file or folder to write: new, or of the kind."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """The path. KesuError for one that cannot be written."""
        path = Path(value)
        if self._is_other_kind(path):
            raise KesuError(
                f"{path} exists and is not a {self._wanted}.",
                hint="Give another path.",
                code=Exit.CANNOT_CREATE,
            )
        return path


class _Image(Input):
    """A UF2 to read, by its path; of an image in the installed package, its name is enough."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """The path. KesuError for one that cannot be read."""
        name = f"{str(value).removesuffix('.uf2')}.uf2"
        if not Path(value).exists() and f"{packaged.IMAGES}/{name}" in packaged.contents():
            return packaged.unpacked(packaged.IMAGES) / name
        return super().convert(value, param, ctx)


IMAGE = _Image(
    folder=False,
    hint="Give the .uf2 of an image: `kesu images` lists those of an installed package, "
    "`kesu dev build` writes them to dist/ of a checkout.",
)
INPUT_FILE, INPUT_FOLDER = Input(folder=False), Input(folder=True)
OUTPUT_FILE, OUTPUT_FOLDER = Output(folder=False), Output(folder=True)
