"""command: `kesu policy`: shows the policy of an image, puts another into a copy of it, lists the presets."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
from pathlib import Path

import click

from kesu.common.command_types import IMAGE, INPUT_FILE, OUTPUT_FILE, Group
from kesu.common.uf2 import load, parse
from kesu.images.policy.block import Block, packed, parsed
from kesu.images.policy.copy import apply
from kesu.images.policy.document import PRESETS, as_file, given_policy, read_policy
from kesu.images.policy.stamp import block_of, named
from kesu.spec.policy import SETTINGS


@click.group(
    "policy",
    cls=Group,
    examples=(
        "kesu policy presets standard > policy.toml",
        "kesu policy apply IMAGE policy.toml -o desk.uf2",
        "kesu policy show desk.uf2",
    ),
)
def command() -> None:
    """Show the policy of an image, or put another one into a copy of it: times, language, template, hand.

    A policy file names the settings that differ from the defaults. No compiler is needed, and the copy differs
    from the image in its policy block alone, which `kesu audit COPY --base IMAGE` shows.
    """


@command.command(
    "show",
    short_help="Show the policy of an image.",
    examples=("kesu policy show IMAGE", "kesu policy show IMAGE --toml > policy.toml"),
)
@click.argument("image", type=IMAGE)
@click.option("--toml", "as_toml", is_flag=True, help="Print a policy file.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show_command(image: Path, as_toml: bool, as_json: bool) -> None:
    """Show the policy of IMAGE, a .uf2: each setting, and the checksum that the pad shows."""
    if as_toml and as_json:
        raise click.UsageError("--toml and --json exclude each other.")
    uf2 = parse(load(image), image)
    identity, block = named(uf2, image), block_of(uf2, image)
    if as_toml:
        click.echo(as_file(block.values), nl=False)
    elif as_json:
        content = {
            "format": 1,
            "image": identity.name,
            "version": identity.version,
            "image_id": identity.image_id,
            "policy": {
                setting.name: json.loads(setting.written(block.values[setting.name])) for setting in SETTINGS
            },
            "policy_crc": block.checksum,
            "preset": preset_of(block),
        }
        click.echo(json.dumps(content, indent=2))
    else:
        click.echo(f"{identity.name} {identity.version}, image {identity.image_id}, {summary(block)}")
        for line in in_lines(block):
            click.echo(f"  {line}")


@command.command(
    "apply",
    short_help="Put another policy into a copy of an image.",
    examples=(
        "kesu policy apply IMAGE policy.toml -o desk.uf2",
        "kesu policy apply IMAGE --preset strict -o strict.uf2",
    ),
)
@click.argument("image", type=IMAGE)
@click.argument("policy", type=INPUT_FILE, required=False)
@click.option("--preset", type=click.Choice([*PRESETS]), help="Take this preset instead of a POLICY file.")
@click.option("-o", "--out", type=OUTPUT_FILE, required=True, help="File for the copy, a .uf2.")
def apply_command(image: Path, policy: Path | None, preset: str | None, out: Path) -> None:
    """Write a copy of the sealed IMAGE with the settings of the file POLICY; all others have their defaults.

    If .elf and .json are beside IMAGE, copies of them are written beside the new file, for `kesu audit`, `verify`
    and `flash`. IMAGE itself does not change.
    """
    values = given_policy(policy, preset)
    if values is None:
        raise click.UsageError("Give a POLICY file or --preset.")
    written = apply(image, values, out)
    block = parsed(packed(values))
    click.echo(f"{', '.join(str(path) for path in written)}: {summary(block)}")


@command.command(
    "presets",
    short_help="List the presets, or print one.",
    examples=("kesu policy presets", "kesu policy presets standard > policy.toml"),
)
@click.argument("name", type=click.Choice([*PRESETS]), required=False)
def presets_command(name: str | None) -> None:
    """List the presets; with NAME, print that one as a policy file to start from."""
    if name is not None:
        click.echo(PRESETS[name].read_text(encoding="utf-8"), nl=False)
        return
    for each, path in PRESETS.items():
        click.echo(f"{each}: {summary(parsed(packed(read_policy(path))))}")


def preset_of(block: Block) -> str | None:
    """The name of the preset with these values, if there is one."""
    return next((name for name, path in PRESETS.items() if read_policy(path) == block.values), None)


def summary(block: Block) -> str:
    """Checksum, preset, and the settings that differ from the defaults, in one line."""
    preset = preset_of(block)
    other = [
        f"{setting.name} = {setting.written(block.values[setting.name])}"
        for setting in SETTINGS
        if block.values[setting.name] != setting.default
    ]
    return ", ".join([f"policy {block.checksum}", *([f"preset {preset}"] if preset else []), *other])


def in_lines(block: Block) -> list[str]:
    """Each setting on a line; one that differs from its default with that."""
    lines = []
    for setting in SETTINGS:
        value = block.values[setting.name]
        default = "" if value == setting.default else f"  (default {setting.written(setting.default)})"
        lines.append(f"{setting.name:24} {setting.written(value)}{default}")
    return lines
