"""test_chip_log: a chip leaves nothing behind in the process, and its errors end the emulation."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import logging

import pytest
from kesu.emulator.chips import select
from kesu.emulator.core.facts import Facts
from rp2040py.utils.logging import ConsoleLogger, LogLevel


def loggers() -> set[str]:
    return set(logging.root.manager.loggerDict)


@pytest.mark.parametrize("chip", select.CHIPS, ids=lambda chip: chip.name)
def test_chips_leave_no_logger_behind(chip: Facts) -> None:
    select.build(chip.family)  # modules that are loaded now have loggers of their own
    before = loggers()
    for _ in range(3):
        select.build(chip.family)
    assert loggers() == before
    assert ConsoleLogger(LogLevel.ERROR)._logger.name in loggers() - before, "rp2040py's own stays"


@pytest.mark.parametrize("chip", select.CHIPS, ids=lambda chip: chip.name)
def test_an_error_of_a_block_ends_the_emulation(chip: Facts, capsys: pytest.CaptureFixture[str]) -> None:
    notices = select.build(chip.family).mcu.logger
    notices.debug("UART", "nothing")
    notices.info("UART", "nothing")
    with pytest.raises(RuntimeError, match=r"\[UART\] no such thing"):
        notices.error("UART", "no such thing")
    assert capsys.readouterr() == ("", "")
