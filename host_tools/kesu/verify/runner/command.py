"""command: `kesu verify`: checks the guarantee on an image."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import json
import secrets
import tempfile
import time
from contextlib import nullcontext
from pathlib import Path

import click
from click.core import ParameterSource

from kesu.common import minisign
from kesu.common.checkout import repository
from kesu.common.command_types import IMAGE, INPUT_FILE, OUTPUT_FOLDER, Command
from kesu.common.errors import Exit, KesuError
from kesu.common.progress import Progress
from kesu.images.toolchain.request import BuiltImage, built_files
from kesu.verify import evidence, plan
from kesu.verify.profile import PROFILES, QUICK, REPORTED, RIG, Profile
from kesu.verify.results import Run
from kesu.verify.runner import runner, targets

MOST_REASONS = 12


@click.command(
    "verify",
    cls=Command,
    examples=(
        "kesu verify IMAGE",
        "kesu verify IMAGE --profile full --out evidence --sign kesu.key",
        "kesu verify IMAGE --seed 4711",
    ),
)
@click.argument("image", type=IMAGE)
@click.option(
    "--target",
    type=targets.Target(),
    default=targets.VIRTUAL,
    help="Pad to verify on: virtual, rig:NAME (a pad in a test rig), or rig-virtual.",
)
@click.option(
    "--profile",
    "profile_name",
    type=click.Choice(tuple(PROFILES)),
    default=QUICK.name,
    help="Extent of the checks.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**31 - 1),
    show_default="random",
    help="Seed: reproduces a run or resumes a soak test.",
)
@click.option("--minutes", type=click.FloatRange(0.1), show_default="30", help="Length of a soak test.")
@click.option(
    "--pairs",
    type=click.IntRange(1, 10_000),
    show_default="3 in quick, 50 in full",
    help="Number of pairs of runs.",
)
@click.option("--out", type=OUTPUT_FOLDER, help="Write evidence to this new folder.")
@click.option(
    "--sign",
    type=INPUT_FILE,
    help="Sign the evidence with this minisign secret key.",
)
@click.option("--json", "as_json", is_flag=True, help="Print report.json instead of a summary.")
@click.option("--jobs", type=click.IntRange(1, 64), default=2, help="Number of processes.")
def command(
    image: Path,
    target: str,
    profile_name: str,
    seed: int | None,
    minutes: float | None,
    pairs: int | None,
    out: Path | None,
    sign: Path | None,
    as_json: bool,
    jobs: int,
) -> None:
    """Verify that IMAGE (a UF2; its .elf and .json beside it) erases every note.

    Checks every wipe event against every resource, pairs of runs with equal timing and different ink, and the
    structure of the image; in full also 40 and more seeded leaks; in faults also power cuts, broken parts, a
    hostile PC and days of calls. Exit code 0: HOLDS, 1: BROKEN, 4: INCOMPLETE, not all of it could be run.
    """
    profile = PROFILES[profile_name] if target == targets.VIRTUAL else _of_rig()
    if minutes is not None and not profile.in_turns:
        raise click.UsageError("--minutes is for --profile soak.")
    if pairs is not None and profile.in_turns:
        raise click.UsageError("--pairs is not for --profile soak: each turn has a family of pairs.")
    if sign is not None and out is None:
        raise click.UsageError("--sign signs an evidence folder: add --out DIR.")
    if profile.mutants:
        repository()  # for the images with leaks
    if out is not None:
        evidence.ensure_free(out)
    chosen = secrets.randbelow(2**31) if seed is None else seed
    built = built_files(image)
    place = out
    with nullcontext() if sign is None else minisign.opened(sign) as key:
        run = _run(built, profile, chosen, jobs, minutes or 30.0, pairs, target)
        click.echo(json.dumps(run.to_dict(), indent=2, allow_nan=False) if as_json else summary(run))
        if run.interrupted:
            click.echo(_goes_on(run), err=True)
        if out is not None:
            place = _written(run, out, key)
            click.echo(f"evidence: {place}", err=as_json)
    raise SystemExit(_exit(run, written=place == out))


def _of_rig() -> Profile:
    """A rig plays what it can, whatever the profile; raises UsageError if one was asked for."""
    context = click.get_current_context()
    for name in ("profile_name", "pairs", "jobs"):
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            raise click.UsageError(
                f"--{name.partition('_')[0]} is not for a rig, which plays its part of the matrix."
            )
    return RIG


def _exit(run: Run, *, written: bool) -> Exit:
    """How the command ends. written: whether the evidence is where it was asked for, if it was."""
    if run.verdict == "BROKEN":
        return Exit.NO
    if run.interrupted:
        return Exit.INTERRUPTED
    return Exit.OK if run.verdict == "HOLDS" and written else Exit.INCOMPLETE


def _written(run: Run, out: Path, key: minisign.SigningKey | None) -> Path:
    """Write the evidence to `out`, or to the folder for temporary files if that fails; report where it is."""
    try:
        evidence.write(run, out, key)
        return out
    except KesuError as error:
        click.echo(f"{error.message} {error.hint}", err=True)
        other = Path(tempfile.gettempdir()) / f"kesu-evidence-{secrets.token_hex(6)}"
        try:
            evidence.write(run, other, key)
        except KesuError:
            raise error from None
        return other


def _goes_on(run: Run) -> str:
    """How to resume or replay the run after Ctrl-C."""
    profile = REPORTED[run.profile]
    if not profile.in_turns:
        return f"interrupted: replay with --seed {run.seed}"
    seed = run.seed + run.turns
    first = plan.first_scenario(seed, profile)
    return f"interrupted after {run.turns} whole turns: --seed {seed} resumes at {first}"


def _run(
    built: BuiltImage,
    profile: Profile,
    seed: int,
    jobs: int,
    minutes: float,
    pairs: int | None,
    target: str,
) -> Run:
    """One run, which Ctrl-C ends early. Raises KesuError if it was interrupted before it began."""
    began = time.monotonic()
    try:
        with Progress(f"Verifying {built.uf2.name} ({profile.name}, seed {seed})") as shown:

            def progress(done: int, total: int, doing: str) -> None:
                elapsed = time.monotonic() - began
                left = f"{elapsed / done * (total - done):.0f} s left" if done else ""
                shown.update(done, total, f"{left} {doing}".strip())

            if profile.by_rig:
                return targets.with_rig()(built, target, seed, progress)
            return runner.verify(built, profile, seed, jobs, progress, minutes, pairs)
    except KeyboardInterrupt:
        raise KesuError(
            "interrupted: nothing was written", hint=f"replay with --seed {seed}", code=Exit.INTERRUPTED
        ) from None


def summary(run: Run) -> str:
    """Summary for a terminal: verdict, counts, and the first reasons why it does not hold."""
    broken = [
        f"{cell.event} {cell.resource} ({cell.scenario}): {cell.reason}"
        for cell in run.cells
        if not cell.holds
    ]
    broken += [
        f"pair {pair.kind}, {pair.event}, seed {pair.seed}: {pair.reason or ', '.join(pair.open_places)}"
        for pair in run.pairs
        if not pair.holds
    ]
    broken += [f"walk, seed {walk.seed}: {walk.reason}" for walk in run.walks if not walk.holds]
    broken += [f"guided search, seed {g.seed}: {g.reason}" for g in run.guided if not g.holds]
    broken += [
        f"code: {name} places ran with ink, and it is not as it was reviewed ({kind.kind})"
        for kind in run.coverage
        for name in kind.open
    ]
    broken += [
        f"structure: {finding.rule}: {finding.detail}" for finding in run.findings if not finding.holds
    ]
    broken += [
        f"mutant {m.name} survived {', '.join(m.expected)}" for m in run.mutants if not (m.caught or m.drawn)
    ]
    broken += [f"{f.campaign}, {f.fault} (seed {f.seed}): {f.reason}" for f in run.faults if not f.holds]
    broken += [
        f"{t.event}, {t.step}: {t.slowest}, allowed are {t.bound_ms:g} ms" for t in run.timings if not t.holds
    ]
    broken += [f"could not be run: {failure.job}: {failure.reason}" for failure in run.failures]
    broken += [f"missing: {part}" for part in run.missing]
    differing = sum(d.differing for pair in run.pairs for d in pair.differences if not d.mask)
    held = sum(cell.holds for cell in run.cells)
    written = [mutant for mutant in run.mutants if not mutant.drawn]
    pace = 60 * run.scenarios / max(run.seconds, 0.1)
    lines = [
        f"{run.verdict} ({run.target}), {run.image.get('file', 'an image')}, profile {run.profile}, "
        f"seed {run.seed}",
        f"cells {held}/{len(run.cells)}, pairs {sum(p.holds for p in run.pairs)}/{len(run.pairs)}"
        f" ({differing} unmasked bytes differ), walks {sum(w.holds for w in run.walks)}/{len(run.walks)}, "
        f"{''.join(f'{g.reached:,} places reached in {g.trials} guided trials, ' for g in run.guided)}"
        f"structure {sum(f.holds for f in run.findings)}"
        f"/{len(run.findings)}, mutants caught {sum(m.caught for m in written)}/{len(written)}, "
        f"faults {sum(f.holds for f in run.faults)}/{len(run.faults)}",
        f"{run.scenarios} scenarios in {run.seconds:.0f} s, {pace:.0f} a minute",
        *broken[:MOST_REASONS],
    ]
    if len(broken) > MOST_REASONS:
        lines.append(f"and {len(broken) - MOST_REASONS} more")
    return "\n".join([*lines, *_of_the_checks(run)])


def _of_the_checks(run: Run) -> list[str]:
    """What the drawn leaks show of the checks; the verdict is about the image alone."""
    drawn = run.drawn
    if not drawn["of"]:
        return []
    names = {mutant.name: mutant.change for mutant in run.mutants}
    return [
        f"about the checks, not the image: they noticed {drawn['noticed']} of {drawn['of']} drawn leaks",
        *(f"survived: {name}, {names[name]}" for name in drawn["survived"]),
    ]
