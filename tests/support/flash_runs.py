"""flash_runs: runs `kesu` on a bench of stand-in pads and reads its results."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
from typing import Any

from click.testing import CliRunner, Result
from kesu.cli.commands import main
from pad_bench import Bench


def run(bench: Bench, *arguments: object) -> Result:
    result = CliRunner().invoke(main, [str(word) for word in arguments], obj=bench.host())
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def results(bench: Bench, *arguments: object) -> tuple[int, dict[str, Any]]:
    result = run(bench, *arguments, "--json")
    document = json.loads(result.stdout)
    assert document["exit"] == result.exit_code
    return result.exit_code, {entry["port"]: entry for entry in document["pads"]}


def words(found: dict[str, Any]) -> dict[str, str]:
    return {port: entry["result"] for port, entry in found.items()}
