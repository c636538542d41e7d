"""__main__: the command `kesu`, also as `python -m kesu`."""
# SPDX-License-Identifier: MIT

import contextlib
import os
import sys


def main() -> None:
    """Run `kesu`; the exit code is the command's, also when stderr cannot be written."""
    try:
        _run()
    except SystemExit:
        _close_stderr()
        raise


def _close_stderr() -> None:
    """Discard what is written to stderr from now on: with a full disk Python would end with 120 for it."""
    if sys.stderr is not sys.__stderr__ or sys.stderr is None:
        return
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.flush()
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


def _run() -> None:
    """A phone waits for `kesu hook EVENT`, so that command does not load the rest of the command line."""
    if sys.argv[1:2] == ["hook"] and len(sys.argv) > 2 and not sys.argv[2].startswith("-"):
        from kesu.agent import hook

        sys.exit(hook.main(sys.argv[2:]))
    from kesu.cli import commands

    commands.main(prog_name="kesu")


if __name__ == "__main__":
    main()
