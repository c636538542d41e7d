"""__main__: the command `kesu`, also as `python -m kesu`."""
# SPDX-License-Identifier: MIT

import sys


def main() -> None:
    """Run `kesu`. A phone waits for `kesu hook EVENT`, so that command does not load the rest of the command line."""
    if sys.argv[1:2] == ["hook"] and len(sys.argv) > 2 and not sys.argv[2].startswith("-"):
        from kesu.agent import hook

        sys.exit(hook.main(sys.argv[2:]))
    from kesu.cli import commands

    commands.main(prog_name="kesu")


if __name__ == "__main__":
    main()
