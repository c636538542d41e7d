"""test_rehearsal: real calls on loopback: SIPp calls baresip, the agent follows, with every kind of end.

A note is written during each, on copies of one booted pad. docs/phones.md says which times are real and which
are emulated.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import signal
from dataclasses import replace
from pathlib import Path

import pytest
from kesu.images.toolchain.request import BuiltImage
from kesu_dev.rehearsal.cases import CASES
from kesu_dev.rehearsal.pad_side import Happening, Report
from kesu_dev.rehearsal.peers import CALLER, Baresip
from kesu_dev.rehearsal.run import judge, rehearse

pytestmark = pytest.mark.slow


@pytest.mark.long
def test_every_end_of_a_call_wipes_the_note(sealed: BuiltImage) -> None:
    endings = rehearse(sealed.uf2, CASES)
    assert [one.case for one in endings] == [case.name for case in CASES]
    for case, ending in zip(CASES, endings, strict=True):
        assert ending.faults == (), ending
        assert ending.found > 0
        assert ending.on_line_ms > 0, "a cause comes before its effect"
        assert "R" in ending.received
        assert ("T" in ending.received) == case.answered


@pytest.mark.parametrize(("by", "crashed"), [(signal.SIGSEGV, "SIGSEGV"), (signal.SIGKILL, "")])
def test_a_crash_of_the_phone_is_distinguished_from_its_end(
    tmp_path: Path, by: signal.Signals, crashed: str
) -> None:
    phone = Baresip(tmp_path / "phone")
    assert phone.crashed == ""
    phone.process.send_signal(by)
    phone.process.wait(10)
    assert phone.crashed == crashed
    assert not list((tmp_path / "phone").glob("core*"))


FINE = Report([], Happening("E", 10.0, 5_000.0), 1.4, True, 0, True, 0)
NOT_FINE = {
    "the note was not found before": (0, FINE, ""),
    "wiped by K": (9, replace(FINE, wiped_by=Happening("K", 10.0, 5_000.0)), ""),
    "R1 zero after 5.2": (9, replace(FINE, r1_ms=5.2), ""),
    "3 of the note left": (9, replace(FINE, hits=3), ""),
    "not blank": (9, replace(FINE, glass_clean=False), ""),
    "has sent bytes": (9, replace(FINE, bytes_sent=1), ""),
    "holds the caller's number": (9, FINE, f"call from {CALLER}"),
}


@pytest.mark.parametrize("fault", NOT_FINE)
def test_failures_are_reported(fault: str) -> None:
    found, report, logged = NOT_FINE[fault]
    faults = judge(CASES[0], found, 9.9, report, logged).faults
    assert len(faults) == 1
    assert fault in faults[0]
    assert judge(CASES[0], 9, 9.9, FINE, "state").faults == ()
