"""test_benchmark: the arithmetic behind the figures of `kesu dev benchmark`."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import pytest
from kesu_dev.benchmarks.command import table
from kesu_dev.benchmarks.figures import Figures, Spread, _latencies


def test_a_report_counts_until_the_next_waveform_after_it() -> None:
    assert _latencies([0, 4_000_000, 5_000_000], [5_000_000, 9_000_000]) == [5.0, 1.0, 4.0]


def test_a_report_without_a_waveform_after_it_does_not_count() -> None:
    assert _latencies([10_000_000], [5_000_000]) == []


def test_the_median_and_the_worst() -> None:
    assert Spread.of([1.0, 9.0, 2.0]) == Spread(2.0, 9.0, 3)
    with pytest.raises(ValueError, match="nothing"):
        Spread.of([])


def test_the_table_has_a_column_for_each_pad() -> None:
    one = Figures(
        "4in2", "film", Spread(1.5, 2.0, 5), Spread(180.0, 361.0, 90), 100, 0, 0, 2.6, 900.0, 0.05, 0.001
    )
    lines = table([one, one]).splitlines()
    assert len({len(line) for line in lines}) == 1
    assert lines[0].count("4in2 (film)") == 2
    assert lines[1].count("1.5 / 2.0") == 2
    assert lines[-1].count("0.100%") == 2
