"""native_fuzzer: the firmware's C module with address and undefined-behaviour sanitizers, called at random.

    python tests/support/native_fuzzer.py --calls 4000000 --seed 1

What needs no chip is compiled for this machine: raster.c, pulses.c, region.c, spi_stream.c. Integers have 32 bits, as
on the pad.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import argparse
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

HARNESS = Path(__file__).parent / "native_fuzz"
NATIVE = Path(__file__).parents[2] / "firmware" / "native"
SOURCES = ("raster.c", "pulses.c", "region.c", "spi_stream.c")
WARNINGS = ("-Wall", "-Wextra", "-Werror")
FLAGS = ("-g", "-O1", "-std=gnu11", *WARNINGS, "-fsanitize=address,undefined", "-fno-sanitize-recover=all")


@dataclass(frozen=True)
class Outcome:
    """What a run showed. calls: for each function how often it took its arguments and how often it refused
    them. finding: the first lines of the sanitizer's report; empty when there was none."""

    calls: dict[str, tuple[int, int]]
    finding: str


def compiled(folder: Path, native: Path = NATIVE) -> Path | None:
    """Compile harness and module into `folder`; None where gcc or its sanitizers are missing.

    Raises AssertionError when this source does not compile though an empty program does.
    """
    compiler = shutil.which("gcc")
    empty = folder / "empty.c"
    empty.write_text("int main(void) { return 0; }\n", encoding="utf-8")
    target = folder / "fuzz"
    if compiler is None or subprocess.run([compiler, *FLAGS, "-o", target, empty], check=False).returncode:
        return None
    command: list[str | Path] = [
        compiler,
        *FLAGS,
        f"-I{HARNESS}",
        f"-I{native}",
        "-o",
        target,
        HARNESS / "fuzz.c",
    ]
    done = subprocess.run(
        [*command, *(native / name for name in SOURCES)], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return target


def run(program: Path, seed: int, calls: int) -> Outcome:
    """Make that many calls; the same seed makes the same ones."""
    done = subprocess.run([program, str(seed), str(calls)], check=False, capture_output=True, text=True)
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.strip()]
        return Outcome({}, "\n".join(said[:8]) or f"ended with {done.returncode}")
    rows = (line.split() for line in done.stdout.splitlines())
    return Outcome({name: (int(taken), int(refused)) for name, taken, refused in rows}, "")


def main() -> None:
    """Command line."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--calls", type=int, default=4_000_000)
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        program = compiled(Path(folder))
        if program is None:
            raise SystemExit("gcc with -fsanitize=address,undefined is needed")
        outcome = run(program, chosen.seed, chosen.calls)
    for name, (taken, refused) in outcome.calls.items():
        print(f"{name:10} {taken:10,} taken {refused:10,} refused")
    if outcome.finding:
        raise SystemExit(outcome.finding)
    print(f"{sum(map(sum, outcome.calls.values())):,} calls, nothing found")


if __name__ == "__main__":
    main()
