"""__main__: `python -m kesu` is the command `kesu`."""
# SPDX-License-Identifier: MIT

from kesu.cli import main

main(prog_name="kesu")
