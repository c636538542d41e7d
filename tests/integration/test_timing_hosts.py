"""test_timing_hosts: hosts that time the sealed pad get reproducible times and cause no errors."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from pathlib import Path

import pytest
from fast_part import fast
from kesu.common.errors import KesuError
from kesu.emulator.board.pad import VirtualPad
from kesu.images.toolchain.request import BuiltImage
from kesu_dev.benchmarks import timing_hosts
from kesu_dev.benchmarks.timing_hosts import BOTH, BULK, CONTROL, NOTIFICATIONS, Heard
from kesu_dev.benchmarks.timing_notes import DIGITS, Plan, record
from pad_images import SLEEP_WFI, image

SERIES = {BULK: 1, CONTROL: 1, BOTH: 2, NOTIFICATIONS: 1}


@pytest.mark.slow
@pytest.mark.parametrize("channel", fast([BULK, BOTH, NOTIFICATIONS], NOTIFICATIONS))
def test_a_host_times_the_pad_while_the_pen_writes(sealed: BuiltImage, channel: str) -> None:
    plan = Plan(channel, 2)
    found = record(sealed.uf2, plan)
    assert [one.digit for one in found] == list(DIGITS[:2])
    for one in found:
        assert len(one.times_us) == SERIES[channel]
        for times in one.times_us:
            assert list(times) == sorted(times)
            assert 0 <= times[0] <= times[-1] < plan.length_us
            # Polled without a pause, the pad answers all the time; otherwise it reports only that there is a note.
            assert len(times) == 1 if channel == NOTIFICATIONS else len(times) > 20


@pytest.mark.slow
def test_the_same_seed_gives_the_same_times(sealed: BuiltImage) -> None:
    first, second, other = (record(sealed.uf2, Plan(BULK, 2, seed=seed)) for seed in (1, 1, 2))
    assert first == second
    assert first != other


@pytest.mark.slow
def test_a_host_times_the_pad_until_it_is_ready_again(sealed: BuiltImage) -> None:
    (one,) = record(sealed.uf2, Plan(NOTIFICATIONS, 1, during_wipe=True))
    # DCD falls when the wipe begins, DSR comes with READY.
    begins_us, ready_us = one.times_us[0]
    assert begins_us < 100_000.0
    assert 1_700_000.0 < ready_us < 2_000_000.0


def test_a_pad_that_never_starts_is_reported(tmp_path: Path) -> None:
    with pytest.raises(KesuError, match="does not say READY"):
        record(image(tmp_path, SLEEP_WFI), Plan(BULK, 1))


@pytest.mark.slow
def test_a_pad_that_leaves_the_bus_gives_no_recording(
    sealed: BuiltImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unplug(pad: VirtualPad, *_how: object) -> Heard:
        pad.at(100.0, pad.host.detach)
        return Heard()

    monkeypatch.setattr(timing_hosts, "listen", unplug)
    with pytest.raises(KesuError, match="left the bus"):
        record(sealed.uf2, Plan(BULK, 1))
