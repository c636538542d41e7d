"""frozen: what both programs of the Windows package run; the name of the program decides.

kesu-agent.exe has no console: the agent, and `hook EVENT` for phones. kesu.exe has one: every other command.
"""
# SPDX-License-Identifier: MIT

import sys
from pathlib import Path

AGENT = "kesu-agent"


def main() -> None:
    """Run the agent or the command line."""
    if Path(sys.executable).stem.lower() == AGENT:
        from kesu.agent.windows import entry

        entry.main()
    else:
        from kesu.__main__ import main as command_line

        command_line()


if __name__ == "__main__":
    main()
