"""going: options and main loop shared by `kesu flash` and `kesu seal`."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from kesu.common.command_types import IMAGE, INPUT_FILE
from kesu.common.errors import Exit, KesuError
from kesu.common.usb_ids import Mode
from kesu.devices.discovery.find import Pad, choose, pads
from kesu.devices.discovery.host import Host
from kesu.devices.flash import batch, newest, steps
from kesu.devices.flash.image import FlashImage, load_image
from kesu.devices.flash.job import Job
from kesu.devices.flash.plan import Outcome, Plan
from kesu.devices.rehearsal.options import MARK, OPTIONS
from kesu.images.policy.document import PRESETS, given_policy

_SHARED = (
    click.argument("image", type=IMAGE),
    click.option(
        "--pad",
        "wanted",
        multiple=True,
        help="Pad, by serial number, USB port (1-1.3) or drive; may be repeated.",
    ),
    click.option("--all", "everyone", is_flag=True, help="Flash every connected pad that is not sealed."),
    click.option(
        "--public-key",
        type=INPUT_FILE,
        envvar="KESU_PUBLIC_KEY",
        help="Refuse images that this key has not signed; KESU_PUBLIC_KEY sets it, too.",
    ),
    click.option("--policy", type=INPUT_FILE, help="Put the settings of this policy file into the image."),
    click.option(
        "--preset", type=click.Choice([*PRESETS]), help="Put the settings of this preset into the image."
    ),
    click.option(
        "--base",
        type=IMAGE,
        help="IMAGE is a copy of this one with another policy; check this one, and that nothing else differs.",
    ),
    click.option("--allow-older", is_flag=True, help="Allow an older version over a newer or unknown one."),
    click.option("--resume", is_flag=True, help="Skip the pads that the record lists as done."),
    click.option("--jobs", type=click.IntRange(1, 64), default=8, help="Number of pads at a time."),
    click.option("--json", "as_json", is_flag=True, help="Print JSON."),
    *OPTIONS,
)


def shared(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the shared options to a command."""
    for decorate in reversed(_SHARED):
        function = decorate(function)
    return function


def loaded(
    image: Path,
    *,
    public_key: Path | None,
    policy: Path | None,
    preset: str | None,
    base: Path | None,
    **_: Any,
) -> FlashImage:
    """The checked image of the shared options, with the policy that they ask for."""
    return load_image(image, public_key, base=base, policy=given_policy(policy, preset))


def rehearsed_or_real(
    ctx: click.Context,
    host: Host,
    image: FlashImage,
    make: Callable[[Host, str], Plan],
    *,
    rehearse: bool,
    rehearse_pads: list[str],
    **rest: Any,
) -> None:
    """Carry out the plan that `make` gives for a machine and a mark: on this machine, or on stand-in pads."""
    if not rehearse:
        go(ctx, host, make(host, ""), **rest)
        return
    from kesu.devices.rehearsal.rehearse import stand_ins

    try:
        with stand_ins(image, rehearse_pads) as made_up:
            go(ctx, made_up, make(made_up, MARK), **rest)
    except KesuError as error:
        raise KesuError(f"{MARK}: {error.message}", hint=error.hint, code=error.code) from error


def go(
    ctx: click.Context,
    host: Host,
    plan: Plan,
    *,
    wanted: tuple[str, ...],
    everyone: bool,
    jobs: int,
    as_json: bool,
    **_: Any,
) -> None:
    """Choose pads, run all jobs, print the outcomes, and exit with the code."""
    if plan.picotool and not has_picotool(host):
        raise KesuError(
            "picotool is not installed.",
            hint="apt-get install picotool; or `kesu flash --via drive`, which proves nothing.",
            code=Exit.UNAVAILABLE,
        )
    if not plan.only_check and not plan.allow_older:
        newest.refuse_older(host, plan.image)
    if plan.record is not None and not plan.only_check:
        plan.record.check()  # a faulty record must stop the run before any pad is touched
    found = pads(host)
    # --all skips sealed pads that are connected: only their BOOTSEL button makes them writable.
    usable = [pad for pad in found if pad.mode is not Mode.SEALED]
    chosen = choose(found if wanted else usable, wanted, everyone=everyone)

    def say(text: str, err: bool = False) -> None:
        click.echo(_marked(text, plan.mark), err=err)

    signed = f", signed: {plan.image.signed}" if plan.image.signed is not None else ", signature not checked"
    version = f" {plan.image.version}" if plan.image.version else ""
    policy = f", policy {plan.image.policy}" if plan.image.policy else ""
    say(
        f"{plan.image.name}{version} for {plan.image.chip.name}, SHA-256 {plan.image.sha256[:16]}...{policy}{signed}",
        err=True,
    )
    outcomes, interrupted = _run(host, chosen, plan, jobs)
    code = batch.exit_code(outcomes, interrupted)
    if as_json:
        click.echo(json.dumps(_document(plan, batch.as_json(outcomes), code), indent=2))
    else:
        say(batch.table(outcomes))
    if interrupted:
        how = "with --resume, which skips finished pads" if plan.record else "for the pads that are not done"
        say(f"Stopped. Run the same command again {how}.", err=True)
    if not plan.only_check and any(outcome.verdict is steps.DONE for outcome in outcomes):
        newest.remember(host, plan.image)  # last: the outcomes are printed even if this fails
    ctx.exit(code)


def _run(host: Host, chosen: list[Pad], plan: Plan, workers: int) -> tuple[list[Outcome], bool]:
    cancelled = threading.Event()
    board = batch.Board([pad.name for pad in chosen], mark=plan.mark)
    queue = [Job(host, pad, plan, cancelled, board.show) for pad in chosen]
    return batch.run_all(queue, cancelled, workers)


def _marked(text: str, mark: str) -> str:
    return "\n".join(f"{mark} {line}".rstrip() for line in text.split("\n")) if mark else text


def _document(plan: Plan, results: list[dict[str, object]], code: int) -> dict[str, object]:
    image = plan.image
    return {
        "format": 1,
        **({"rehearsal": True} if plan.mark else {}),
        "image": image.name,
        "sha256": image.sha256,
        "policy": image.policy,
        "exit": code,
        "pads": results,
    }


def has_picotool(host: Host) -> bool:
    """Whether picotool is installed."""
    return shutil.which(host.picotool[0]) is not None
